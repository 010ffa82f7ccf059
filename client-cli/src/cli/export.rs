//! `isoloir export WHO FOLDER`: a conversation as a page that any browser shows and any printer prints, with its files beside it. It
//! writes into that one folder, which must be new or empty, never follows a name that somebody else chose, and the page is there only
//! once everything else is.

mod page;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::ProgressBar;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use self::page::{Copied, Page};
use super::{Failure, Shell, absolute};
use crate::files::name::{harmless, numbered};
use crate::platform;
use crate::rpc::{Caller, Fault, Request};
use crate::ui::terminal::Exporter;
use crate::words::Words;

const PAGE_FILE: &str = "index.html";
/// The page while it is being written.
const PART_FILE: &str = "index.html.part";
const FILES_FOLDER: &str = "files";
/// A file while it is being copied: a name that no file of a conversation gets.
const COPY_FILE: &str = ".copy.part";
/// Bytes read at once of a file that is copied.
const COPY_BYTES: usize = 64 * 1024;

/// A folder that is being filled. Dropped before it is whole, it takes back what it made.
struct Folder {
    path: PathBuf,
    /// Whether it was here before.
    was: Was,
    made: Vec<PathBuf>,
    names: BTreeSet<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Was {
    Missing,
    Empty,
}

/// What has been written so far.
#[derive(Default)]
struct Count {
    messages: u64,
    files: u64,
    missing: u64,
    left_out: u64,
}

impl Shell<'_> {
    pub(super) async fn export(&self, who: String, folder: &Path) -> Result<(), Failure> {
        let folder = PathBuf::from(absolute(folder)?);
        let mut session = self.session().await?;
        let bar = self.printer.counter();
        let writer = Writer { words: &self.printer.words, caller: &mut session.caller, bar: &bar };
        let written = tokio::select! {
            written = writer.write(who, folder) => written,
            // Dropped where it stands, it takes back what it made.
            () = stopped() => Err(Fault::new("export-stopped").into()),
        };
        bar.finish_and_clear();
        session.end().await?;
        self.printer.exported(&written?);
        Ok(())
    }
}

/// How a window writes one.
pub(super) fn exporter(words: &Words) -> Exporter {
    let words = words.clone();
    Arc::new(move |mut caller, who, folder| {
        let words = words.clone();
        Box::pin(async move {
            let (words, caller, bar) = (&words, &mut caller, &ProgressBar::hidden());
            Writer { words, caller, bar }.write(who, folder).await.map_err(|failure| match failure {
                Failure::Fault(fault) => fault,
                Failure::NotDelivered | Failure::Engine(_) => Fault::new("internal"),
            })
        })
    })
}

async fn stopped() {
    if platform::asked_to_stop().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Writes what the engine says of a conversation.
pub(super) struct Writer<'a> {
    pub words: &'a Words,
    pub caller: &'a mut Caller,
    pub bar: &'a ProgressBar,
}

