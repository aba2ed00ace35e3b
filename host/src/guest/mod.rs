//! Guests: WebAssembly components that process points.
//!
//! Here is all that touches wasmtime. The rest of the host sees a [`Module`] (compiled code), an [`Instance`] (a store
//! that can be called) and typed errors that say that the guest is at fault. Nothing that a guest returns is believed:
//! [`check`] stands between every answer and the data path.

mod bindings;
pub mod check;
mod embedded;
mod engine;
mod error;
mod instance;
pub mod limits;
mod log;
mod module;

pub use bindings::alluvium::processor::types::{Attribute, Failure, Stream, Value, VariableCells};
pub use bindings::exports::alluvium::processor::configure::{Needs, Problem};
pub use bindings::exports::alluvium::processor::process_exponential_histograms as exponential;
pub use bindings::exports::alluvium::processor::process_histograms as explicit;
pub use bindings::exports::alluvium::processor::process_numbers as numbers;
pub use bindings::exports::alluvium::processor::shape::{Output, Plan, Verdict};
pub use embedded::{ATTRIBUTE_FILTER, DELTA_TO_CUMULATIVE, Embedded};
pub use engine::Engine;
pub use error::{ConfigureError, GuestError, LoadError};
pub use instance::Instance;
pub use limits::Limits;
pub use module::{Module, Source};
