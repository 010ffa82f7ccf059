//! What a typed line means: words to send, or a command, in the person's language or in English.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::words::Words;

/// What can be typed after a slash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Help,
    List,
    To,
    People,
    Older,
    Search,
    Reply,
    Edit,
    Delete,
    React,
    SendFile,
    Files,
    Save,
    Verify,
    Same,
    Accept,
    Refuse,
    Block,
    Group,
    Members,
    Add,
    Remove,
    Leave,
    Timer,
    Rules,
    Status,
    Lock,
    Yes,
    Quit,
}

/// A typed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'l> {
    Nothing,
    Text(&'l str),
    /// With what follows it.
    Command(Command, &'l str),
    Unknown(&'l str),
}

impl Command {
    /// All of them, as the help lists them.
    pub const ALL: [Self; 29] = [
        Self::Help,
        Self::List,
        Self::To,
        Self::People,
        Self::Older,
        Self::Search,
        Self::Reply,
        Self::Edit,
        Self::Delete,
        Self::React,
        Self::SendFile,
        Self::Files,
        Self::Save,
        Self::Verify,
        Self::Same,
        Self::Accept,
        Self::Refuse,
        Self::Block,
        Self::Group,
        Self::Members,
        Self::Add,
        Self::Remove,
        Self::Leave,
        Self::Timer,
        Self::Rules,
        Self::Status,
        Self::Lock,
        Self::Yes,
        Self::Quit,
    ];

    /// Its word is `plain-KEY`, its help `plain-help-KEY`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::List => "list",
            Self::To => "to",
            Self::People => "people",
            Self::Older => "older",
            Self::Search => "search",
            Self::Reply => "reply",
            Self::Edit => "edit",
            Self::Delete => "delete",
            Self::React => "react",
            Self::SendFile => "send-file",
            Self::Files => "files",
            Self::Save => "save",
            Self::Verify => "verify",
            Self::Same => "same",
            Self::Accept => "accept",
            Self::Refuse => "refuse",
            Self::Block => "block",
            Self::Group => "group",
            Self::Members => "members",
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Leave => "leave",
            Self::Timer => "timer",
            Self::Rules => "rules",
            Self::Status => "status",
            Self::Lock => "lock",
            Self::Yes => "yes",
            Self::Quit => "quit",
        }
    }

    /// As this person types it, with the slash.
    pub fn word(self, words: &Words) -> String {
        format!("/{}", words.say(&format!("plain-{}", self.key())))
    }

    fn of(word: &str, words: &Words) -> Option<Self> {
        let typed = bare(&format!("/{word}"));
        let english = Words::of_tag("en");
        Self::ALL.into_iter().find(|command| [words, &english].iter().any(|words| bare(&command.word(words)) == typed))
    }
}

/// Without case and accents: not every keyboard has them.
fn bare(word: &str) -> String {
    word.to_lowercase().nfd().filter(|c| !is_combining_mark(*c)).collect()
}

impl<'l> Line<'l> {
    /// Two slashes begin words that begin with one.
    pub fn of(line: &'l str, words: &Words) -> Self {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            return Self::Nothing;
        }
        let Some(rest) = trimmed.strip_prefix('/') else { return Self::Text(line) };
        if rest.starts_with('/') {
            return Self::Text(rest);
        }
        let (word, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        Command::of(word, words).map_or(Self::Unknown(word), |command| Self::Command(command, argument.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_understood_in_both_languages() {
        let [english, french] = ["en", "fr"].map(Words::of_tag);
        assert_eq!(Line::of("/to  ada lovelace ", &english), Line::Command(Command::To, "ada lovelace"));
        assert_eq!(Line::of("/avec ada", &french), Line::Command(Command::To, "ada"));
        assert_eq!(Line::of("/TO ada", &french), Line::Command(Command::To, "ada"));
        assert_eq!(Line::of("/regles", &french), Line::Command(Command::Rules, ""));
        assert_eq!(Line::of("/avec ada", &english), Line::Unknown("avec"));
        assert_eq!(Line::of("//etc is a folder", &english), Line::Text("/etc is a folder"));
        assert_eq!(Line::of(" good morning", &english), Line::Text(" good morning"));
        assert_eq!(Line::of("  ", &english), Line::Nothing);
    }

    #[test]
    fn no_word_means_two_things_and_each_has_its_help() {
        for words in ["en", "fr"].map(Words::of_tag) {
            for command in Command::ALL {
                let word = command.word(&words);
                assert_eq!(Command::of(word.trim_start_matches('/'), &words), Some(command), "{word}");
                assert!(words.try_say(&format!("plain-help-{}", command.key())).is_some(), "{word}");
            }
        }
    }
}
