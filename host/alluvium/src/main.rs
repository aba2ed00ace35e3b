//! The binary `alluvium`.

use std::process::ExitCode;

/// Points come and go in batches; this allocator gives memory back to the thread that will ask for it next.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    alluvium::cli::main()
}
