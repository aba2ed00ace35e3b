//! The kinds of values. In a declaration they stand behind the `=` of a key.

mod addresses;
mod anything;
mod blocks;
mod choice;
mod collections;
mod numbers;
mod presence;
mod texts;

pub use addresses::{listen, url};
pub use anything::anything;
pub use blocks::{block, block_with, optional, optional_with};
pub use choice::choice;
pub use collections::{list, map, texts};
pub use numbers::{boolean, duration, integer, number};
pub use presence::{maybe, required, required_unless};
pub use texts::{parsed, secret, text};

/// The kind of a field of type `T`.
pub fn of<T, K: super::kind::Kind<Value = T>>(kind: K) -> K {
    kind
}
