//! Events that wait for the engine. Of each kind and file only the newest waits, in the place of the first, so that a slow
//! engine costs no memory and still hears a record before the ending it belongs to.

use std::collections::{BTreeMap, VecDeque};

use protocol::ids::{DeviceId, FileId};

use crate::files::FileEvent;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Persist,
    Progress,
    Paused,
    FetchEnded,
    ServeEnded(DeviceId),
}

type Key = (FileId, Kind);

/// The waiting events.
#[derive(Debug, Default)]
pub struct Events {
    order: VecDeque<Key>,
    newest: BTreeMap<Key, FileEvent>,
}

impl Events {
    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Adds an event, in place of an older one of its kind.
    pub fn push(&mut self, event: FileEvent) {
        let key = key(&event);
        if self.newest.insert(key, event).is_none() {
            self.order.push_back(key);
        }
    }

    /// The one that waits longest.
    pub fn pop(&mut self) -> Option<FileEvent> {
        let key = self.order.pop_front()?;
        self.newest.remove(&key)
    }
}

fn key(event: &FileEvent) -> Key {
    match event {
        FileEvent::Persist(record) => (record.file, Kind::Persist),
        FileEvent::Progress { file, .. } => (*file, Kind::Progress),
        FileEvent::Paused { file, .. } => (*file, Kind::Paused),
        FileEvent::FetchEnded { file, .. } => (*file, Kind::FetchEnded),
        FileEvent::ServeEnded { file, peer, .. } => (*file, Kind::ServeEnded(*peer)),
    }
}
