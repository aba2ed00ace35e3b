//! What the host says of itself: [`logs`], and the server of the [`page`]s on which metrics are shown.

pub mod logs;
pub mod page;
pub mod settings;
