//! What the host says of itself: [`logs`], the [`page`]s on which metrics are shown, and the [`server`] of these and of
//! other pages.

pub mod logs;
pub mod page;
pub mod server;
pub mod settings;
