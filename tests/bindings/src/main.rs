//! Writes the bindings of the guests that ship, from the WIT package: `cargo run -p bindings`, after each change of it.
//!
//! They are kept in the tree because the generator is larger than all that the guests themselves need: whoever builds
//! the host would build it too.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::path::{Path, PathBuf};

use wit_bindgen_core::{Files, WorldGenerator as _, wit_parser::Resolve};
use wit_bindgen_rust::Opts;

/// The guests, by their folder, and their worlds.
const GUESTS: [(&str, &str); 2] = [("attribute-filter", "shaper"), ("delta-to-cumulative", "point-processor")];
const WIT: &str = "wit/0.1.0-draft";

fn main() -> Result<(), Box<dyn Error>> {
    for (guest, world) in GUESTS {
        std::fs::write(place(guest), generate(world)?)?;
    }
    Ok(())
}

/// Where the bindings of a guest are.
fn place(guest: &str) -> PathBuf {
    root().join("guests").join(guest).join("src/bindings/generated.rs")
}

fn generate(world: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(root().join(WIT))?;
    let world = resolve.select_world(&[package], Some(world))?;
    let options = Opts {
        format: true,
        pub_export_macro: true,
        additional_derive_attributes: vec!["PartialEq".to_owned()],
        ..Opts::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files)?;
    let (_, content) = files.iter().next().ok_or("the generator writes one file")?;
    Ok(content.to_vec())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
