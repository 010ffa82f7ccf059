//! The runtime a link's driver lives on: Tokio, with socket buffers that survive a burst, and a handle on the driver
//! itself. It must never let a driver outlive its link, nor hide that a driver died.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use socket2::SockRef;
use tokio_util::sync::CancellationToken;
use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, Runtime, TokioRuntime,
};

/// Send and receive buffer asked for each socket, in bytes. The usual 208 KiB overflow at a burst, and each lost tail
/// then costs a retransmission timer of a second.
const SOCKET_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// SCTP receive window where the system grants the buffer, in bytes: half of what the buffer is asked for, and 500 Mbit/s over a
/// path of 30 ms.
const RECEIVE_WINDOW_BYTES: u32 = 2 * 1024 * 1024;

/// SCTP receive window where the system caps the buffer below it, in bytes: a little more than the biggest frame, and
/// no burst of it overflows the usual 208 KiB.
const RECEIVE_WINDOW_CAPPED_BYTES: u32 = 160 * 1024;

/// The window that fits what this system grants a socket; asked once.
pub(super) fn receive_window_bytes() -> u32 {
    static WINDOW: OnceLock<u32> = OnceLock::new();
    *WINDOW.get_or_init(|| {
        let granted = UdpSocket::bind(("127.0.0.1", 0))
            .and_then(|socket| {
                enlarge(&socket);
                SockRef::from(&socket).recv_buffer_size()
            })
            .unwrap_or(0);
        if granted >= SOCKET_BUFFER_BYTES { RECEIVE_WINDOW_BYTES } else { RECEIVE_WINDOW_CAPPED_BYTES }
    })
}

/// Asks for big buffers; a system that caps them keeps its cap, and the window is chosen to fit.
fn enlarge(socket: &UdpSocket) {
    let socket = SockRef::from(socket);
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER_BYTES);
}

/// Whether the driver is to stop, and whether it has.
#[derive(Clone, Debug, Default)]
pub(super) struct DriverWatch {
    stop: CancellationToken,
    gone: CancellationToken,
}

impl DriverWatch {
    /// Takes the driver's future, sockets and buffers away from it, wherever it waits.
    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    /// Resolves when the driver ended, by itself, by [`Self::stop`] or by a panic.
    pub(super) async fn gone(&self) {
        self.gone.cancelled().await;
    }
}

/// One per link. The library spawns exactly its driver on it (no TCP candidates are used).
#[derive(Debug)]
pub(super) struct LinkRuntime {
    tokio: TokioRuntime,
    driver: DriverWatch,
}

impl LinkRuntime {
    pub(super) fn new(driver: DriverWatch) -> Self {
        Self { tokio: TokioRuntime, driver }
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Runtime for LinkRuntime {
    fn spawn(&self, future: Boxed<'static, ()>) -> Box<dyn JoinHandle> {
        let DriverWatch { stop, gone } = self.driver.clone();
        self.tokio.spawn(Box::pin(async move {
            let _gone = gone.drop_guard();
            tokio::select! {
                biased;
                () = future => {}
                () = stop.cancelled() => {}
            }
        }))
    }

    fn wrap_udp_socket(&self, socket: UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        enlarge(&socket);
        self.tokio.wrap_udp_socket(socket)
    }

    fn wrap_tcp_listener(&self, listener: std::net::TcpListener) -> io::Result<Arc<dyn AsyncTcpListener>> {
        self.tokio.wrap_tcp_listener(listener)
    }

    fn connect_tcp<'a>(&'a self, remote: SocketAddr) -> Boxed<'a, io::Result<Arc<dyn AsyncTcpStream>>> {
        self.tokio.connect_tcp(remote)
    }

    fn resolve_host<'a>(&'a self, host: &'a str) -> Boxed<'a, io::Result<Vec<SocketAddr>>> {
        self.tokio.resolve_host(host)
    }

    fn sleep(&self, duration: Duration) -> Boxed<'static, ()> {
        self.tokio.sleep(duration)
    }

    fn interval(&self, period: Duration) -> Box<dyn AsyncInterval> {
        self.tokio.interval(period)
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        self.tokio.block_on(future);
    }

    fn yield_now(&self) -> Boxed<'static, ()> {
        self.tokio.yield_now()
    }

    fn name(&self) -> &'static str {
        "isoloir-link"
    }
}
