//! The interface, generated from the WIT package.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// The generated glue lifts and lowers through raw pointers; nothing in this crate does so by hand.
#![allow(unsafe_code)]

wit_bindgen::generate!({
    world: "number-processor",
    path: "../../../wit/0.1.0-draft",
});

use crate::Component as ComponentExport;
export!(ComponentExport);
