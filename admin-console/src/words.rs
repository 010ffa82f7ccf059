//! Text for people, in their language (Fluent, `locales/`), and how moments and numbers are written. English where a message is
//! missing; a test holds that none is. Never builds a sentence from pieces.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader as _, langid};
use protocol::time::{DAY_MS, Timestamp};

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static ENGLISH: LanguageIdentifier = langid!("en");
static FRENCH: LanguageIdentifier = langid!("fr");

/// The narrow space that does not break, between the groups of a French number.
const FRENCH_GROUP: char = '\u{202f}';

/// The arguments of one message.
pub type Arguments<'a> = &'a [(&'static str, FluentValue<'a>)];

/// A language that the console speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    French,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// The BCP 47 tag, as in `lang` and in the cookie.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// The language's own name.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "Français",
        }
    }

    /// The language of this tag.
    pub fn tagged(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The one that `Accept-Language` (RFC 9110 §12.5.4) ranks highest; English when it names none of ours.
    pub fn accepted(header: &str) -> Self {
        let mut best = (0_u32, Self::English);
        for range in header.split(',').take(ACCEPTED_RANGES_MAX) {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
            let Some(language) = Self::tagged(&primary) else { continue };
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1_000, thousandths);
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }
}

/// Ranges of `Accept-Language` that are looked at.
const ACCEPTED_RANGES_MAX: usize = 20;

/// A quality value such as `0.8`, in thousandths; zero when it is none.
fn thousandths(quality: &str) -> u32 {
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    let padded = format!("{fraction:0<3}");
    match (whole, padded.get(..3).and_then(|digits| digits.parse::<u32>().ok())) {
        ("1", _) => 1_000,
        ("0", Some(fraction)) => fraction,
        _ => 0,
    }
}

/// One language's words.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub language: Language,
}

impl Words {
    fn id(self) -> &'static LanguageIdentifier {
        match self.language {
            Language::English => &ENGLISH,
            Language::French => &FRENCH,
        }
    }

    pub fn say(self, key: &str) -> String {
        LOCALES.lookup(self.id(), key)
    }

    pub fn say_with(self, key: &str, arguments: Arguments<'_>) -> String {
        LOCALES.lookup_with_args(self.id(), key, &named(arguments))
    }

    /// As [`Words::say`]; none if there is no such message.
    pub fn try_say(self, key: &str) -> Option<String> {
        LOCALES.try_lookup(self.id(), key)
    }

    /// `2026-11-22 01:52 UTC`, in French `22/11/2026 01:52 UTC`: one zone for everybody who reads the same audit.
    pub fn moment(self, at: Timestamp) -> String {
        let Civil { year, month, day, hour, minute, .. } = Civil::of(at);
        match self.language {
            Language::English => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC"),
            Language::French => format!("{day:02}/{month:02}/{year:04} {hour:02}:{minute:02} UTC"),
        }
    }

    /// Digits in groups of three.
    pub fn number(self, number: u64) -> String {
        let digits = number.to_string();
        let group = match self.language {
            Language::English => ',',
            Language::French => FRENCH_GROUP,
        };
        let mut text = String::with_capacity(digits.len() * 2);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(group);
            }
            text.push(digit);
        }
        text
    }
}

/// `2026-11-22T01:52:07Z` (RFC 3339), for machines.
pub fn rfc3339(at: Timestamp) -> String {
    let Civil { year, month, day, hour, minute, second } = Civil::of(at);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// A moment on the Gregorian calendar, UTC.
struct Civil {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

impl Civil {
    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`, for days from 1970 on.
    fn of(at: Timestamp) -> Self {
        let (days, ms) = (at.as_millis() / DAY_MS, at.as_millis() % DAY_MS);
        let shifted = days + 719_468;
        let (era, of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let seconds = ms / 1_000;
        Self {
            year: year_of_era + era * 400 + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: seconds / 3_600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
        }
    }
}

fn named<'a>(arguments: Arguments<'a>) -> HashMap<Cow<'static, str>, FluentValue<'a>> {
    arguments.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_says_which_language() {
        for (header, language) in [
            ("fr-FR,fr;q=0.9,en;q=0.8", Language::French),
            ("de, fr;q=0.5, en;q=0.4", Language::French),
            ("en-US,en;q=0.9,fr;q=0.8", Language::English),
            ("fr;q=0", Language::English),
            ("fr;q=0.;,;;=,\u{fe}", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }

    #[test]
    fn moments_and_numbers_are_written_as_people_write_them() {
        let (english, french) = (Words { language: Language::English }, Words { language: Language::French });
        let at = Timestamp::from_millis(1_795_312_327_000);
        assert_eq!(rfc3339(at), "2026-11-22T01:52:07Z");
        assert_eq!(english.moment(at), "2026-11-22 01:52 UTC");
        assert_eq!(french.moment(at), "22/11/2026 01:52 UTC");
        assert_eq!(rfc3339(Timestamp::from_millis(951_782_400_000)), "2000-02-29T00:00:00Z");
        assert_eq!(english.number(1_234_567), "1,234,567");
        assert_eq!(french.number(50_000), "50\u{202f}000");
        assert_eq!(french.number(999), "999");
    }

    #[test]
    fn no_moment_is_out_of_range() {
        assert!(rfc3339(Timestamp::from_millis(u64::MAX)).ends_with('Z'));
    }
}
