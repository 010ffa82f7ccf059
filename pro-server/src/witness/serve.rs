//! The witness's one address: `POST /add-checkpoint` over TLS 1.3. It must never answer before what it cosigned is on the disk, nor log
//! who asked.

use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::HttpService;
use actix_service::{IntoServiceFactory as _, Service as _, ServiceFactory as _, map_config};
use actix_web::dev::AppConfig;
use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, web};
use protocol::tlog::{ADD_CHECKPOINT_BYTES_MAX, Unwitnessed};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{NotCosigned, Witness};
use crate::clock::Ambient;

/// Servers are few.
const CONNECTIONS_MAX: usize = 64;
/// For the handshake, for a request to come, and between two.
const TIMEOUT: Duration = Duration::from_secs(10);
const SIZE_TYPE: &str = "text/x.tlog.size";

/// Serves until `stop`; on the thread of an actix system.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    witness: Arc<Witness>,
    ambient: Ambient,
    stop: CancellationToken,
) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let app = App::new()
        .app_data(web::Data::from(witness))
        .app_data(web::Data::new(ambient))
        .app_data(web::PayloadConfig::new(ADD_CHECKPOINT_BYTES_MAX))
        .route("/add-checkpoint", web::post().to(add));
    let service = HttpService::build()
        .keep_alive(TIMEOUT)
        .client_request_timeout(TIMEOUT)
        .client_disconnect_timeout(TIMEOUT)
        .secure()
        .h1::<_, _>(map_config(app.into_factory(), |()| AppConfig::default()));
    let Ok(service) = service.new_service(()).await else { return Err(std::io::ErrorKind::Other.into()) };
    let (service, acceptor) = (Rc::new(service), TlsAcceptor::from(tls));
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let Ok((stream, _)): std::io::Result<(TcpStream, _)> = accepted else {
            tokio::time::sleep(TIMEOUT).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (service, acceptor) = (service.clone(), acceptor.clone());
        actix_rt::spawn(async move {
            if let Ok(Ok(stream)) = tokio::time::timeout(TIMEOUT, acceptor.accept(stream)).await {
                let _ = service.call((stream, None)).await;
            }
            drop(place);
        });
    }
    Ok(())
}

async fn add(witness: web::Data<Witness>, ambient: web::Data<Ambient>, body: web::Bytes) -> HttpResponse {
    let time_s = ambient.now().as_millis() / 1_000;
    let answered = web::block(move || witness.add_checkpoint(&body, time_s)).await;
    answer(answered.unwrap_or(Err(NotCosigned::Memory(std::io::ErrorKind::Other))))
}

fn answer(answered: Result<String, NotCosigned>) -> HttpResponse {
    let refused = match answered {
        Ok(line) => return HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(line),
        Err(refused) => refused,
    };
    if let NotCosigned::Refused(Unwitnessed::Conflict { size }) = refused {
        return HttpResponse::Conflict().content_type(SIZE_TYPE).body(format!("{size}\n"));
    }
    let status = match refused {
        NotCosigned::Refused(refused) => StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::BAD_REQUEST),
        NotCosigned::Memory(_) => {
            tracing::error!("{refused}; look at the witness's folder before anything else");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(format!("{refused}\n"))
}
