//! The program `pro-server`. Only installs what a process has once: the TLS provider and the panic hook.

use std::process::ExitCode;

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // A second provider cannot be there yet.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    pro_server::telemetry::hook_panics();
    pro_server::cli::run()
}
