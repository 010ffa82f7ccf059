//! Writing the open conversation into a folder: where is asked, and what came of it is said in the command's words. The window writes nothing
//! itself, and what the organization forbids is the engine's to say.

use std::path::PathBuf;

use protocol::secret::Personal;
use serde_json::Value;

use super::super::editor::Editor;
use super::super::text::Harmless;
use super::{Model, Overlay, RemarkKind};

/// How a folder is called at first.
const FOLDER: &str = "isoloir";

/// A conversation that is to be written into a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    pub who: Personal<String>,
    pub folder: PathBuf,
}

impl Model {
    pub(super) fn ask_export(&mut self) {
        let Some(open) = &self.open else { return self.say_open_first() };
        let folder = self.places.downloads.join(FOLDER).to_string_lossy().into_owned();
        self.overlay = Some(Overlay::Export { who: open.who.clone(), path: Editor::with(&folder) });
    }

    pub(super) fn export(&mut self, who: Personal<String>, written: &str) {
        self.export = Some(Export { who, folder: self.places.absolute(written) });
        let text = self.words.say("chat-exporting");
        self.remark(RemarkKind::Done, text);
    }

    /// What is to be written, once.
    pub const fn take_export(&mut self) -> Option<Export> {
        self.export.take()
    }

    pub(super) fn on_exported(&mut self, answer: &Value) {
        let text = Harmless::of_line(&self.words.exported(answer).join(" "));
        self.remark(RemarkKind::Done, text.expose().to_owned());
    }
}
