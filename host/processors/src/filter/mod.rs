//! `filter`: drops streams by conditions, which are read here and judged by the guest `attribute-filter`.

pub mod ottl;
