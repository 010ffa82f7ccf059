//! The one place for calls that only Unix has: process limits, the folder lock, owner-only files, the administration socket,
//! signals. Never decides anything; never `unsafe`.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{DumpableBehavior, Resource, Rlimit};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// `sun_path` of `unix(7)`, the closing zero included.
const SOCKET_PATH_BYTES_MAX: usize = 108;
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Connections whose peer acknowledges nothing for this long are cut by the kernel (`TCP_USER_TIMEOUT`, RFC 5482).
const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(30);

/// Keeps a peer that stops reading from holding its connection and what is queued on it.
pub fn bound_unacknowledged(stream: &TcpStream) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::net::sockopt::set_tcp_user_timeout(stream, UNACKNOWLEDGED_MAX.as_millis() as u32)?;
    Ok(())
}

/// Whether the process runs as root.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The user that the process runs as.
pub fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The permission bits of a file.
pub fn mode(path: &Path) -> io::Result<u32> {
    std::fs::metadata(path).map(|metadata| metadata.permissions().mode() & 0o777)
}

/// Whether this process may make files in `folder`.
pub fn may_write(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok()
}

/// Bytes that this user may still write to the disk under `folder`.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// No core dump of this process: RAM holds who is present, which no disk may see.
pub fn disable_core_dumps() -> io::Result<()> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    rustix::process::setrlimit(Resource::Core, none)?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Raises the soft limit of open files to the hard one.
pub fn raise_open_files() -> io::Result<()> {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    rustix::process::setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    Ok(())
}

/// Makes `folder` (and its parents) if missing, for the owner only.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)
}

/// A new file for the owner only; refuses one that is there.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(FILE_MODE);
    options.open(path)
}

/// Replaces `path` by `bytes` in one step, durably, readable by the owner only.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_private(path, bytes)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// The same, but when the power fails soon after, all of what was there before may be there again.
pub fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let temporary = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(FILE_MODE);
    let mut file = options.open(&temporary)?;
    file.set_permissions(std::fs::Permissions::from_mode(FILE_MODE))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)
}

/// Held while a server runs on a data folder; the kernel lets go of it whatever happens to the process.
#[derive(Debug)]
pub struct FolderLock(#[expect(dead_code, reason = "held, never read")] File);

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("another server runs on this data folder")]
    Taken,
    #[error("the data folder cannot be locked: {0}")]
    Io(#[from] io::Error),
}

