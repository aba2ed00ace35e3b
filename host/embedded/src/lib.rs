//! The guests that ship inside the binary; the build script compiles them.

/// A component that is part of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedded {
    /// Its package's name.
    pub name: &'static str,
    /// The component.
    pub bytes: &'static [u8],
}

/// Adds delta points up to cumulative ones.
pub const DELTA_TO_CUMULATIVE: Embedded = Embedded {
    name: "delta-to-cumulative",
    bytes: include_bytes!(concat!(env!("OUT_DIR"), "/delta-to-cumulative.wasm")),
};

/// Keeps, deletes, renames, sets and hashes attributes, and drops streams.
pub const ATTRIBUTE_FILTER: Embedded =
    Embedded { name: "attribute-filter", bytes: include_bytes!(concat!(env!("OUT_DIR"), "/attribute-filter.wasm")) };
