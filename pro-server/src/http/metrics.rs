//! `GET /metrics` for Prometheus, on a listener of its own (loopback unless configured otherwise): totals of the process.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_http::HttpService;
use actix_service::{IntoServiceFactory as _, Service as _, ServiceFactory as _, map_config};
use actix_web::dev::AppConfig;
use actix_web::{App, HttpResponse, web};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Scrapers are few.
const CONNECTIONS_MAX: usize = 16;
/// For a request to come, and between two.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Starts the listener's thread.
pub fn start(
    listener: TcpListener,
    handle: PrometheusHandle,
    stop: CancellationToken,
) -> std::io::Result<JoinHandle<()>> {
    listener.set_nonblocking(true)?;
    std::thread::Builder::new()
        .name("metrics".to_owned())
        .spawn(move || actix_rt::System::new().block_on(serve(listener, handle, stop)))
}

async fn serve(listener: TcpListener, handle: PrometheusHandle, stop: CancellationToken) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let app = App::new().app_data(web::Data::new(handle)).route("/metrics", web::get().to(render));
    let service = HttpService::build()
        .keep_alive(TIMEOUT)
        .client_request_timeout(TIMEOUT)
        .client_disconnect_timeout(TIMEOUT)
        .h1::<_, _>(map_config(app.into_factory(), |()| AppConfig::default()));
    let Ok(service) = service.new_service(()).await else { return };
    let service = std::rc::Rc::new(service);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let Ok((stream, _)): std::io::Result<(TcpStream, _)> = accepted else {
            tokio::time::sleep(TIMEOUT).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let service = service.clone();
        actix_rt::spawn(async move {
            let _ = service.call((stream, None)).await;
            drop(place);
        });
    }
}

async fn render(handle: web::Data<PrometheusHandle>) -> HttpResponse {
    HttpResponse::Ok().content_type(CONTENT_TYPE).body(sorted(&handle.render()))
}

/// The recorder's order is that of a hash map; ours says nothing.
fn sorted(text: &str) -> String {
    let mut metrics: Vec<&str> = text.split_terminator("\n\n").collect();
    metrics.sort_unstable();
    metrics.iter().map(|metric| format!("{metric}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_have_one_order() {
        assert_eq!(
            sorted("# TYPE b counter\nb 1\n\n# TYPE a counter\na 2\n\n"),
            "# TYPE a counter\na 2\n# TYPE b counter\nb 1\n"
        );
    }
}
