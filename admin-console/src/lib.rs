//! The administration console: pages in front of the port [`api::AdminApi`]. It must never know SQL, a clock, a peer's address
//! or a file: everything it shows comes through the port, everything it changes goes through it.

pub mod api;

/// Where the console is reached; what a request's `Host` and `Origin` are held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// `host:port` each, in lower case, the default port left out: the public URL's, and the addresses that are listened on.
    /// The first is the one to show.
    pub authorities: Vec<String>,
}
