//! The console over an organization in memory, on loopback: `cargo run -p admin-console --example preview -- [PORT] [first]`.
//! For looking at pages while writing them; with `first` nobody has an account yet.

use std::sync::Arc;

use actix_web::{App, HttpServer, web};
use admin_console::fake::{CODE, Fake, LINK, PASSWORD, sample};
use admin_console::{Console, Site, configure};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let port = arguments.first().and_then(|port| port.parse().ok()).unwrap_or(0_u16);
    let is_first = arguments.iter().any(|argument| argument == "first");
    let listener = std::net::TcpListener::bind(("localhost", port))?;
    let authority = format!("localhost:{}", listener.local_addr()?.port());
    let state = if is_first { sample::first_start() } else { sample::office() };
    let site = Site { authorities: vec![authority.clone()] };
    let console = web::Data::new(Console { api: Arc::new(Fake::new(state)), site });
    if is_first {
        println!("http://{authority}/admin/set-up/{LINK}  code: {CODE}");
    } else {
        println!(
            "http://{authority}/admin/  {} or {}, password: {PASSWORD}, code: {CODE}",
            sample::OWNER,
            sample::AUDITOR
        );
    }
    HttpServer::new(move || App::new().configure(configure(console.clone()))).listen(listener)?.workers(1).run().await
}
