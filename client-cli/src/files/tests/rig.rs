//! Devices with disks of their own and an in-process link between them that can stop and break.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use protocol::codec;
use protocol::ids::{ConversationId, DeviceId, FileId, LinkId};
use protocol::limits::LINK_FRAME_BYTES_MAX;
use protocol::link::{FileRefusal, LinkFrame};
use rand_core::{OsRng, RngCore};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::core::transfer::{holder, receiver::End};
use crate::files::records::{Destination, FetchRecord, FetchState, OfferMade, OfferReceived, OfferState, StoredPath};
use crate::files::{DataFolder, FileEvent, LinkPorts, Porter, hold, offer, start};

const CONVERSATION: ConversationId = ConversationId::from_bytes([5; 16]);
const CANARY: &[u8] = b"canary-7d1f-in-the-content";

pub type Offers = Arc<Mutex<BTreeMap<FileId, OfferMade>>>;

/// A device with a data folder, a folder of its person, and a porter that can be killed.
pub struct Device {
    pub id: DeviceId,
    pub folder: TempDir,
    pub porter: Porter,
    events: mpsc::Receiver<FileEvent>,
    pub offers: Offers,
}

impl Device {
    pub fn new(id: u8) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("home")).expect("writable");
        let id = DeviceId::from_bytes([id; 16]);
        let (porter, events) = start(id, DataFolder::within(&folder.path().join("data")), Box::new(OsRng));
        Self { id, folder, porter, events, offers: Offers::default() }
    }

    /// Everything in memory is lost.
    pub fn kill(&mut self) {
        let (porter, events) = start(self.id, self.data(), Box::new(OsRng));
        (self.porter, self.events) = (porter, events);
    }

    pub fn data(&self) -> DataFolder {
        DataFolder::within(&self.folder.path().join("data"))
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Writes a file and offers it.
    pub async fn offer(&self, name: &str, content: &[u8]) -> OfferReceived {
        let path = self.home().join(name);
        std::fs::write(&path, content).expect("writable");
        let made = offer(self.data(), CONVERSATION, path, &mut OsRng, |_| ()).await.expect("offered");
        let received = OfferReceived {
            conversation: CONVERSATION,
            holder: self.id,
            offer: made.to_offer(),
            state: OfferState::Open,
        };
        self.offers.lock().expect("not poisoned").insert(made.file, made);
        received
    }

    /// Serves what it fetched and saved there, if that is still what was offered.
    pub async fn hold(&self, offer: &OfferReceived, saved: &StoredPath) -> Result<(), FileRefusal> {
        let held = offer.held_at(saved);
        hold(self.data(), held.clone(), &mut OsRng).await?;
        self.offers.lock().expect("not poisoned").insert(held.file, held);
        Ok(())
    }

    /// Fetches a file into the folder of its person; where it is then.
    pub async fn fetches(&mut self, offer: &OfferReceived) -> StoredPath {
        let record = FetchRecord::new(offer.offer.file, self.home_folder());
        self.porter.fetch(offer.clone(), record).await.expect("a porter");
        match self.end().await {
            (FetchRecord { state: FetchState::Saved(path), .. }, End::Done) => path,
            other => panic!("not saved: {other:?}"),
        }
    }

    pub async fn event(&mut self) -> FileEvent {
        tokio::time::timeout(Duration::from_secs(60), self.events.recv()).await.expect("an event").expect("a porter")
    }

    /// The last record and the end of the only fetch.
    pub async fn end(&mut self) -> (FetchRecord, End) {
        let mut last = None;
        loop {
            match self.event().await {
                FileEvent::Persist(record) => last = Some(record),
                FileEvent::FetchEnded { end, .. } => return (last.expect("a record comes first"), end),
                FileEvent::Progress { .. } | FileEvent::Paused { .. } | FileEvent::ServeEnded { .. } => {}
            }
        }
    }

    /// The first record that says something is safe.
    pub async fn some_progress(&mut self) -> FetchRecord {
        loop {
            if let FileEvent::Persist(record) = self.event().await
                && record.verified_pieces > 0
            {
                return record;
            }
        }
    }

    pub async fn served(&mut self) -> holder::End {
        loop {
            if let FileEvent::ServeEnded { end, .. } = self.event().await {
                return end;
            }
        }
    }

    pub fn home_folder(&self) -> Option<Destination> {
        Some(Destination::Folder { folder: self.home().into() })
    }
}

