//! What a row of the policy can say: kinds of values, how people write them, how they are encoded, and which of two is stricter.
//! Two values of a row always have a strictest common one, so that the order in which layers are put together never matters.

use std::collections::BTreeSet;
use std::fmt;

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

use super::version::Version;
use crate::directory::{Group, Visibility};
use crate::limits::POLICY_LIST_ITEMS_MAX;

/// The longest file name extension that a list names, in bytes.
pub const EXTENSION_BYTES_MAX: usize = 16;

/// What values a row takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One of these, the strictest first.
    Choice(&'static [Choice]),
    /// A number in a range.
    Number(Range),
    /// Nothing, some named things, or everything.
    List(ListKind),
    /// Any of these at once; fewer is stricter.
    Set(&'static [Choice]),
    /// A version; a later one is stricter.
    Version,
    /// Who sees whom.
    Visibility,
}

/// One value of a choice.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// As it is encoded: for good. In a set, the number of its bit.
    pub code: u8,
    /// As people and scripts write it.
    pub word: &'static str,
}

/// What a number may be.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// In what it counts.
    pub unit: Unit,
    /// The least.
    pub min: u64,
    /// The most.
    pub max: u64,
    /// How "no limit" is written, if there is such a thing.
    pub none: Option<NoLimit>,
    /// Which of two is stricter; no limit never is.
    pub stricter: Stricter,
}

/// In what a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Days.
    Days,
    /// Hours.
    Hours,
    /// Minutes.
    Minutes,
    /// Seconds.
    Seconds,
    /// Things.
    Count,
}

/// How "no limit" is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoLimit {
    /// `none`; null in CBOR.
    Word,
    /// `0`.
    Zero,
}

/// Which of two numbers is stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stricter {
    /// The smaller one.
    Smaller,
    /// The larger one.
    Larger,
}

/// The words of a list row.
#[derive(Debug, Clone, Copy)]
pub struct ListKind {
    /// For nothing.
    pub nothing: &'static str,
    /// Before a colon and the named things.
    pub some: &'static str,
    /// For everything.
    pub all: &'static str,
    /// What is named.
    pub of: Item,
    /// The number in documents under which the names stand, if not under the row's own: that says "nothing" then, so that a program
    /// that knows no names permits nothing instead of understanding nothing.
    pub beside: Option<u32>,
}

/// What a list names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// Groups of people.
    Group,
    /// File name extensions, without the dot.
    Extension,
}

impl Item {
    fn parse(self, text: &str) -> Option<String> {
        match self {
            Self::Group => Group::parse(text).ok().map(|group| group.as_str().to_owned()),
            Self::Extension => {
                let text = text.trim().trim_start_matches('.').to_lowercase();
                let fits = (1..=EXTENSION_BYTES_MAX).contains(&text.len());
                (fits && text.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(text)
            }
        }
    }
}

/// Nothing, some named things, or everything.
#[derive(Clone, PartialEq, Eq)]
pub enum Listed {
    /// Nothing.
    Nothing,
    /// These, at least one.
    Some(BTreeSet<String>),
    /// Everything.
    Everything,
}

/// Names of groups are in it.
impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Some(items) => write!(f, "Some({} items)", items.len()),
            Self::Everything => f.write_str("Everything"),
        }
    }
}

impl Listed {
    /// Whether a thing of this name is listed.
    pub fn holds(&self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Some(items) => items.contains(name),
            Self::Everything => true,
        }
    }

    fn meet(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Nothing, _) | (_, Self::Nothing) => Self::Nothing,
            (Self::Everything, listed) | (listed, Self::Everything) => listed.clone(),
            (Self::Some(a), Self::Some(b)) => {
                let both: BTreeSet<String> = a.intersection(b).cloned().collect();
                if both.is_empty() { Self::Nothing } else { Self::Some(both) }
            }
        }
    }
}

/// The value of a row. Which of these it is, its [`Kind`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The code of a choice.
    Choice(u8),
    /// A number; `None` is no limit.
    Number(Option<u64>),
    /// Of a list row.
    Listed(Listed),
    /// The bits of a set.
    Set(u32),
    /// A version.
    Version(Version),
    /// Who sees whom.
    Visibility(Visibility),
}

