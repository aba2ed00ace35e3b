//! What the package's imports do.

use super::bindings::alluvium::processor::host::Host;
use crate::instance::State;

impl Host for State {
    fn log(&mut self, level: u32, message: String) -> wasmtime::Result<()> {
        self.write_log(level, &message)
    }

    fn count(&mut self, counter: u32, by: u64) -> wasmtime::Result<()> {
        self.add_count(counter, by)
    }
}