impl Writer<'_> {
    /// Into a folder that is not there yet or empty; answers with how much there was.
    pub(super) async fn write(mut self, who: String, path: PathBuf) -> Result<Value, Failure> {
        let ask = |after: Option<String>| Request::Export { who: who.clone(), after };
        // Nothing is made before it is known that it may be.
        let mut answer = self.caller.ask(ask(None)).await?;
        let mut folder = Folder::take(path)?;
        let shown = folder.path.to_string_lossy().into_owned();
        let mut out = BufWriter::new(folder.create(PART_FILE).map_err(fault)?);
        let page = Page::new(self.words, TimeZone::system(), &answer);
        out.write_all(page.head().as_bytes()).map_err(fault)?;
        let mut count = Count::default();
        loop {
            for row in answer["messages"].as_array().into_iter().flatten() {
                let copied = match row["file"].is_object() {
                    true => Some(self.copy(&mut folder, &row["file"], &mut count).await?),
                    false => None,
                };
                out.write_all(page.message(row, copied.as_ref()).as_bytes()).map_err(fault)?;
                count.messages += 1;
                self.bar.inc(1);
            }
            count.left_out += answer["left_out"].as_u64().unwrap_or_default();
            let Some(next) = answer["next"].as_str().map(str::to_owned) else { break };
            answer = self.caller.ask(ask(Some(next))).await?;
        }
        out.write_all(page.foot(count.left_out).as_bytes()).map_err(fault)?;
        out.into_inner().map_err(|error| fault(error.into_error()))?.sync_all().map_err(fault)?;
        folder.finish().map_err(fault)?;
        Ok(json!({
            "folder": shown, "messages": count.messages, "files": count.files, "missing": count.missing,
            "left_out": count.left_out,
        }))
    }

    /// Puts a file beside the page, if it is on this device and still what it was.
    async fn copy(&mut self, folder: &mut Folder, file: &Value, count: &mut Count) -> Result<Copied, Failure> {
        let name = folder.free_name(file["name"].as_str().unwrap_or_default()).map_err(fault)?;
        let path = folder.path.join(FILES_FOLDER).join(&name);
        let done = match (file["state"].as_str(), file["path"].as_str()) {
            // Whole, and sealed in the data folder: only the engine can open it. From then on it is saved there, and stays whatever
            // becomes of this export.
            (Some("received"), _) => {
                let id = file["file_id"].as_str().unwrap_or_default().to_owned();
                let to = absolute(&path)?;
                self.caller.ask(Request::Save { file: id, path: to }).await.is_ok()
            }
            (_, Some(from)) => {
                let digest = file["blake3"].as_str().unwrap_or_default();
                folder.copy(Path::new(from), &path, digest).await.map_err(fault)?
            }
            (_, None) => false,
        };
        if done {
            count.files += 1;
            return Ok(Copied::At(format!("{FILES_FOLDER}/{name}")));
        }
        count.missing += 1;
        Ok(Copied::NotHere)
    }
}

/// What a disk says no to, in words. No path is in it.
fn fault(error: io::Error) -> Failure {
    Fault::new(match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => "disk-full",
        _ => "export-folder",
    })
    .into()
}

impl Folder {
    /// A folder that is not there yet, or has nothing in it.
    fn take(path: PathBuf) -> Result<Self, Failure> {
        let was = match fs::read_dir(&path) {
            Ok(mut entries) => match entries.next() {
                None => Was::Empty,
                Some(_) => return Err(Fault::new("export-not-empty").into()),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Of a path that leads nowhere nothing is made up.
                fs::create_dir(&path).and_then(|()| platform::create_private_folder(&path)).map_err(fault)?;
                Was::Missing
            }
            Err(error) => return Err(fault(error)),
        };
        Ok(Self { path, was, made: Vec::new(), names: BTreeSet::new() })
    }

    /// A new file in it; whatever bears that name already is left alone.
    fn create(&mut self, name: &str) -> io::Result<File> {
        let path = self.path.join(name);
        let file = platform::create_private_file(&path)?;
        self.made.push(path);
        Ok(file)
    }

    /// A harmless name that no other file here has, nor would have where case does not count.
    fn free_name(&mut self, offered: &str) -> io::Result<String> {
        let files = self.path.join(FILES_FOLDER);
        if self.names.is_empty() {
            platform::create_private_folder(&files)?;
        }
        let name = harmless(offered);
        let mut names = std::iter::once(name.clone()).chain((2..).map(|number| numbered(&name, number)));
        let free = names.find(|name| !self.names.contains(&name.to_lowercase())).unwrap_or(name);
        self.names.insert(free.to_lowercase());
        Ok(free)
    }

