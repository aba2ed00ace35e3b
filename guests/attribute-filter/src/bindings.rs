//! The interface, generated from the WIT package by `cargo run -p bindings`. Compiled natively, the imports are absent
//! and must not be called.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// Natively nothing is exported.
#![cfg_attr(not(target_family = "wasm"), allow(unused_imports))]
// The generated glue lifts and lowers through raw pointers; nothing in this crate does so by hand.
#![allow(unsafe_code)]

include!("bindings/generated.rs");

#[cfg(target_family = "wasm")]
export!(ComponentExport with_types_in crate::bindings);

#[cfg(target_family = "wasm")]
use crate::Component as ComponentExport;
