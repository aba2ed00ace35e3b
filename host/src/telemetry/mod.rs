//! What the host says of itself: [`logs`], [`metrics`], and the [`page`] server for the latter.

pub mod logs;
pub mod metrics;
pub mod page;
