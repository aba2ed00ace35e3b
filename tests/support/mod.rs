//! What tests of several kinds need.
#![allow(dead_code, reason = "each test binary uses a part")]

pub mod compress;
pub mod guests;
pub mod head;
pub mod metadata;
pub mod otlp;
pub mod sink;
