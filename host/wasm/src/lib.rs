//! Guests: WebAssembly components that process points.
//!
//! Here is all that touches wasmtime. The rest of the host sees a [`Module`] (compiled code), an [`Instance`] (a store
//! that can be called) and typed errors that say that the guest is at fault. Nothing that a guest returns is believed:
//! [`check`] stands between every answer and the data path.

pub mod check;
pub mod compile;
mod digest;
mod engine;
mod error;
mod instance;
mod interface;
pub mod limits;
mod log;
mod module;
mod v0_1;
mod wasi;

pub use ::embedded::{ATTRIBUTE_FILTER, DELTA_TO_CUMULATIVE, Embedded};
pub use digest::Sha256;
pub use engine::Engine;
pub use error::{ConfigureError, GuestError, LoadError};
pub use instance::Instance;
pub use limits::Limits;
pub use log::GuestLog;
pub use module::{Module, Source};
