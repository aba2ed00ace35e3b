//! `dns`: the addresses that a name stands for.

pub mod block;
pub(crate) mod lookup;
