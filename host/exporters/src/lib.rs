//! Exporters: where the pipeline's totals go.

pub mod debug;
pub mod labelling;
pub mod nop;
pub mod remote_write;
pub mod scrape;
