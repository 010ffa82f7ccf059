//! The audit as JSON Lines in a file of this machine, with rotation: `audit.jsonl`, then `audit.jsonl.1` and so on, the newest first.
//! What is confirmed is on the disk (`fsync`). It must never write into a line that a crash has cut: that line is taken off first; nor
//! through a link, into a device, or into a file that somebody else writes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;
use tokio::sync::{OwnedMutexGuard, oneshot};

use crate::config::audit::FileSink;
use crate::domain::sink::Message;
use crate::unix;

use super::{SinkFault, Turn};

/// A disk that takes longer hangs.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Only the server's user, and whoever its group lets read along.
const MODE: u32 = 0o640;

impl From<io::Error> for SinkFault {
    fn from(error: io::Error) -> Self {
        // The answer to O_NOFOLLOW.
        if rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::LOOP) {
            Self::NotAFile
        } else {
            Self::File(error.kind())
        }
    }
}

/// An open file; each append is durable when it returns.
pub(super) struct FileWriter {
    config: FileSink,
    file: Option<File>,
    turn: Turn,
}

impl FileWriter {
    pub(super) async fn open(config: &FileSink, turn: &Turn) -> Result<Self, SinkFault> {
        let path = config.path.clone();
        let file = apart(turn, WRITE_TIMEOUT, move || open(&path)).await?;
        Ok(Self { file: Some(file), config: config.clone(), turn: turn.clone() })
    }

    pub(super) async fn append(&mut self, messages: Vec<Message>) -> Result<(), SinkFault> {
        let file = self.file.take().ok_or(SinkFault::File(io::ErrorKind::NotConnected))?;
        let config = self.config.clone();
        self.file = Some(apart(&self.turn, WRITE_TIMEOUT, move || append(file, &config, &messages)).await?);
        Ok(())
    }
}

/// On a thread of its own, which nobody waits for when the server stops: a file on a network may hang for ever. Whoever comes while one
/// hangs starts no other.
async fn apart<T: Send + 'static>(
    turn: &Turn,
    patience: Duration,
    work: impl FnOnce() -> Result<T, SinkFault> + Send + 'static,
) -> Result<T, SinkFault> {
    let done = async {
        let held: OwnedMutexGuard<()> = turn.clone().lock_owned().await;
        let (tell, told) = oneshot::channel();
        std::thread::Builder::new().name("audit file".to_owned()).spawn(move || {
            let done = work();
            drop(held);
            // Whoever has gone needs no answer.
            let _ = tell.send(done);
        })?;
        told.await.unwrap_or(Err(SinkFault::File(io::ErrorKind::Other)))
    };
    tokio::time::timeout(patience, done).await.unwrap_or(Err(SinkFault::Timeout))
}

/// Opened for appending, at the end of its last whole line, and locked.
fn open(path: &Path) -> Result<File, SinkFault> {
    // A pipe without a reader would hold up whoever opens it.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let mut options = OpenOptions::new();
    let mut file = options.read(true).append(true).create(true).mode(MODE).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(SinkFault::NotAFile);
    }
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => SinkFault::FileTaken,
        TryLockError::Error(error) => error.into(),
    })?;
    let length = file.metadata()?.len();
    let whole = whole_lines(&mut file, length)?;
    if whole < length {
        file.set_len(whole)?;
    }
    file.sync_all()?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(file)
}

/// Whether the file could be written, or made.
pub(super) fn look(path: &Path) -> Result<(), SinkFault> {
    let may_write = match std::fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => return Err(SinkFault::NotAFile),
        Ok(_) => rustix::fs::access(path, rustix::fs::Access::WRITE_OK | rustix::fs::Access::READ_OK).is_ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            unix::may_write(folder)
        }
        Err(error) => return Err(error.into()),
    };
    if may_write { Ok(()) } else { Err(SinkFault::File(io::ErrorKind::PermissionDenied)) }
}

