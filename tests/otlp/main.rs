//! From bytes to streams: the cursor against `prost`, and the identity of streams.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    reason = "what panics has failed; time and sizes are real"
)]

mod bounds;
#[path = "../support/compress.rs"]
mod compress;
mod cursor;
mod generate;
mod headers;
mod identity;
mod inflate;
mod json;
mod plain;
mod regroup;
mod splice;
mod to_json;
