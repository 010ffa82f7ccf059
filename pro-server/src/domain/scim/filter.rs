//! The filter grammar (RFC 7644 §3.4.2.2): `not` before `and` before `or`, parentheses, value paths. Bounded in length and
//! depth, so that no filter can exhaust the stack; what a filter compares with is personal and is never printed by accident.

use std::fmt;

use protocol::secret::Personal;
use serde_json::{Number, Value};

use super::path::AttributePath;

/// Longest filter, in bytes.
pub const FILTER_BYTES_MAX: usize = 4_096;
/// Parentheses, negations and value paths within each other.
pub const FILTER_DEPTH_MAX: u32 = 16;

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Equal,
    Unequal,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Operator {
    const ALL: [(&'static str, Self); 9] = [
        ("eq", Self::Equal),
        ("ne", Self::Unequal),
        ("co", Self::Contains),
        ("sw", Self::StartsWith),
        ("ew", Self::EndsWith),
        ("gt", Self::Greater),
        ("ge", Self::GreaterOrEqual),
        ("lt", Self::Less),
        ("le", Self::LessOrEqual),
    ];

    fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, operator)| operator)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::Unequal => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }
}

/// What an attribute is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    Text(Personal<String>),
    Boolean(bool),
    Number(Number),
    Null,
}

/// A filter that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// At least two.
    Any(Vec<Filter>),
    /// At least two.
    All(Vec<Filter>),
    Not(Box<Filter>),
    Present(AttributePath),
    Compare(AttributePath, Operator, Literal),
    /// Some value of the attribute for which the inner filter holds.
    Values(AttributePath, Box<Filter>),
}

/// Not a filter, or too long, or too deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a filter")]
pub struct BadFilter;

/// Reads a filter.
pub fn parse(text: &str) -> Result<Filter, BadFilter> {
    read(text, Within::Resource)
}

/// Reads what stands in the brackets of a value path.
pub fn parse_values(text: &str) -> Result<Filter, BadFilter> {
    read(text, Within::Value)
}

fn read(text: &str, within: Within) -> Result<Filter, BadFilter> {
    if text.len() > FILTER_BYTES_MAX {
        return Err(BadFilter);
    }
    let mut reader = Reader { rest: text, depth: 0, within };
    let filter = reader.any()?;
    reader.space();
    if reader.rest.is_empty() { Ok(filter) } else { Err(BadFilter) }
}

/// Whether brackets may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Resource,
    Value,
}

struct Reader<'t> {
    rest: &'t str,
    depth: u32,
    within: Within,
}