/// A link between two devices, each frame encoded and decoded on the way.
pub struct Wire {
    id: LinkId,
    pumps: [JoinHandle<()>; 2],
    /// Where each run began.
    requests: Arc<Mutex<Vec<u64>>>,
}

/// After so many pieces the wire stands still.
pub async fn connect(holder: &Device, receiver: &Device, pieces_max: u64) -> Wire {
    let id = LinkId::random(&mut OsRng);
    let requests = Arc::new(Mutex::new(Vec::new()));
    let (to_receiver, to_holder) = (attach(holder, receiver, id).await, attach(receiver, holder, id).await);
    let pumps = [
        tokio::spawn(pump(to_receiver, receiver, id, pieces_max, Arc::clone(&requests))),
        tokio::spawn(pump(to_holder, holder, id, pieces_max, Arc::clone(&requests))),
    ];
    Wire { id, pumps, requests }
}

/// A link to somebody who answers every request with "later".
pub async fn keep_busy(holder: &Device, receiver: &Device) -> JoinHandle<()> {
    let id = LinkId::random(&mut OsRng);
    let (mut asked, pieces) = attach(receiver, holder, id).await;
    let porter = receiver.porter.clone();
    tokio::spawn(async move {
        let _pieces = pieces;
        while let Some(frame) = asked.recv().await {
            if let LinkFrame::FileRequest { transfer, .. } = frame {
                let later = LinkFrame::FileRefused { transfer, reason: FileRefusal::Busy };
                if porter.frame(id, later).await.is_err() {
                    return;
                }
            }
        }
    })
}

impl Wire {
    pub async fn cut(self, a: &Device, b: &Device) -> Vec<u64> {
        self.pumps.iter().for_each(JoinHandle::abort);
        a.porter.link_closed(self.id).await.expect("a porter");
        b.porter.link_closed(self.id).await.expect("a porter");
        self.requests.lock().expect("not poisoned").clone()
    }
}

type Lines = (mpsc::Receiver<LinkFrame>, mpsc::Receiver<LinkFrame>);

async fn attach(device: &Device, peer: &Device, id: LinkId) -> Lines {
    let (control, control_out) = mpsc::channel(64);
    let (pieces, pieces_out) = mpsc::channel(4);
    device.porter.link_opened(id, peer.id, LinkPorts { control, pieces }).await.expect("a porter");
    (control_out, pieces_out)
}

fn pump(
    (mut control, mut pieces): Lines,
    to: &Device,
    id: LinkId,
    pieces_max: u64,
    requests: Arc<Mutex<Vec<u64>>>,
) -> impl Future<Output = ()> + use<> {
    let (porter, offers) = (to.porter.clone(), Arc::clone(&to.offers));
    async move {
        let mut carried = 0;
        loop {
            let frame = tokio::select! {
                Some(frame) = control.recv() => frame,
                Some(frame) = pieces.recv(), if carried < pieces_max => {
                    carried += 1;
                    frame
                }
                else => return,
            };
            let bytes = codec::encode(&frame);
            assert!(bytes.len() <= LINK_FRAME_BYTES_MAX);
            let frame: LinkFrame = codec::decode(&bytes).expect("our own encoding");
            let told = if let LinkFrame::FileRequest { file, from_piece, .. } = &frame {
                requests.lock().expect("not poisoned").push(*from_piece);
                let offer = offers.lock().expect("not poisoned").get(file).cloned().ok_or(FileRefusal::Unknown);
                porter.requested(id, &frame, offer).await
            } else {
                porter.frame(id, frame).await
            };
            if told.is_err() {
                return;
            }
        }
    }
}

pub fn content(bytes: usize) -> Vec<u8> {
    let mut content = vec![0; bytes];
    OsRng.fill_bytes(&mut content);
    for chunk in content.chunks_mut(50_000).filter(|chunk| chunk.len() > CANARY.len()) {
        chunk[..CANARY.len()].copy_from_slice(CANARY);
    }
    content
}

pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("readable").path());
    paths.flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}

/// Neither names nor content of files under this folder show a word of them.
pub fn assert_nothing_open(folder: &Path) {
    for path in files_under(folder) {
        assert!(!path.to_string_lossy().contains("report"), "a file name in the data folder");
        let bytes = std::fs::read(&path).expect("readable");
        assert!(!bytes.windows(CANARY.len()).any(|window| window == CANARY), "content in the data folder");
    }
}
