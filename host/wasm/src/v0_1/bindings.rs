//! The host's side of the interface, generated from the WIT package.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

wasmtime::component::bindgen!({
    world: "full",
    path: "../../wit/0.1.0-draft",
    imports: { default: trappable },
});
