//! PATCH (RFC 7644 §3.5.2), as the standard has it and as Entra ID and Okta send it: operations in any case, booleans as text,
//! dotted keys in a value without a path. Removing some values never removes all of them: not when a provider names them in
//! `value` beside the path of the whole attribute either.

use std::collections::BTreeSet;

use serde_json::Value;

use super::compare::holds_for_value;
use super::filter::{Filter, Literal, Operator};
use super::path::{AttributePath, Path};
use super::schema::{Attribute, Kind, Mutability, Named, Plurality, Presence, ResourceType, Schema};
use super::shape::{identity, is_primary, one, value as shaped};
use super::{Attributes, Refused};

/// Operations in one request.
pub const OPERATIONS_MAX: usize = 1_000;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Add,
    Replace,
    Remove,
}

/// One operation, read.
#[derive(Clone)]
pub struct Operation {
    verb: Verb,
    path: Option<Path>,
    value: Option<Value>,
}

/// Reads the body of a PATCH.
pub fn read(body: &Attributes) -> Result<Vec<Operation>, Refused> {
    let field = |object: &Attributes, name: &str| {
        object.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    };
    let Some(Value::Array(operations)) = field(body, "Operations") else { return Err(Refused::Syntax) };
    if operations.len() > OPERATIONS_MAX {
        return Err(Refused::TooMany);
    }
    let read = |operation: &Value| {
        let operation = operation.as_object().ok_or(Refused::Syntax)?;
        let verb = match field(operation, "op").as_ref().and_then(Value::as_str).map(str::to_ascii_lowercase).as_deref()
        {
            Some("add") => Verb::Add,
            Some("replace") => Verb::Replace,
            Some("remove") => Verb::Remove,
            _ => return Err(Refused::Syntax),
        };
        let path = match field(operation, "path") {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) if path.trim().is_empty() => None,
            Some(Value::String(path)) => Some(path.parse().map_err(|_| Refused::Path)?),
            Some(_) => return Err(Refused::Syntax),
        };
        Ok(Operation { verb, path, value: field(operation, "value") })
    };
    operations.iter().map(read).collect()
}

/// Does all operations to a resource of one form ([`super::shape`]), or refuses them all: then the resource is not to be used.
/// What is left has to be shaped once more.
pub fn apply(kind: &'static ResourceType, resource: &mut Attributes, operations: &[Operation]) -> Result<(), Refused> {
    for operation in operations {
        let value = operation.value.as_ref();
        match &operation.path {
            Some(path) => at(kind, resource, operation.verb, path, value)?,
            None => without_path(kind, resource, operation.verb, value)?,
        }
    }
    Ok(())
}

/// Each key of the value is a path of its own.
fn without_path(
    kind: &'static ResourceType,
    resource: &mut Attributes,
    verb: Verb,
    value: Option<&Value>,
) -> Result<(), Refused> {
    let Some(value) = value else { return Err(Refused::NoTarget) };
    for (key, value) in value.as_object().ok_or(Refused::Syntax)? {
        let path: Path = key.parse().map_err(|_| Refused::Path)?;
        let is_set_by_us = match kind.named(&path.attribute) {
            Named::Attribute { attribute, .. } => attribute.mutability == Mutability::ReadOnly,
            Named::Extension(_) | Named::NotKept | Named::Unknown => false,
        };
        // As in a PUT, what a provider may not set is passed over.
        if !is_set_by_us {
            at(kind, resource, verb, &path, Some(value))?;
        }
    }
    Ok(())
}

fn at(
    kind: &'static ResourceType,
    resource: &mut Attributes,
    verb: Verb,
    path: &Path,
    value: Option<&Value>,
) -> Result<(), Refused> {
    match kind.named(&path.attribute) {
        Named::Unknown => Err(Refused::Path),
        Named::NotKept => Ok(()),
        Named::Extension(schema) => extension(kind, resource, verb, schema, value),
        Named::Attribute { attribute, .. } if attribute.mutability == Mutability::ReadOnly => {
            Err(Refused::Mutability(attribute.name))
        }
        Named::Attribute { extension, attribute, part } => {
            let target = Target { attribute, part, values: path.values.as_ref() };
            let Some(schema) = extension else { return target.change(resource, verb, value) };
            let inner = resource.entry(schema.urn).or_insert_with(|| Value::Object(Attributes::new()));
            let outcome = inner.as_object_mut().map_or(Err(Refused::Path), |inner| target.change(inner, verb, value));
            if inner.as_object().is_some_and(Attributes::is_empty) {
                resource.remove(schema.urn);
            }
            outcome
        }
    }
}

fn extension(
    kind: &'static ResourceType,
    resource: &mut Attributes,
    verb: Verb,
    schema: &'static Schema,
    value: Option<&Value>,
) -> Result<(), Refused> {
    match (verb, value) {
        (Verb::Remove, _) => {
            resource.remove(schema.urn);
            Ok(())
        }
        (Verb::Add | Verb::Replace, Some(Value::Object(values))) => {
            for (name, value) in values.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("schemas")) {
                let path = AttributePath { urn: Some(schema.urn.to_owned()), name: name.clone(), sub: None };
                at(kind, resource, verb, &Path { attribute: path, values: None }, Some(value))?;
            }
            Ok(())
        }
        (Verb::Add | Verb::Replace, _) => Err(Refused::Value(schema.name)),
    }
}

/// What an operation is about, within the object that has the attribute.
#[derive(Clone, Copy)]
struct Target<'p> {
    attribute: &'static Attribute,
    part: Option<&'static Attribute>,
    values: Option<&'p Filter>,
}

impl Target<'_> {
    fn change(self, object: &mut Attributes, verb: Verb, value: Option<&Value>) -> Result<(), Refused> {
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
        let given = match value {
            None | Some(Value::Null) => None,
            Some(value) => Some(match shaped(self.attribute, value)? {
                Some(Value::Array(given)) => given,
                _ => Vec::new(),
            }),
        };
        match (verb, given) {
            (Verb::Add, None) => return Err(Refused::Value(self.attribute.name)),
            (Verb::Add, Some(given)) => self.add(values, given),
            (Verb::Replace, given) => *values = given.unwrap_or_default(),
            (Verb::Remove, None) => values.clear(),
            (Verb::Remove, Some(given)) => {
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
        if new.as_ref().is_some_and(is_primary)
            || part.is_some_and(|part| part.name == "primary") && verb != Verb::Remove
        {
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
            let part = super::schema::find(self.attribute.parts(), &path.name).ok_or(Refused::NoTarget)?;
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

#[cfg(test)]
mod tests;
