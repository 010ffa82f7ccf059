//! The words of the demonstration, in the language of the terminal: French where the locale is French, English elsewhere.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Instant;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{Loader as _, static_loader};
use unic_langid::{LanguageIdentifier, langid};

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // A terminal shows the marks, and they would be copied with a command or an address.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A named value of a text.
pub type Argument<'a> = (&'static str, FluentValue<'a>);

/// Says things to the person who watches, with the time since the start.
pub struct Words {
    language: LanguageIdentifier,
    started: Instant,
    to: Destination,
}

/// Standard output is for people, unless a program reads it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Destination {
    Out,
    Err,
}

impl Words {
    pub fn new(to: Destination) -> Self {
        let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set).unwrap_or_default();
        let language = if locale.starts_with("fr") { langid!("fr") } else { langid!("en") };
        Self { language, started: Instant::now(), to }
    }

    /// The same voice; its clock begins again.
    pub fn restarted(self) -> Self {
        Self { started: Instant::now(), ..self }
    }

    /// A text without a place of its own.
    pub fn text(&self, key: &str, arguments: &[Argument<'_>]) -> String {
        let arguments: HashMap<Cow<'static, str>, FluentValue<'_>> =
            arguments.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
        LOCALES.lookup_with_args(&self.language, key, &arguments)
    }

    /// A line.
    pub fn say(&self, key: &str, arguments: &[Argument<'_>]) {
        self.print(&self.text(key, arguments));
    }

    /// A line that begins with the seconds since the start.
    pub fn step(&self, key: &str, arguments: &[Argument<'_>]) {
        let seconds = format!("{:6.2}", self.started.elapsed().as_secs_f64());
        let text = self.text(key, arguments);
        self.print(&self.text("demo-step", &[("seconds", seconds.into()), ("text", text.into())]));
    }

    /// A line as it is: a command, a path.
    pub fn print(&self, line: &str) {
        match self.to {
            Destination::Out => println!("{line}"),
            Destination::Err => eprintln!("{line}"),
        }
    }
}