impl Kind {
    /// The value that is written so.
    pub fn parse(self, text: &str) -> Option<Value> {
        let text = text.trim();
        match self {
            Self::Choice(choices) => choices.iter().find(|choice| choice.word == text).map(|c| Value::Choice(c.code)),
            Self::Number(range) => range.parse(text).map(Value::Number),
            Self::List(kind) => kind.parse(text).map(Value::Listed),
            Self::Set(_) if text == NONE => Some(Value::Set(0)),
            Self::Set(choices) => {
                text.split(',').try_fold(0, |bits, word| Some(bits | bit(choices, word)?)).map(Value::Set)
            }
            Self::Version => text.parse().ok().map(Value::Version),
            Self::Visibility => text.parse().ok().map(Value::Visibility),
        }
    }

    /// A value as people and scripts write it.
    pub fn write(self, value: &Value) -> String {
        match (self, value) {
            (Self::Choice(choices), Value::Choice(code)) => choices
                .iter()
                .find(|choice| choice.code == *code)
                .map_or_else(String::new, |choice| choice.word.to_owned()),
            (Self::Number(_), Value::Number(Some(number))) => number.to_string(),
            (Self::Number(range), Value::Number(None)) => {
                if range.none == Some(NoLimit::Zero) { "0" } else { NONE }.to_owned()
            }
            (Self::List(kind), Value::Listed(listed)) => kind.write(listed),
            (Self::Set(_), Value::Set(0)) => NONE.to_owned(),
            (Self::Set(choices), Value::Set(bits)) => {
                let words = choices.iter().filter(|choice| bits & mask(choice) != 0).map(|choice| choice.word);
                words.collect::<Vec<_>>().join(",")
            }
            (_, Value::Version(version)) => version.to_string(),
            (_, Value::Visibility(rule)) => rule.to_string(),
            (_, _) => String::new(),
        }
    }

    /// The loosest value that permits no more than either of the two.
    #[must_use]
    pub fn strictest(self, a: &Value, b: &Value) -> Value {
        match (self, a, b) {
            (Self::Choice(choices), Value::Choice(x), Value::Choice(y)) => {
                let rank = |code: &u8| choices.iter().position(|choice| choice.code == *code).unwrap_or_default();
                Value::Choice(if rank(x) <= rank(y) { *x } else { *y })
            }
            (Self::Number(range), Value::Number(x), Value::Number(y)) => Value::Number(range.strictest(*x, *y)),
            (_, Value::Listed(x), Value::Listed(y)) => Value::Listed(x.meet(y)),
            (_, Value::Set(x), Value::Set(y)) => Value::Set(x & y),
            (_, Value::Version(x), Value::Version(y)) => Value::Version(*x.max(y)),
            (_, Value::Visibility(x), Value::Visibility(y)) => Value::Visibility(x.strictest(y)),
            // Values of one row are of one kind: nothing else can be built, read or parsed.
            (_, _, _) => a.clone(),
        }
    }

    /// The other number in documents of a list row.
    pub(super) const fn beside(self) -> Option<u32> {
        match self {
            Self::List(list) => list.beside,
            Self::Choice(_) | Self::Number(_) | Self::Set(_) | Self::Version | Self::Visibility => None,
        }
    }

    /// Whether `a` permits nothing that `b` does not.
    pub fn is_as_strict(self, a: &Value, b: &Value) -> bool {
        self.strictest(a, b) == *a
    }

    pub(super) fn decode(self, d: &mut Decoder<'_>) -> Result<Value, minicbor::decode::Error> {
        let refused = || minicbor::decode::Error::message("a value out of its row's range");
        match self {
            Self::Choice(choices) => {
                let code = d.u8()?;
                choices.iter().any(|choice| choice.code == code).then_some(Value::Choice(code)).ok_or_else(refused)
            }
            Self::Number(range) => {
                let number = if d.datatype()? == Type::Null { d.null().map(|()| None)? } else { Some(d.u64()?) };
                range.read(number).map(Value::Number).ok_or_else(refused)
            }
            Self::List(kind) => kind.decode(d).map(Value::Listed),
            Self::Set(choices) => {
                let bits = d.u32()?;
                let known = choices.iter().fold(0, |known, choice| known | mask(choice));
                if bits & !known == 0 { Ok(Value::Set(bits)) } else { Err(refused()) }
            }
            Self::Version => d.decode().map(Value::Version),
            Self::Visibility => d.decode().map(Value::Visibility),
        }
    }
}