    /// Copies a file whose bytes have this BLAKE3, in hexadecimal; whether there was one. It has its name only once it is whole.
    async fn copy(&mut self, from: &Path, to: &Path, digest: &str) -> io::Result<bool> {
        let Ok(mut from) = File::open(from) else { return Ok(false) };
        if !from.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Ok(false);
        }
        let part = to.with_file_name(COPY_FILE);
        let mut out = platform::create_private_file(&part)?;
        self.made.push(part.clone());
        let (mut hasher, mut buffer) = (blake3::Hasher::new(), vec![0; COPY_BYTES]);
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => buffer.get(..read).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return self.take_back(&part).map(|()| false),
            };
            hasher.update(read);
            out.write_all(read)?;
            // Whoever stops it does not wait for the end of a large file.
            tokio::task::yield_now().await;
        }
        if hasher.finalize().to_hex().as_str() != digest {
            return self.take_back(&part).map(|()| false);
        }
        out.sync_all()?;
        if to.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(&part, to)?;
        self.made.retain(|made| *made != part);
        self.made.push(to.to_owned());
        Ok(true)
    }

    fn take_back(&mut self, path: &Path) -> io::Result<()> {
        self.made.retain(|made| made != path);
        fs::remove_file(path)
    }

    /// Everything is here: the page gets its name.
    fn finish(mut self) -> io::Result<()> {
        fs::rename(self.path.join(PART_FILE), self.path.join(PAGE_FILE))?;
        self.made.clear();
        self.names.clear();
        self.was = Was::Empty;
        #[cfg(unix)]
        File::open(&self.path)?.sync_all()?;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for path in self.made.drain(..) {
            let _ = fs::remove_file(path);
        }
        // Both only if nothing else is in them.
        if !self.names.is_empty() {
            let _ = fs::remove_dir(self.path.join(FILES_FOLDER));
        }
        if self.was == Was::Missing {
            let _ = fs::remove_dir(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = entries.collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_hostile_name_stays_in_the_folder_and_no_two_are_the_same() {
        let outer = tempfile::tempdir().unwrap();
        let source = outer.path().join("source");
        fs::write(&source, "content").unwrap();
        let digest = blake3::hash(b"content").to_hex().to_string();
        let mut folder = Folder::take(outer.path().join("out")).ok().unwrap();
        let files = folder.path.join(FILES_FOLDER);
        for offered in
            ["../../evil.html", "/etc/passwd", "index.html", "INDEX.html", "a\u{202e}gpj.exe", "", "con", "x\0y"]
        {
            let name = folder.free_name(offered).unwrap();
            assert!(folder.copy(&source, &files.join(&name), &digest).await.unwrap());
        }
        folder.create(PART_FILE).unwrap();
        folder.finish().unwrap();
        assert_eq!(listed(outer.path()), ["out", "source"]);
        assert_eq!(listed(&outer.path().join("out")), ["files", "index.html"]);
        assert_eq!(listed(&files).len(), 8);
        assert!(listed(&files).contains(&"INDEX (2).html".to_owned()));
    }

    #[tokio::test]
    async fn what_is_stopped_in_the_middle_of_a_file_leaves_nothing() {
        let outer = tempfile::tempdir().unwrap();
        let source = outer.path().join("source");
        fs::write(&source, vec![7; 3 * COPY_BYTES]).unwrap();
        let out = outer.path().join("out");
        let mut folder = Folder::take(out.clone()).ok().unwrap();
        folder.create(PART_FILE).unwrap();
        let to = out.join(FILES_FOLDER).join(folder.free_name("report.pdf").unwrap());
        {
            let mut copying = Box::pin(folder.copy(&source, &to, ""));
            assert!(futures_util::poll!(copying.as_mut()).is_pending());
        }
        assert_eq!(listed(&out.join(FILES_FOLDER)), [COPY_FILE]);
        drop(folder);
        assert!(!out.exists());
    }

    #[tokio::test]
    async fn what_is_not_finished_leaves_nothing_and_what_was_there_is_left_alone() {
        let outer = tempfile::tempdir().unwrap();
        let source = outer.path().join("source");
        fs::write(&source, "content").unwrap();
        let out = outer.path().join("out");
        let mut folder = Folder::take(out.clone()).ok().unwrap();
        folder.create(PART_FILE).unwrap();
        let name = folder.free_name("report.pdf").unwrap();
        let to = out.join(FILES_FOLDER).join(name);
        assert!(!folder.copy(&source, &to, "0000").await.unwrap(), "another content than was sent");
        assert!(!folder.copy(&outer.path().join("nowhere"), &to, "0000").await.unwrap());
        assert!(!to.exists());
        drop(folder);
        assert!(!out.exists());

        fs::create_dir(&out).unwrap();
        fs::write(out.join("mine"), "").unwrap();
        assert!(matches!(Folder::take(out.clone()), Err(Failure::Fault(fault)) if fault.code == "export-not-empty"));
        assert!(matches!(Folder::take(source.clone()), Err(Failure::Fault(fault)) if fault.code == "export-folder"));
        assert_eq!(listed(&out), ["mine"]);
        assert_eq!(fs::read_to_string(source).unwrap(), "content");
    }
}
