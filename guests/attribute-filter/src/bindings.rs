//! The interface, generated from the WIT package. Compiled natively, the imports are absent and must not be called.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// The generated glue lifts and lowers through raw pointers; nothing in this crate does so by hand.
#![allow(unsafe_code)]

wit_bindgen::generate!({
    world: "shaper",
    path: "../../wit/0.1.0-draft",
    pub_export_macro: true,
    additional_derives: [PartialEq],
});

#[cfg(target_family = "wasm")]
export!(ComponentExport with_types_in crate::bindings);

#[cfg(target_family = "wasm")]
use crate::Component as ComponentExport;
