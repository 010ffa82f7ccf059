//! The one public port: our own accept loop, one per worker thread. It ends TLS, keeps the exporter, and hands the stream to
//! what is spoken on it. Never logs or keeps a peer's address beyond the connection's place in `admission`.

use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_http::HttpService;
use actix_service::{IntoServiceFactory as _, Service, ServiceFactory as _, map_config};
use actix_web::dev::AppConfig;
use admin_console::api::Origin;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admission::{Admission, Place};
use crate::http;
use crate::telemetry::{count, names};
use crate::tls::{ALPN_HTTP, Exporter};

/// From the TCP connection to the end of the TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// From the handshake to the end of the first request's head.
const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two requests on one connection.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// For the closing of a connection.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long connections may go on after the stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause after the kernel refused to hand out a connection (no file descriptors left, for example).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What each worker needs.
#[derive(Clone)]
pub struct Front {
    pub tls: Arc<rustls::ServerConfig>,
    pub admission: Admission,
    pub state: http::State,
    pub stop: CancellationToken,
}

/// What is spoken on a connection, told by ALPN (RFC 7301) or, without it, assumed. Another protocol on this port gets its
/// variant here; one without ALPN would be told from its first bytes here, before anything consumes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spoken {
    Http,
}

impl Spoken {
    fn on(stream: &TlsStream<TcpStream>) -> Option<Self> {
        match stream.get_ref().1.alpn_protocol() {
            None | Some(ALPN_HTTP) => Some(Spoken::Http),
            Some(_) => None,
        }
    }
}

/// Starts `count` workers over one listening socket.
pub fn start(listener: &TcpListener, count: usize, front: &Front) -> io::Result<Vec<JoinHandle<()>>> {
    listener.set_nonblocking(true)?;
    (0..count)
        .map(|number| {
            let (listener, front) = (listener.try_clone()?, front.clone());
            std::thread::Builder::new()
                .name(format!("worker-{number}"))
                .spawn(move || actix_rt::System::new().block_on(work(listener, front)))
        })
        .collect()
}

async fn work(listener: TcpListener, front: Front) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(kind = ?error.kind(), "the listening socket cannot be used");
            return front.stop.cancel();
        }
    };
    let stop = front.stop.clone();
    let app = http::app(front.state.clone());
    let admission = front.admission.clone();
    let service = HttpService::build()
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(REQUEST_HEAD_TIMEOUT)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        // Hidden in its documentation, but it is what actix-server itself calls: idle connections end at the stop.
        .graceful_shutdown_signal({
            let stop = stop.clone();
            move || stop.clone().cancelled_owned()
        })
        .secure()
        .on_connect_ext(move |stream: &TlsStream<TcpStream>, extensions| {
            if let Ok(peer) = stream.get_ref().0.peer_addr() {
                let asker = admission.asker(peer.ip());
                extensions.insert(Origin(asker.0));
                extensions.insert(asker);
            }
            if let Some(exporter) = Exporter::of(stream) {
                extensions.insert(exporter);
            }
        })
        .h1(map_config(app.into_factory(), |()| AppConfig::default()));
    let Ok(service) = service.new_service(()).await else {
        tracing::error!("the HTTP service cannot be built");
        return front.stop.cancel();
    };
    let service = Rc::new(service);
    let acceptor = TlsAcceptor::from(front.tls);
    let open = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Some(place) = front.admission.admit(peer.ip()) else {
            count(names::CONNECTIONS_REFUSED);
            continue;
        };
        count(names::CONNECTIONS);
        let (acceptor, service) = (acceptor.clone(), service.clone());
        actix_rt::spawn(open.track_future(connection(stream, place, acceptor, service)));
    }
    drop(listener);
    open.close();
    // What is still open after this is cut when the worker's runtime ends.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, open.wait()).await;
}

async fn connection<S>(stream: TcpStream, mut place: Place, acceptor: TlsAcceptor, service: Rc<S>)
where
    S: Service<(TlsStream<TcpStream>, Option<std::net::SocketAddr>)>,
{
    // Small frames must not wait for each other, and a peer that stops reading must not stay. Without them it is only slower.
    let _ = stream.set_nodelay(true);
    let _ = crate::unix::bound_unacknowledged(&stream);
    let handshake = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await;
    let Ok(Ok(stream)) = handshake else {
        return count(names::HANDSHAKES_FAILED);
    };
    place.established();
    match Spoken::on(&stream) {
        // The peer's address stops here: no handler can see, keep or log it. All that goes on is a salted name of its network.
        Some(Spoken::Http) => drop(service.call((stream, None)).await),
        None => count(names::HANDSHAKES_FAILED),
    }
}
