//! What every template reaches: words, numbers, moments, icons, who looks, and the hidden field of forms.

use std::borrow::Borrow;

use protocol::ids::DeviceId;
use protocol::time::Timestamp;

use crate::api::{Administrator, Assignment, Right, Source};
use crate::form::CSRF_FIELD;
use crate::words::{Language, Words, rfc3339};
use crate::{assets, icons, next};

/// A number in a template, where fields come as references.
pub trait Count {
    fn count(self) -> u64;
}

impl Count for u64 {
    fn count(self) -> u64 {
        self
    }
}

impl Count for u32 {
    fn count(self) -> u64 {
        u64::from(self)
    }
}

impl<T: Count + Copy> Count for &T {
    fn count(self) -> u64 {
        (*self).count()
    }
}

/// The context of every template.
#[derive(Debug, Clone)]
pub struct View {
    pub words: Words,
    pub who: Option<Administrator>,
    /// Empty while nobody is signed in.
    pub csrf: String,
    /// Path and query of this page.
    pub here: String,
}

impl View {
    /// A message.
    pub fn t(&self, key: &str) -> String {
        self.words.say(key)
    }

    /// The message whose key is `pattern` with `part` for its `{}`.
    pub fn tk(&self, pattern: &str, part: &str) -> String {
        self.t(&pattern.replace("{}", part))
    }

    /// As [`View::tk`], with a number in it.
    pub fn tkn(&self, pattern: &str, part: &str, number: impl Count) -> String {
        self.tn(&pattern.replace("{}", part), number)
    }

    /// A message with one text in it, `$what`.
    pub fn t1(&self, key: &str, what: &str) -> String {
        self.words.say_with(key, &[("what", what.into())])
    }

    /// A message with one number in it: `$n` to choose by, `$count` to show.
    pub fn tn(&self, key: &str, number: impl Count) -> String {
        let number = number.count();
        self.words.say_with(key, &[("n", number.into()), ("count", self.words.number(number).into())])
    }

    /// A number.
    pub fn n(&self, number: impl Count) -> String {
        self.words.number(number.count())
    }

    /// A moment as a `time` element.
    pub fn at(&self, at: impl Borrow<Timestamp>) -> String {
        let at = *at.borrow();
        let moment = self.words.moment(at);
        let (day, hour) = moment.split_once(' ').unwrap_or((&moment, ""));
        // A date may stand above its hour, but neither is ever broken.
        format!("<time datetime=\"{}\"><span>{day}</span> <span>{hour}</span></time>", rfc3339(at))
    }

    /// A moment as text.
    pub fn moment(&self, at: impl Borrow<Timestamp>) -> String {
        self.words.moment(*at.borrow())
    }

    /// The day of a moment as text.
    pub fn day(&self, at: impl Borrow<Timestamp>) -> String {
        let moment = self.words.moment(*at.borrow());
        moment.split_once(' ').map_or(moment.clone(), |(day, _)| day.to_owned())
    }

    /// An icon, for decoration only.
    pub fn icon(&self, name: &str) -> String {
        icons::svg(name)
    }

    /// The address of a static file.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::address(name)
    }

    /// The hidden field that every form of a session has.
    pub fn csrf_field(&self) -> String {
        format!("<input type=\"hidden\" name=\"{CSRF_FIELD}\" value=\"{}\">", self.csrf)
    }

    /// Whether something is shown or offered.
    pub fn may(&self, right: Right) -> bool {
        self.who.as_ref().is_some_and(|who| who.rights.has(right))
    }

    /// A role with whom it is over.
    pub fn assignment(&self, assignment: &Assignment) -> String {
        let role = self.t(&format!("role-{}", assignment.role().name()));
        match assignment.group() {
            None => role,
            Some(group) => {
                let values = [("role", role.into()), ("group", group.as_str().into())];
                self.words.say_with("role-of-group", &values)
            }
        }
    }

    /// All roles of somebody in a line.
    pub fn assignments(&self, roles: &[Assignment]) -> String {
        roles.iter().map(|role| self.assignment(role)).collect::<Vec<_>>().join(", ")
    }

    /// The language of this page.
    pub fn lang(&self) -> &'static str {
        self.words.language.tag()
    }

    /// The language to switch to.
    pub fn other_language(&self) -> Language {
        match self.words.language {
            Language::English => Language::French,
            Language::French => Language::English,
        }
    }

    /// Where a person comes from.
    pub fn source(&self, source: &Source) -> String {
        self.t1(&format!("source-{}", source.kind()), source.name())
    }

    /// How often something happens, in whole minutes if it can be said so.
    pub fn every(&self, interval_s: &u64) -> String {
        match interval_s % 60 {
            0 => self.tn("directory-every", interval_s / 60),
            _ => self.tn("directory-every-seconds", interval_s),
        }
    }

    /// When the brake of directory runs holds.
    pub fn brake(&self, percent: &u8, minimum: &u32) -> String {
        let percent = u64::from(*percent);
        self.words
            .say_with("directory-brake", &[("percent", self.n(percent).into()), ("count", self.n(minimum).into())])
    }

    /// Who learns of a policy at once.
    pub fn reach_connected(&self, connected: &Option<u64>) -> String {
        connected.map_or_else(|| self.t("reach-connected-some"), |connected| self.tn("reach-connected", connected))
    }

    /// A device, for people.
    pub fn device(&self, id: &DeviceId) -> String {
        device(id)
    }

    /// Hexadecimal in groups of four.
    pub fn groups(&self, text: impl AsRef<str>) -> String {
        grouped(text.as_ref())
    }

    /// Where this page is, to come back to.
    pub fn come_back(&self) -> &str {
        next::page(&self.here)
    }
}

/// Hexadecimal digits of a device's identifier that people are shown.
const DEVICE_DIGITS: usize = 12;

/// The beginning of a device's identifier in groups; enough to tell devices apart and to compare by voice.
pub fn device(id: &DeviceId) -> String {
    grouped(&id.to_string().chars().take(DEVICE_DIGITS).collect::<String>())
}

fn grouped(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