pub(super) const NONE: &str = "none";

const fn mask(choice: &Choice) -> u32 {
    1 << choice.code
}

fn bit(choices: &[Choice], word: &str) -> Option<u32> {
    choices.iter().find(|choice| choice.word == word.trim()).map(mask)
}

impl Range {
    fn parse(self, text: &str) -> Option<Option<u64>> {
        if text == NONE && self.none == Some(NoLimit::Word) {
            return Some(None);
        }
        self.read(Some(text.parse().ok()?))
    }

    /// What a bare number, or none, says.
    fn read(self, number: Option<u64>) -> Option<Option<u64>> {
        match (number, self.none) {
            (None, Some(NoLimit::Word)) | (Some(0), Some(NoLimit::Zero)) => Some(None),
            (Some(number), _) if (self.min..=self.max).contains(&number) => Some(Some(number)),
            (_, _) => None,
        }
    }

    fn strictest(self, a: Option<u64>, b: Option<u64>) -> Option<u64> {
        match (a, b) {
            (Some(a), Some(b)) if self.stricter == Stricter::Smaller => Some(a.min(b)),
            (Some(a), Some(b)) => Some(a.max(b)),
            (limit, None) | (None, limit) => limit,
        }
    }
}

impl ListKind {
    fn parse(self, text: &str) -> Option<Listed> {
        if text == self.nothing {
            return Some(Listed::Nothing);
        }
        if text == self.all {
            return Some(Listed::Everything);
        }
        let names = text.strip_prefix(self.some)?.strip_prefix(':')?;
        let items: BTreeSet<String> = names.split(',').map(|name| self.of.parse(name)).collect::<Option<_>>()?;
        (items.len() <= POLICY_LIST_ITEMS_MAX).then_some(Listed::Some(items))
    }

    fn write(self, listed: &Listed) -> String {
        match listed {
            Listed::Nothing => self.nothing.to_owned(),
            Listed::Some(items) => {
                format!("{}:{}", self.some, items.iter().map(String::as_str).collect::<Vec<_>>().join(","))
            }
            Listed::Everything => self.all.to_owned(),
        }
    }

    fn decode(self, d: &mut Decoder<'_>) -> Result<Listed, minicbor::decode::Error> {
        if d.datatype()? != Type::Array {
            return match d.u8()? {
                LIST_NOTHING => Ok(Listed::Nothing),
                LIST_EVERYTHING => Ok(Listed::Everything),
                _ => Err(minicbor::decode::Error::message("neither nothing nor everything")),
            };
        }
        let items = crate::bounded::list::<_, &str, POLICY_LIST_ITEMS_MAX>(d, &mut ())?;
        // One spelling and one order, so that a value has one encoding.
        let is_plain = items.iter().all(|item| self.of.parse(item).as_deref() == Some(*item));
        let rises = items.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
        if items.is_empty() || !is_plain || !rises {
            return Err(minicbor::decode::Error::message("a list of other things, or out of order"));
        }
        Ok(Listed::Some(items.into_iter().map(str::to_owned).collect()))
    }
}

const LIST_NOTHING: u8 = 0;
const LIST_EVERYTHING: u8 = 1;

impl Value {
    pub(super) fn encode<W: minicbor::encode::Write>(
        &self,
        kind: Kind,
        e: &mut Encoder<W>,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Choice(code) => e.u8(*code)?.ok(),
            Self::Number(Some(number)) => e.u64(*number)?.ok(),
            Self::Number(None) => match kind {
                Kind::Number(Range { none: Some(NoLimit::Zero), .. }) => e.u8(0)?.ok(),
                _ => e.null()?.ok(),
            },
            Self::Listed(Listed::Nothing) => e.u8(LIST_NOTHING)?.ok(),
            Self::Listed(Listed::Everything) => e.u8(LIST_EVERYTHING)?.ok(),
            Self::Listed(Listed::Some(items)) => e.encode(items)?.ok(),
            Self::Set(bits) => e.u32(*bits)?.ok(),
            Self::Version(version) => e.encode(version)?.ok(),
            Self::Visibility(rule) => e.encode(rule)?.ok(),
        }
    }
}