/// Takes `lock` in the data folder.
pub fn lock_folder(folder: &Path) -> Result<FolderLock, LockError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(FILE_MODE);
    let file = options.open(folder.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(FolderLock(file)),
        Err(TryLockError::WouldBlock) => Err(LockError::Taken),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Whether a server runs on the folder; makes nothing.
pub fn is_locked(folder: &Path) -> bool {
    let lock = OpenOptions::new().write(true).open(folder.join("lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
}

/// The administration socket: for the owner only, and so is its folder; who calls is checked as well.
#[derive(Debug)]
pub struct AdminListener {
    listener: UnixListener,
    path: PathBuf,
}

impl AdminListener {
    /// Binds `folder/admin.socket`. The caller holds the folder's lock, so that a socket already there is a dead one's.
    pub fn bind(folder: &Path) -> io::Result<Self> {
        let path = admin_path(folder);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let listener = with_short_path(&path, |short| UnixListener::bind(short))?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(FILE_MODE))?;
        Ok(AdminListener { listener, path })
    }

    /// The next caller, and who the kernel says it is.
    pub async fn accept(&self) -> io::Result<(UnixStream, Peer)> {
        let (stream, _) = self.listener.accept().await?;
        let peer = Peer { uid: stream.peer_cred()?.uid(), server_uid: rustix::process::geteuid().as_raw() };
        Ok((stream, peer))
    }
}

/// User numbers of the two ends of the administration socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    pub uid: u32,
    pub server_uid: u32,
}

impl Drop for AdminListener {
    fn drop(&mut self) {
        // The next start removes it if this fails.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The caller's end of the administration socket.
pub type AdminStream = std::os::unix::net::UnixStream;

/// Connects to the server that runs on `folder`.
pub fn connect_admin(folder: &Path) -> io::Result<AdminStream> {
    with_short_path(&admin_path(folder), |short| AdminStream::connect(short))
}

fn admin_path(folder: &Path) -> PathBuf {
    folder.join("admin.socket")
}

/// Socket addresses hold 107 bytes of path. A longer one is named through the open folder's descriptor.
fn with_short_path<T>(path: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    if path.as_os_str().len() < SOCKET_PATH_BYTES_MAX {
        return act(path);
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let folder = File::open(folder)?;
    let short = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(name);
    act(&short)
}

/// What the service supervisor is told (`sd_notify(3)`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    Ready,
    Stopping,
}

/// Tells systemd, when it asked to be told (`Type=notify`).
pub fn notify(notice: Notice) -> io::Result<()> {
    std::env::var_os("NOTIFY_SOCKET").map_or(Ok(()), |address| notify_at(&address, notice))
}

fn notify_at(address: &OsStr, notice: Notice) -> io::Result<()> {
    let to = match address.as_bytes().strip_prefix(b"@") {
        #[cfg(target_os = "linux")]
        Some(name) => {
            use std::os::linux::net::SocketAddrExt as _;
            SocketAddr::from_abstract_name(name)?
        }
        _ => SocketAddr::from_pathname(address)?,
    };
    let text: &[u8] = match notice {
        Notice::Ready => b"READY=1",
        Notice::Stopping => b"STOPPING=1",
    };
    UnixDatagram::unbound()?.send_to_addr(text, &to).map(drop)
}

/// What the outside may ask of a serving process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// SIGTERM, SIGINT: drain and stop.
    Stop,
    /// SIGHUP: read the certificate files again.
    Reload,
}

/// The signals a server obeys.
#[derive(Debug)]
pub struct Requests {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Requests {
    pub fn listen() -> io::Result<Self> {
        Ok(Requests {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    pub async fn next(&mut self) -> Request {
        tokio::select! {
            _ = self.terminate.recv() => Request::Stop,
            _ = self.interrupt.recv() => Request::Stop,
            _ = self.hangup.recv() => Request::Reload,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_per_folder() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let first = lock_folder(folder.path()).expect("free");
        assert!(matches!(lock_folder(folder.path()), Err(LockError::Taken)));
        drop(first);
        lock_folder(folder.path()).expect("free again");
    }

    #[tokio::test]
    async fn a_deep_folder_still_has_its_socket() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let deep = folder.path().join("d".repeat(120)).join("e".repeat(120));
        private_folder(&deep).expect("made");
        let listener = AdminListener::bind(&deep).expect("bound");
        let _caller = connect_admin(&deep).expect("connected");
        let (_, peer) = listener.accept().await.expect("accepted");
        assert_eq!(peer.uid, peer.server_uid);
        let mode = std::fs::metadata(admin_path(&deep)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, FILE_MODE);
        drop(listener);
        assert!(!admin_path(&deep).exists());
    }

    #[test]
    fn systemd_is_told_at_either_kind_of_address() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("bound");
        let mut told = [0; 32];
        notify_at(path.as_os_str(), Notice::Ready).expect("told");
        assert_eq!(socket.recv(&mut told).map(|length| told[..length].to_vec()).expect("received"), b"READY=1");
        assert!(notify_at(OsStr::new("/nowhere"), Notice::Stopping).is_err());
        #[cfg(target_os = "linux")]
        {
            use std::os::linux::net::SocketAddrExt as _;
            let name = format!("isoloir-test-{}", std::process::id());
            let address = SocketAddr::from_abstract_name(name.as_bytes()).expect("a name");
            let socket = UnixDatagram::bind_addr(&address).expect("bound");
            notify_at(OsStr::new(&format!("@{name}")), Notice::Stopping).expect("told");
            assert_eq!(socket.recv(&mut told).map(|length| told[..length].to_vec()).expect("received"), b"STOPPING=1");
        }
    }

    #[test]
    fn files_are_replaced_whole_and_private() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let path = folder.path().join("key");
        write_private(&path, b"one").expect("written");
        write_private(&path, b"two").expect("replaced");
        assert_eq!(std::fs::read(&path).expect("read"), b"two");
        let mode = std::fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, FILE_MODE);
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}
