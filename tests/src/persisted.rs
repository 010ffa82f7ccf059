//! Everything that a server leaves on disk, byte for byte, so that two runs can be compared.
//!
//! Two things are normalized, because SQLite itself draws them at random or derives them from what it drew, whatever is stored:
//! the two salts and the checksums of a write-ahead log (SQLite file format §4.1), which are set to zero; and the `-shm` file,
//! an index of that log in shared memory which SQLite rebuilds and which is left out. Nothing else is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// File, relative to the folder → its bytes.
pub type Persisted = BTreeMap<PathBuf, Vec<u8>>;

const WAL_MAGIC: [[u8; 4]; 2] = [[0x37, 0x7f, 0x06, 0x82], [0x37, 0x7f, 0x06, 0x83]];
const WAL_HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// Reads all files below `folder`. Sockets have no bytes.
///
/// # Errors
/// When a file cannot be read.
pub fn persisted(folder: &Path) -> Result<Persisted> {
    let mut files = Persisted::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(&current).with_context(|| format!("{}", current.display()))? {
            let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && !path.as_os_str().as_encoded_bytes().ends_with(b"-shm") {
                let mut bytes = fs::read(&path).with_context(|| format!("{}", path.display()))?;
                normalize(&mut bytes);
                files.insert(path.strip_prefix(folder)?.to_path_buf(), bytes);
            }
        }
    }
    Ok(files)
}

/// Where two runs differ: the file and the first offset.
pub fn differences(left: &Persisted, right: &Persisted) -> Vec<String> {
    let mut found = Vec::new();
    for file in left.keys().chain(right.keys().filter(|file| !left.contains_key(*file))) {
        let place = match (left.get(file), right.get(file)) {
            (Some(left), Some(right)) if left == right => continue,
            (Some(left), Some(right)) => {
                let offset = left.iter().zip(right).take_while(|(left, right)| left == right).count();
                format!("differs at {offset} ({} and {} bytes)", left.len(), right.len())
            }
            _ => String::from("is in one only"),
        };
        found.push(format!("{} {place}", file.display()));
    }
    found
}

/// Zeroes salts and checksums when these are the bytes of a write-ahead log.
fn normalize(bytes: &mut [u8]) {
    if !WAL_MAGIC.iter().any(|magic| bytes.starts_with(magic)) {
        return;
    }
    let page_bytes = bytes.get(8..12).and_then(|size| size.try_into().ok()).map_or(0, u32::from_be_bytes);
    let frame_bytes = FRAME_HEADER_BYTES + usize::try_from(page_bytes).unwrap_or(0);
    let zero = |field: Option<&mut [u8]>| field.into_iter().for_each(|field| field.fill(0));
    zero(bytes.get_mut(16..WAL_HEADER_BYTES));
    for frame in bytes.get_mut(WAL_HEADER_BYTES..).unwrap_or_default().chunks_mut(frame_bytes) {
        zero(frame.get_mut(8..FRAME_HEADER_BYTES));
    }
}

#[cfg(all(test, feature = "database"))]
mod tests {
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
    use sqlx::{ConnectOptions as _, Connection as _};

    use super::*;

    /// What a database leaves when these statements have run; killed before it could tidy up, or not.
    fn left(statements: &str, ending: Ending) -> Result<Persisted> {
        let folder = tempfile::tempdir()?;
        let options = SqliteConnectOptions::new().filename(folder.path().join("any.db")).create_if_missing(true);
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            let mut connection = options.journal_mode(SqliteJournalMode::Wal).connect().await?;
            for statement in statements.split(';') {
                sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await?;
            }
            match ending {
                Ending::Clean => connection.close().await.map(|()| persisted(folder.path()))?,
                Ending::Killed => persisted(folder.path()),
            }
        })
    }

    #[derive(Clone, Copy, Debug)]
    enum Ending {
        Clean,
        Killed,
    }

    const BOTH: &str =
        "CREATE TABLE member (name TEXT); INSERT INTO member VALUES ('01'); INSERT INTO member VALUES ('02')";
    const OTHER_ORDER: &str =
        "CREATE TABLE member (name TEXT); INSERT INTO member VALUES ('02'); INSERT INTO member VALUES ('01')";

    #[test]
    fn the_same_acts_leave_the_same_bytes_and_another_order_does_not() -> Result<()> {
        for ending in [Ending::Clean, Ending::Killed] {
            let first = left(BOTH, ending)?;
            assert_eq!(differences(&first, &left(BOTH, ending)?), Vec::<String>::new(), "{ending:?}");
            assert!(!differences(&first, &left(OTHER_ORDER, ending)?).is_empty(), "{ending:?}");
        }
        assert!(left(BOTH, Ending::Killed)?.keys().any(|file| file.ends_with("any.db-wal")));
        Ok(())
    }

    #[test]
    fn a_file_in_one_only_is_a_difference() {
        let empty = Persisted::new();
        let one = Persisted::from([(PathBuf::from("log"), vec![1])]);
        assert_eq!(differences(&empty, &one), ["log is in one only"]);
        assert_eq!(differences(&one, &empty), ["log is in one only"]);
    }
}
