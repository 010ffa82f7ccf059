//! The audit as JSON Lines in a file of this machine, with rotation: `audit.jsonl`, then `audit.jsonl.1` and so on, the newest first.
//! What is confirmed is on the disk (`fsync`). It must never write into a line that a crash has cut: that line is taken off first.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::config::audit::FileSink;
use crate::domain::sink::Message;

use super::SinkFault;

/// Only the server's user, and whoever its group lets read along.
const MODE: u32 = 0o640;

impl From<io::Error> for SinkFault {
    fn from(error: io::Error) -> Self {
        Self::File(error.kind())
    }
}

/// An open file; each append is durable when it returns.
pub(super) struct FileWriter {
    config: FileSink,
    file: Option<File>,
}

impl FileWriter {
    pub(super) async fn open(config: &FileSink) -> Result<Self, SinkFault> {
        let config = config.clone();
        blocking(move || Ok(Self { file: Some(open(&config.path)?), config })).await
    }

    pub(super) async fn append(&mut self, messages: Vec<Message>) -> Result<(), SinkFault> {
        let file = self.file.take().ok_or(SinkFault::File(io::ErrorKind::NotConnected))?;
        let config = self.config.clone();
        self.file = Some(blocking(move || append(file, &config, &messages)).await?);
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, SinkFault> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|_| SinkFault::File(io::ErrorKind::Other))??)
}

/// Opened for appending, at the end of its last whole line.
fn open(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(MODE).open(path)?;
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

fn append(mut file: File, config: &FileSink, messages: &[Message]) -> io::Result<File> {
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

/// Every file moves one further; those beyond `keep` go.
fn rotate(config: &FileSink) -> io::Result<()> {
    if config.keep == 0 {
        return std::fs::remove_file(&config.path);
    }
    for number in (1..config.keep).rev() {
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
        let mut writer = FileWriter::open(&config).await.expect("opens");
        writer.append(vec![message(1), message(2)]).await.expect("written");
        assert_eq!(lines(&path), ["{\"index\":0}", "{\"index\":1}", "{\"index\":2}"]);
        std::fs::write(&path, "x".repeat(9_000)).expect("written");
        FileWriter::open(&config).await.expect("opens");
        assert_eq!(lines(&path), Vec::<String>::new(), "no line at all");
    }

    #[tokio::test]
    async fn files_that_are_full_move_on_and_the_oldest_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("audit.jsonl");
        let config = FileSink { path: path.clone(), rotate_bytes: 24, keep: 2 };
        let mut writer = FileWriter::open(&config).await.expect("opens");
        writer.append((0..4).map(message).collect()).await.expect("written");
        writer.append((4..7).map(message).collect()).await.expect("written");
        assert_eq!(lines(&path), ["{\"index\":6}"]);
        assert_eq!(lines(&numbered(&path, 1)), ["{\"index\":4}", "{\"index\":5}"]);
        assert_eq!(lines(&numbered(&path, 2)), ["{\"index\":2}", "{\"index\":3}"]);
        assert!(!numbered(&path, 3).exists());
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_told() {
        let config = FileSink { path: "/nonexistent/audit.jsonl".into(), rotate_bytes: 24, keep: 2 };
        let fault = FileWriter::open(&config).await.err().map(SinkFault::code);
        assert_eq!(fault, Some("sink-file"));
    }
}
