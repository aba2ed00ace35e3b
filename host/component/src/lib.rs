//! What a component is. A receiver, a processor, an exporter or an extension is a folder with its settings, the keys that they are read
//! from, its code and its page of documentation; it says who it is in a [`kind`], which the registry of the binary names
//! in one [`row`].
//!
//! Settings come first: what a configuration means, as values that can be compared ([`settings`]). They build what runs
//! ([`receiver`], [`processor`], [`exporter`], [`forwarder`], [`extension`]). This crate knows no component.

pub mod authenticator;
pub mod blocks;
pub mod endpoint;
pub mod error;
pub mod exporter;
pub mod extension;
pub mod forwarder;
pub mod kind;
pub mod metrics;
pub mod processor;
pub mod receiver;
pub mod row;
pub mod services;
pub mod settings;
pub mod shards;
pub mod variables;