/// Whether the path still leads to this file: somebody else may have moved or deleted it (logrotate).
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let here = file.metadata()?;
    match std::fs::symlink_metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (here.dev(), here.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Where the last line that has an end ends.
fn whole_lines(file: &mut File, length: u64) -> io::Result<u64> {
    const BLOCK_BYTES: u64 = 4 * 1_024;
    let mut end = length;
    while end > 0 {
        let begin = end.saturating_sub(BLOCK_BYTES);
        file.seek(SeekFrom::Start(begin))?;
        let mut block = Vec::new();
        io::Read::by_ref(file).take(end - begin).read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(begin + at as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

fn append(mut file: File, config: &FileSink, messages: &[Message]) -> Result<File, SinkFault> {
    if !is_at(&file, &config.path)? {
        file = open(&config.path)?;
    }
    let mut length = file.metadata()?.len();
    let mut lines = Vec::new();
    for message in messages {
        if length >= config.rotate_bytes {
            file.write_all(&lines)?;
            file.sync_data()?;
            lines.clear();
            rotate(config)?;
            file = open(&config.path)?;
            length = 0;
        }
        lines.extend_from_slice(message.json.as_bytes());
        lines.push(b'\n');
        length += message.json.len() as u64 + 1;
    }
    file.write_all(&lines)?;
    file.sync_data()?;
    Ok(file)
}

/// Every file moves one further, up to the first number that nobody has; what would be beyond `keep` goes.
fn rotate(config: &FileSink) -> io::Result<()> {
    if config.keep == 0 {
        return std::fs::remove_file(&config.path);
    }
    let mut free = 1;
    while free < config.keep && std::fs::symlink_metadata(numbered(&config.path, free)).is_ok() {
        free += 1;
    }
    for number in (1..free).rev() {
        renamed(&numbered(&config.path, number), &numbered(&config.path, number + 1))?;
    }
    renamed(&config.path, &numbered(&config.path, 1))
}

fn renamed(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn numbered(path: &Path, number: u64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use protocol::time::Timestamp;

    use super::*;

    fn message(index: u64) -> Message {
        Message { index, at: Timestamp::ZERO, event: "server_started".into(), json: format!("{{\"index\":{index}}}") }
    }

    fn lines(path: &Path) -> Vec<String> {
        std::fs::read_to_string(path).map(|text| text.lines().map(str::to_owned).collect()).unwrap_or_default()
    }

    #[tokio::test]
    async fn a_line_that_a_crash_has_cut_is_written_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("audit.jsonl");
        let config = FileSink { path: path.clone(), rotate_bytes: 1_000, keep: 2 };
        std::fs::write(&path, "{\"index\":0}\n{\"ind").expect("written");
        let mut writer = FileWriter::open(&config, &Turn::default()).await.expect("opens");
        writer.append(vec![message(1), message(2)]).await.expect("written");
        assert_eq!(lines(&path), ["{\"index\":0}", "{\"index\":1}", "{\"index\":2}"]);
        drop(writer);
        std::fs::write(&path, "x".repeat(9_000)).expect("written");
        FileWriter::open(&config, &Turn::default()).await.expect("opens");
        assert_eq!(lines(&path), Vec::<String>::new(), "no line at all");
    }

    #[tokio::test]
    async fn files_that_are_full_move_on_and_the_oldest_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("audit.jsonl");
        let config = FileSink { path: path.clone(), rotate_bytes: 24, keep: 2 };
        let mut writer = FileWriter::open(&config, &Turn::default()).await.expect("opens");
        writer.append((0..4).map(message).collect()).await.expect("written");
        writer.append((4..7).map(message).collect()).await.expect("written");
        assert_eq!(lines(&path), ["{\"index\":6}"]);
        assert_eq!(lines(&numbered(&path, 1)), ["{\"index\":4}", "{\"index\":5}"]);
        assert_eq!(lines(&numbered(&path, 2)), ["{\"index\":2}", "{\"index\":3}"]);
        assert!(!numbered(&path, 3).exists());
    }

    #[tokio::test]
    async fn only_files_before_the_first_gap_move_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("audit.jsonl");
        let config = FileSink { path: path.clone(), rotate_bytes: 1, keep: 9 };
        for (name, text) in [("", "{}\n"), (".1", "one"), (".3", "three")] {
            std::fs::write(folder.path().join(format!("audit.jsonl{name}")), text).expect("written");
        }
        let mut writer = FileWriter::open(&config, &Turn::default()).await.expect("opens");
        writer.append(vec![message(1)]).await.expect("written");
        let text = |number| std::fs::read_to_string(numbered(&path, number)).ok();
        assert_eq!(
            [text(1), text(2), text(3), text(4)],
            [Some("{}\n"), Some("one"), Some("three"), None].map(|text| text.map(str::to_owned))
        );
    }

    #[tokio::test]
    async fn a_file_that_somebody_else_moves_or_deletes_is_begun_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("audit.jsonl");
        let config = FileSink { path: path.clone(), rotate_bytes: 1_000, keep: 2 };
        let mut writer = FileWriter::open(&config, &Turn::default()).await.expect("opens");
        writer.append(vec![message(0)]).await.expect("written");
        let moved = folder.path().join("moved");
        std::fs::rename(&path, &moved).expect("renamed");
        writer.append(vec![message(1)]).await.expect("written");
        assert_eq!((lines(&moved), lines(&path)), (vec!["{\"index\":0}".to_owned()], vec!["{\"index\":1}".to_owned()]));
        std::fs::remove_file(&path).expect("deleted");
        writer.append(vec![message(2)]).await.expect("written");
        assert_eq!(lines(&path), ["{\"index\":2}"]);
    }

    #[tokio::test]
    async fn a_link_a_device_and_a_file_of_somebody_else_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let fault = async |path: &Path| {
            let config = FileSink { path: path.to_owned(), rotate_bytes: 1_000, keep: 2 };
            FileWriter::open(&config, &Turn::default()).await.err().map(SinkFault::code)
        };
        let (file, link) = (folder.path().join("audit.jsonl"), folder.path().join("link"));
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        assert_eq!(fault(&link).await, Some("sink-not-a-file"));
        assert!(!file.exists(), "nothing was made behind the link");
        assert_eq!(fault(Path::new("/dev/null")).await, Some("sink-not-a-file"));
        assert_eq!(fault(&file).await, None);
        let other = File::open(&file).expect("opens");
        other.try_lock().expect("locked");
        assert_eq!(fault(&file).await, Some("sink-file-taken"));
    }

    #[tokio::test]
    async fn a_disk_that_hangs_is_waited_for_by_one_thread() {
        let (turn, (hang, hangs)) = (Turn::default(), std::sync::mpsc::sync_channel::<()>(1));
        let first = apart(&turn, Duration::ZERO, move || {
            let _ = hangs.recv();
            Ok(())
        });
        assert_eq!(first.await, Err(SinkFault::Timeout));
        assert_eq!(
            apart(&turn, Duration::ZERO, || Ok(())).await,
            Err(SinkFault::Timeout),
            "nobody else begins meanwhile"
        );
        hang.send(()).expect("somebody waits");
        // The thread ends, and with it its turn.
        drop(turn.lock().await);
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_told() {
        let config = FileSink { path: "/nonexistent/audit.jsonl".into(), rotate_bytes: 24, keep: 2 };
        let fault = FileWriter::open(&config, &Turn::default()).await.err().map(SinkFault::code);
        assert_eq!(fault, Some("sink-file"));
    }
}
