//! What one operation of a PATCH does to an attribute. Removing some values never removes all of them: not when a provider names
//! them in `value` beside the path of the whole attribute, not when it forgets the value, and not by a filter that asks for what no
//! value has.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Verb;
use crate::domain::scim::compare::{holds_for_value, speaks_of};
use crate::domain::scim::filter::{Filter, Literal, Operator};
use crate::domain::scim::schema::{Attribute, Kind, Mutability, Plurality, Presence, find};
use crate::domain::scim::shape::{identity, is_primary, one, value as shaped};
use crate::domain::scim::{Attributes, Refused};

/// What an operation is about, within the object that has the attribute.
#[derive(Clone, Copy)]
pub(super) struct Target<'p> {
    pub(super) attribute: &'static Attribute,
    pub(super) part: Option<&'static Attribute>,
    pub(super) values: Option<&'p Filter>,
}

impl Target<'_> {
    pub(super) fn change(self, object: &mut Attributes, verb: Verb, value: Option<&Value>) -> Result<(), Refused> {
        let name = self.attribute.name;
        let is_many = matches!(self.attribute.plurality, Plurality::Many(_));
        let before = object.remove(name);
        let after = match (is_many, before) {
            (true, Some(Value::Array(values))) => self.change_many(values, verb, value)?,
            (true, _) => self.change_many(Vec::new(), verb, value)?,
            (false, before) => self.change_one(before, verb, value)?,
        };
        match after {
            Some(after) => {
                object.insert(name.to_owned(), after);
                Ok(())
            }
            // Taking `active` away must neither give access nor take it.
            None if self.attribute.presence != Presence::Optional => Err(Refused::Value(name)),
            None => Ok(()),
        }
    }

    fn change_one(self, before: Option<Value>, verb: Verb, value: Option<&Value>) -> Result<Option<Value>, Refused> {
        if self.values.is_some() {
            return Err(Refused::Path);
        }
        let Some(part) = self.part else {
            let new = match (verb, value) {
                (Verb::Remove, _) => return Ok(None),
                (Verb::Add | Verb::Replace, None) => return Err(Refused::Value(self.attribute.name)),
                // Entra ID wraps single values in an array.
                (Verb::Add | Verb::Replace, Some(Value::Array(values))) => match values.as_slice() {
                    [Value::Object(only)] if self.attribute.kind == Kind::Boolean => {
                        one(self.attribute, only.get("value").unwrap_or(&Value::Null))?
                    }
                    [only] => one(self.attribute, only)?,
                    _ => return Err(Refused::Value(self.attribute.name)),
                },
                (Verb::Add | Verb::Replace, Some(value)) => one(self.attribute, value)?,
            };
            return Ok(match (before, new) {
                (Some(Value::Object(mut before)), Some(Value::Object(new))) => {
                    before.extend(new);
                    Some(Value::Object(before))
                }
                (_, new) => new,
            });
        };
        let mut parts = match before {
            Some(Value::Object(parts)) => parts,
            _ => Attributes::new(),
        };
        set_part(&mut parts, part, verb, value)?;
        Ok((!parts.is_empty()).then_some(Value::Object(parts)))
    }

    fn change_many(self, mut values: Vec<Value>, verb: Verb, value: Option<&Value>) -> Result<Option<Value>, Refused> {
        match (self.values, self.part) {
            (None, None) => self.change_whole(&mut values, verb, value)?,
            (Some(filter), _) if !speaks_of(filter, self.attribute) => return Err(Refused::Filter),
            (filter, part) => {
                let mut chosen = BTreeSet::new();
                for (place, value) in values.iter().enumerate() {
                    let parts = value.as_object().ok_or(Refused::Path)?;
                    if filter.map_or(Ok(true), |filter| holds_for_value(filter, self.attribute, parts))? {
                        chosen.insert(place);
                    }
                }
                self.change_chosen(&mut values, chosen, part, verb, value)?;
            }
        }
        values.retain(|value| value.as_object().is_none_or(|parts| !parts.is_empty()));
        Ok((!values.is_empty()).then_some(Value::Array(values)))
    }

    /// A path that names the attribute and nothing of it.
    fn change_whole(self, values: &mut Vec<Value>, verb: Verb, value: Option<&Value>) -> Result<(), Refused> {
        let given = || -> Result<Vec<Value>, Refused> {
            match shaped(self.attribute, value.unwrap_or(&Value::Null))? {
                Some(Value::Array(given)) => Ok(given),
                _ => Ok(Vec::new()),
            }
        };
        match (verb, value) {
            (Verb::Replace, None) | (Verb::Add, None | Some(Value::Null)) => {
                return Err(Refused::Value(self.attribute.name));
            }
            (Verb::Replace, Some(_)) => *values = given()?,
            (Verb::Add, Some(_)) => self.add(values, given()?),
            (Verb::Remove, None | Some(Value::Null)) => values.clear(),
            (Verb::Remove, Some(_)) => {
                let given = given()?;
                let named: BTreeSet<String> = given.iter().map(significant).collect();
                values.retain(|value| !named.contains(&significant(value)));
            }
        }
        let Plurality::Many(values_max) = self.attribute.plurality else { return Ok(()) };
        if values.len() > values_max { Err(Refused::TooMany) } else { Ok(()) }
    }

    fn add(self, values: &mut Vec<Value>, given: Vec<Value>) {
        if given.iter().any(is_primary) {
            demote(values);
        }
        let mut known: BTreeSet<String> = values.iter().map(identity).collect();
        for value in given {
            if known.insert(identity(&value)) {
                values.push(value);
            } else if is_primary(&value) {
                values.retain(|old| identity(old) != identity(&value));
                values.push(value);
            }
        }
    }

    /// Of several values, those that the path selects.
    fn change_chosen(
        self,
        values: &mut Vec<Value>,
        mut chosen: BTreeSet<usize>,
        part: Option<&'static Attribute>,
        verb: Verb,
        value: Option<&Value>,
    ) -> Result<(), Refused> {
        if verb == Verb::Remove && part.is_none() {
            let mut place = 0..;
            values.retain(|_| place.next().is_none_or(|place| !chosen.contains(&place)));
            return Ok(());
        }
        if chosen.is_empty() {
            if verb == Verb::Remove {
                return Ok(());
            }
            // Entra ID adds `emails[type eq "work"].value` to a person who has no such address: the filter says what it is.
            chosen.insert(values.len());
            values.push(Value::Object(self.described()?));
        }
        let new = match part {
            Some(_) => None,
            None => Some(self.single(value)?),
        };
        let becomes_primary = match part {
            Some(part) if part.name == "primary" && verb != Verb::Remove => {
                value.map(|value| one(part, value)).transpose()?.flatten() == Some(Value::Bool(true))
            }
            Some(_) => false,
            None => new.as_ref().is_some_and(is_primary),
        };
        if becomes_primary {
            demote(values);
        }
        for (_, parts) in values.iter_mut().enumerate().filter(|(place, _)| chosen.contains(place)) {
            let parts = parts.as_object_mut().ok_or(Refused::Path)?;
            match (part, &new) {
                (Some(part), _) => set_part(parts, part, verb, value)?,
                (None, Some(Value::Object(new))) => parts.extend(new.clone()),
                (None, _) => return Err(Refused::Path),
            }
        }
        Ok(())
    }

    fn single(self, value: Option<&Value>) -> Result<Value, Refused> {
        let value = match value {
            Some(Value::Array(values)) => match values.as_slice() {
                [only] => Some(only),
                _ => None,
            },
            value => value,
        };
        let refused = Refused::Value(self.attribute.name);
        one(self.attribute, value.ok_or(refused)?)?.ok_or(refused)
    }

    /// The value that a filter of nothing but `eq` describes.
    fn described(self) -> Result<Attributes, Refused> {
        let Some(filter) = self.values else { return Ok(Attributes::new()) };
        let terms = match filter {
            Filter::All(terms) => terms.as_slice(),
            single => std::slice::from_ref(single),
        };
        let mut parts = Attributes::new();
        for term in terms {
            let Filter::Compare(path, Operator::Equal, literal) = term else { return Err(Refused::NoTarget) };
            let part = find(self.attribute.parts(), &path.name).ok_or(Refused::NoTarget)?;
            if *literal != Literal::Null {
                set_part(&mut parts, part, Verb::Add, Some(&literal.json()))?;
            }
        }
        Ok(parts)
    }
}

/// What names a value for removal: its `value`, when it has one.
fn significant(value: &Value) -> String {
    value.get("value").map_or_else(|| identity(value), Value::to_string)
}

fn demote(values: &mut [Value]) {
    for parts in values.iter_mut().filter_map(Value::as_object_mut) {
        parts.remove("primary");
    }
}

fn set_part(
    parts: &mut Attributes,
    part: &'static Attribute,
    verb: Verb,
    value: Option<&Value>,
) -> Result<(), Refused> {
    if part.mutability == Mutability::ReadOnly {
        return Err(Refused::Mutability(part.name));
    }
    let new = match (verb, value) {
        (Verb::Remove, _) => None,
        (Verb::Add | Verb::Replace, None) => return Err(Refused::Value(part.name)),
        (Verb::Add | Verb::Replace, Some(value)) => one(part, value)?,
    };
    match new {
        Some(new) => parts.insert(part.name.to_owned(), new),
        None => parts.remove(part.name),
    };
    Ok(())
}
