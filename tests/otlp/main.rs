//! From bytes to streams: the cursor against `prost`, and the identity of streams.

mod cursor;
mod generate;
mod identity;
mod plain;
