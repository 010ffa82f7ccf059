//! Words and numbers of the window that more than one pane says. Pure.

use protocol::time::DAY_MS;

use super::calendar::Moment;
use super::layout::Size;
use super::model::{Connection, Model, Revocations};
use super::text::{fitted, wrapped};
use crate::words::Words;

/// Columns kept free on both sides of a banner.
pub const BANNER_MARGIN: usize = 3;
/// Most rows of a banner.
const BANNER_ROWS_MAX: usize = 4;
/// How long a restore of the server is told.
const RESTORE_SHOWN_MS: u64 = DAY_MS;

/// What a banner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    Warning,
    Notice,
}

/// Units of a size, each 1,024 of the one before.
const UNITS: [&str; 5] = ["chat-size-bytes", "chat-size-kib", "chat-size-mib", "chat-size-gib", "chat-size-tib"];

/// A size as people read it.
pub fn size_words(words: &Words, bytes: u64) -> String {
    let (mut unit, mut whole, mut rest) = (0, bytes, 0);
    while whole >= 1_024 && unit + 1 < UNITS.len() {
        rest = whole % 1_024;
        whole /= 1_024;
        unit += 1;
    }
    let number = match unit {
        0 => whole.to_string(),
        _ => format!("{whole}{}{}", words.say("chat-decimal-mark"), rest * 10 / 1_024),
    };
    words.say_with(UNITS.get(unit).copied().unwrap_or_default(), &[("number", number.into())])
}

impl Model {
    /// A size as people read it.
    pub fn size_words(&self, bytes: u64) -> String {
        size_words(&self.words, bytes)
    }

    /// The banner as rows across a window of this size; none without one.
    pub fn banner_rows(&self, size: Size) -> Vec<String> {
        let columns = usize::from(size.columns).saturating_sub(BANNER_MARGIN * 2);
        let Some((_, text)) = self.banner() else { return Vec::new() };
        let mut rows = wrapped(&text, columns);
        if rows.len() > BANNER_ROWS_MAX {
            let rest = rows.split_off(BANNER_ROWS_MAX - 1).join(" ");
            rows.push(fitted(&rest, columns));
        }
        rows
    }

    /// What the person should know now, the gravest first, if there is anything.
    pub fn banner(&self) -> Option<(Gravity, String)> {
        let grave = self.warning().map(|text| (Gravity::Warning, text));
        grave.or_else(|| self.restored().map(|text| (Gravity::Notice, text)))
    }

    fn warning(&self) -> Option<String> {
        let words = &self.words;
        if let Some(reason) = &self.ended {
            return words.try_say(&format!("ended-{reason}")).or_else(|| Some(words.say("ended-not-recognized")));
        }
        let alarm = self.alarm.as_ref().or(self.told.as_ref().map(|told| &told.alarm));
        let alarm =
            alarm.map(|alarm| words.try_say(&format!("alarm-{alarm}")).unwrap_or_else(|| words.say("alarm-other")));
        // Neither hides the other.
        let both: Vec<_> = alarm.into_iter().chain(self.not_up_to_date()).collect();
        (!both.is_empty()).then(|| both.join(" "))
    }

    fn not_up_to_date(&self) -> Option<String> {
        let words = &self.words;
        if self.connection == Connection::Lost {
            return Some(words.say("chat-agent-lost"));
        }
        let since = |known_ms: u64| {
            let now = Moment::of(self.now.as_millis(), &self.zone);
            Moment::of(known_ms, &self.zone).since(&now, words)
        };
        match (self.revocations, self.known_ms) {
            (Revocations::Known, _) => None,
            (Revocations::Stale, Some(ms)) => {
                Some(words.say_with("chat-revocations-stale", &[("since", since(ms).into())]))
            }
            (Revocations::Expired, Some(ms)) => {
                Some(words.say_with("chat-revocations-expired", &[("since", since(ms).into())]))
            }
            (Revocations::Stale | Revocations::Expired, None) => Some(words.say("chat-revocations-never")),
        }
    }

    /// A restore of the server is no attack, and is said for a day.
    fn restored(&self) -> Option<String> {
        let reset = self.log_reset.as_ref()?;
        if self.now.as_millis().saturating_sub(reset.time_ms) > RESTORE_SHOWN_MS {
            return None;
        }
        let values = [("lost", reset.entries_lost.into()), ("revoked", reset.devices_kept_revoked.into())];
        self.words.try_say_with(&format!("log-reset-{}", reset.reason), &values)
    }
}