impl<'t> Reader<'t> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// The next run of letters that a name, an operator or a number is made of; nothing is taken.
    fn peek(&mut self) -> &'t str {
        self.space();
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || "$-_.:+".contains(c);
        let end = self.rest.find(|c| !is_of_word(c)).unwrap_or(self.rest.len());
        self.rest.get(..end).unwrap_or_default()
    }

    fn word(&mut self) -> &'t str {
        let word = self.peek();
        self.rest = self.rest.get(word.len()..).unwrap_or_default();
        word
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let is_next = self.peek().eq_ignore_ascii_case(keyword);
        if is_next {
            self.word();
        }
        is_next
    }

    fn symbol(&mut self, symbol: char) -> bool {
        let rest = self.rest.trim_start().strip_prefix(symbol);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn any(&mut self) -> Result<Filter, BadFilter> {
        let first = self.all()?;
        let mut terms = vec![first];
        while self.keyword("or") {
            terms.push(self.all()?);
        }
        Ok(joined(terms, Filter::Any))
    }

    fn all(&mut self) -> Result<Filter, BadFilter> {
        let first = self.term()?;
        let mut terms = vec![first];
        while self.keyword("and") {
            terms.push(self.term()?);
        }
        Ok(joined(terms, Filter::All))
    }

    fn term(&mut self) -> Result<Filter, BadFilter> {
        if self.symbol('(') {
            return self.inside(')');
        }
        let word = self.word();
        if word.eq_ignore_ascii_case("not") && self.symbol('(') {
            return self.inside(')').map(|filter| Filter::Not(Box::new(filter)));
        }
        let path: AttributePath = word.parse().map_err(|_| BadFilter)?;
        if self.rest.starts_with('[') {
            if self.within == Within::Value || path.sub.is_some() || !self.symbol('[') {
                return Err(BadFilter);
            }
            self.within = Within::Value;
            let values = self.inside(']');
            self.within = Within::Resource;
            return values.map(|values| Filter::Values(path, Box::new(values)));
        }
        let operator = self.word();
        if operator.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let operator = Operator::named(operator).ok_or(BadFilter)?;
        Ok(Filter::Compare(path, operator, self.literal()?))
    }

    fn inside(&mut self, close: char) -> Result<Filter, BadFilter> {
        self.depth += 1;
        if self.depth > FILTER_DEPTH_MAX {
            return Err(BadFilter);
        }
        let filter = self.any()?;
        self.depth -= 1;
        if self.symbol(close) { Ok(filter) } else { Err(BadFilter) }
    }

    fn literal(&mut self) -> Result<Literal, BadFilter> {
        self.space();
        if !self.rest.starts_with('"') {
            let word = self.word();
            // Entra ID writes True and False.
            let json = if word.starts_with(|c: char| c.is_ascii_alphabetic()) {
                word.to_ascii_lowercase()
            } else {
                word.into()
            };
            return match serde_json::from_str(&json) {
                Ok(Value::Bool(boolean)) => Ok(Literal::Boolean(boolean)),
                Ok(Value::Number(number)) => Ok(Literal::Number(number)),
                Ok(Value::Null) => Ok(Literal::Null),
                _ => Err(BadFilter),
            };
        }
        let mut is_escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == '"' && !is_escaped;
            is_escaped = *c == '\\' && !is_escaped;
            ends
        });
        let (end, _) = end.ok_or(BadFilter)?;
        let (quoted, rest) = self.rest.split_at_checked(end + 1).ok_or(BadFilter)?;
        self.rest = rest;
        serde_json::from_str(quoted).map(|text: String| Literal::Text(Personal::new(text))).map_err(|_| BadFilter)
    }
}

fn joined(mut terms: Vec<Filter>, join: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    match (terms.len(), terms.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            terms.extend(last);
            join(terms)
        }
    }
}

impl Filter {
    /// Whether it asks for an attribute of this name anywhere.
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Self::Any(terms) | Self::All(terms) => terms.iter().any(|term| term.mentions(name)),
            Self::Not(inner) => inner.mentions(name),
            Self::Present(path) | Self::Compare(path, _, _) | Self::Values(path, _) => {
                path.name.eq_ignore_ascii_case(name)
            }
        }
    }

    /// How many comparisons it is made of.
    pub fn terms(&self) -> usize {
        match self {
            Self::Any(terms) | Self::All(terms) => terms.iter().map(Self::terms).sum(),
            Self::Not(inner) | Self::Values(_, inner) => inner.terms(),
            Self::Present(_) | Self::Compare(..) => 1,
        }
    }

    /// The attribute and the text, where it asks for one text only: what an index can find.
    pub fn equality(&self) -> Option<(&str, &str)> {
        match self {
            Self::Compare(path, Operator::Equal, Literal::Text(text)) if path.sub.is_none() => {
                Some((&path.name, text.expose()))
            }
            Self::Compare(..) | Self::Any(_) | Self::All(_) | Self::Not(_) | Self::Present(_) | Self::Values(..) => {
                None
            }
        }
    }
}

/// A filter, written so that it is read as the same one. It shows what it compares with: for tests and for asking further.
pub fn written(filter: &Filter) -> String {
    let list = |terms: &[Filter], word: &str| terms.iter().map(grouped).collect::<Vec<_>>().join(word);
    match filter {
        Filter::Any(terms) => list(terms, " or "),
        Filter::All(terms) => list(terms, " and "),
        Filter::Not(inner) => format!("not ({})", written(inner)),
        Filter::Present(path) => format!("{path} pr"),
        Filter::Compare(path, operator, literal) => format!("{path} {} {}", operator.name(), literal.json()),
        Filter::Values(path, inner) => format!("{path}[{}]", written(inner)),
    }
}

fn grouped(filter: &Filter) -> String {
    match filter {
        Filter::Any(_) | Filter::All(_) => format!("({})", written(filter)),
        _ => written(filter),
    }
}

impl Literal {
    /// As JSON.
    pub fn json(&self) -> Value {
        match self {
            Self::Text(text) => Value::String(text.expose().clone()),
            Self::Boolean(boolean) => Value::Bool(*boolean),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Null => Value::Null,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
