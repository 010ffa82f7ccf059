//! The only place that names an operating system. Here: Unix, with what Linux offers beyond it.
//! A local socket must never be reachable by another user.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tokio::net::{UnixListener, UnixStream};

/// Name of the agent's socket inside the data folder.
pub const SOCKET_NAME: &str = "agent.sock";

/// A stream between the command line and the agent.
pub type LocalStream = UnixStream;

/// The agent's listening socket; its file goes when this is dropped.
pub struct LocalListener {
    listener: UnixListener,
    path: PathBuf,
}

/// A socket's path may have 108 bytes only: the folder is named through its open handle instead.
fn short_path(folder: &std::fs::File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}/{SOCKET_NAME}", folder.as_raw_fd()))
}

impl LocalListener {
    /// Listens in `folder`, which this process has locked: an old socket there is a dead one.
    pub fn bind(folder: &Path) -> io::Result<Self> {
        let path = folder.join(SOCKET_NAME);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let handle = std::fs::File::open(folder)?;
        let listener = UnixListener::bind(short_path(&handle))?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// The socket that the program before this one left on standard input ([`begin_anew`]), if there is one: nobody was turned away
    /// meanwhile.
    pub fn inherited(folder: &Path) -> io::Result<Option<Self>> {
        let listener = std::os::unix::net::UnixListener::from(io::stdin().as_fd().try_clone_to_owned()?);
        // What is no socket has no address, and any other socket another one.
        let address = listener.local_addr().ok();
        let path = address.as_ref().and_then(|address| address.as_pathname());
        if path.is_none_or(|path| !path.ends_with(SOCKET_NAME)) {
            return Ok(None);
        }
        listener.set_nonblocking(true)?;
        Ok(Some(Self { listener: UnixListener::from_std(listener)?, path: folder.join(SOCKET_NAME) }))
    }

    /// A handle to leave to whoever comes after.
    pub fn spare(&self) -> io::Result<OwnedFd> {
        self.listener.as_fd().try_clone_to_owned()
    }

    /// The next caller of this same user; others are turned away.
    pub async fn accept(&self) -> io::Result<LocalStream> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            let own = std::fs::metadata("/proc/self")?.uid();
            if stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0) {
                return Ok(stream);
            }
        }
    }
}

impl Drop for LocalListener {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Calls the agent of `folder`; `None` when none runs.
pub async fn connect(folder: &Path) -> io::Result<Option<LocalStream>> {
    let Ok(handle) = std::fs::File::open(folder) else { return Ok(None) };
    match UnixStream::connect(short_path(&handle)).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a folder that only this user can enter.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

/// Makes a new file that only this user can read; fails if it exists.
pub fn create_private_file(path: &Path) -> io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Where the client keeps its data unless told otherwise (XDG Base Directory Specification).
pub fn default_data_folder() -> Option<PathBuf> {
    named_folder("XDG_DATA_HOME")
        .or_else(|| home_folder().map(|home| home.join(".local").join("share")))
        .map(|base| base.join("isoloir"))
}

/// Whether a browser of the person's can be seen here: one is named, or there is a screen for it.
pub fn has_browser() -> bool {
    cfg!(target_os = "macos")
        || ["BROWSER", "DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Opens an https address in the person's browser: the first one that `$BROWSER` names, else what the desktop opens pages with. No
/// shell reads the address.
pub fn open_page(page: &str) -> io::Result<()> {
    let named = std::env::var("BROWSER").ok();
    let named = named.as_deref().and_then(|list| list.split(':').next()).filter(|name| !name.is_empty());
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let (input, output, errors) = (Stdio::null(), Stdio::null(), Stdio::null());
    let mut browser = Command::new(named.unwrap_or(opener));
    let mut child = browser.arg(page).stdin(input).stdout(output).stderr(errors).spawn()?;
    // It may stay as long as it likes; its end is collected all the same.
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// The person's own folder.
pub fn home_folder() -> Option<PathBuf> {
    named_folder("HOME")
}

fn named_folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Runs this very program anew in place of this process, with these arguments (its name first) and perhaps a socket on standard input.
/// The system drops all memory of the process first: whatever it knew is gone. Returns only if that cannot be done.
pub fn begin_anew(arguments: &[OsString], socket: Option<OwnedFd>) -> io::Error {
    // The file that was started, wherever an upgrade has moved it since.
    let mut command = Command::new("/proc/self/exe");
    let mut arguments = arguments.iter();
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    command.args(arguments);
    if let Some(socket) = socket {
        command.stdin(socket);
    }
    command.exec()
}

/// Standard input as a stream. A thread copies it, so that waiting for it holds up nobody's end.
pub fn standard_input() -> io::Result<LocalStream> {
    let (mut to, from) = std::os::unix::net::UnixStream::pair()?;
    std::thread::spawn(move || io::copy(&mut io::stdin().lock(), &mut to));
    from.set_nonblocking(true)?;
    UnixStream::from_std(from)
}

/// Waits for the first polite request to end: Ctrl-C or SIGTERM. Listens from the call on, not from the first wait on: whoever says
/// that it is ready has to be listening.
pub fn asked_to_stop() -> impl Future<Output = io::Result<()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let listening = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        let (mut terminate, mut interrupt) = (listening.0?, listening.1?);
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
        }
    }
}
