//! `isoloir`, the client of one device. Everything it does is in the library; this only starts it.

use std::process::ExitCode;

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    client_cli::cli::run(std::env::args_os()).await
}
