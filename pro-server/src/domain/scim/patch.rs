//! PATCH (RFC 7644 §3.5.2), as the standard has it and as Entra ID and Okta send it: operations in any case, booleans as text,
//! dotted keys in a value without a path. What nobody here knows is passed over, as in a PUT. No PATCH costs more than its budget:
//! all of it is done in the one turn that there is for changes.

mod target;

use serde_json::Value;

use super::filter::{Filter, Literal, Operator};
use super::path::{AttributePath, Path};
use super::schema::{Attribute, Case, Mutability, Named, PERSON, Plurality, ResourceType, Schema, find};
use super::{Attributes, Refused, person};
use crate::domain::member::Listing;

use target::Target;

/// Operations in one request.
pub const OPERATIONS_MAX: usize = 1_000;
/// Values that all operations of one request may look at, each once for each term of a filter: about a second.
pub const EFFORT_MAX: usize = 500_000;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Add,
    Replace,
    Remove,
}

/// One operation, or why it cannot be done, which is for its turn to say.
#[derive(Clone)]
pub struct Operation(Result<Step, Refused>);

#[derive(Clone)]
struct Step {
    verb: Verb,
    path: Path,
    value: Option<Value>,
    named: By,
}

/// Where the path of a step stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Path,
    /// In the value of an operation without a path. As in a PUT, what a provider may not set is passed over there.
    Key,
}

/// Reads the body of a PATCH.
pub fn read(body: &Attributes) -> Result<Vec<Operation>, Refused> {
    let Some(Value::Array(operations)) = field(body, "Operations") else { return Err(Refused::Syntax) };
    if operations.len() > OPERATIONS_MAX {
        return Err(Refused::TooMany);
    }
    let read = |operation| match steps(operation) {
        Ok(steps) => steps,
        Err(refused) => vec![Operation(Err(refused))],
    };
    Ok(operations.iter().flat_map(read).collect())
}

fn field<'b>(object: &'b Attributes, name: &str) -> Option<&'b Value> {
    object.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn steps(operation: &Value) -> Result<Vec<Operation>, Refused> {
    let operation = operation.as_object().ok_or(Refused::Syntax)?;
    let verb = field(operation, "op").and_then(Value::as_str).map(str::to_ascii_lowercase);
    let verb = match verb.as_deref() {
        Some("add") => Verb::Add,
        Some("replace") => Verb::Replace,
        Some("remove") => Verb::Remove,
        _ => return Err(Refused::Syntax),
    };
    let value = field(operation, "value");
    match field(operation, "path") {
        None | Some(Value::Null) => {}
        Some(Value::String(path)) if path.trim().is_empty() => {}
        Some(Value::String(path)) => {
            let path = path.parse().map_err(|_| Refused::Path)?;
            return Ok(vec![Operation(Ok(Step { verb, path, value: value.cloned(), named: By::Path }))]);
        }
        Some(_) => return Err(Refused::Syntax),
    }
    let value = value.ok_or(Refused::NoTarget)?;
    Ok(keys(verb, value.as_object().ok_or(Refused::Syntax)?))
}

/// Each key of a value without a path is a path of its own.
pub fn keys(verb: Verb, value: &Attributes) -> Vec<Operation> {
    let step = |(key, value): (&String, &Value)| {
        let path = key.parse().map_err(|_| Refused::Path);
        Operation(path.map(|path| Step { verb, path, value: Some(value.clone()), named: By::Key }))
    };
    value.iter().map(step).collect()
}

/// Does all operations to a resource of one form ([`super::shape`]), or refuses them all: then the resource is not to be used.
/// What is left has to be shaped once more.
pub fn apply(kind: &'static ResourceType, resource: &mut Attributes, operations: &[Operation]) -> Result<(), Refused> {
    let mut effort = 0_usize;
    for operation in gathered(kind, operations) {
        let step = operation.0?;
        effort = effort.saturating_add(step.effort(kind, resource));
        if effort > EFFORT_MAX {
            return Err(Refused::TooMany);
        }
        step.apply(kind, resource)?;
    }
    Ok(())
}

/// What the operations say of a person's access, whatever becomes of the others.
pub fn access(operations: &[Operation]) -> Option<Listing> {
    let mut said = Attributes::new();
    for step in operations.iter().filter_map(|operation| operation.0.as_ref().ok()) {
        let mut after = said.clone();
        let named = PERSON.named(&step.path.attribute);
        if matches!(named, Named::Attribute { attribute, .. } if attribute.name == "active")
            && step.apply(&PERSON, &mut after).is_ok()
        {
            said = after;
        }
    }
    said.contains_key("active").then(|| person::listing(&said))
}

/// Operations one after the other that add to the same values, or take from them, as one: a provider names each member of a
/// group in an operation of its own, and a group is large.
fn gathered(kind: &'static ResourceType, operations: &[Operation]) -> Vec<Operation> {
    let mut gathered: Vec<Operation> = Vec::with_capacity(operations.len());
    for operation in operations {
        let operation = Operation(operation.0.clone().map(|step| step.by_value(kind)));
        if let (Some(Operation(Ok(last))), Operation(Ok(next))) = (gathered.last_mut(), &operation)
            && last.takes_in(kind, next)
        {
            continue;
        }
        gathered.push(operation);
    }
    gathered
}

/// The attribute of several values that a path names as a whole; none with a preferred one, which only one of them may be.
fn whole(kind: &'static ResourceType, path: &Path) -> Option<(&'static Attribute, usize)> {
    match kind.named(&path.attribute) {
        Named::Attribute { extension: None, attribute, part: None } => match attribute.plurality {
            Plurality::Many(values_max) if find(attribute.parts(), "primary").is_none() => {
                Some((attribute, values_max))
            }
            Plurality::Many(_) | Plurality::One => None,
        },
        _ => None,
    }
}

fn count(value: Option<&Value>) -> usize {
    value.and_then(Value::as_array).map_or(1, Vec::len)
}

impl Step {
    /// `members[value eq "…"]` to be removed is the same as that value of `members`.
    fn by_value(mut self, kind: &'static ResourceType) -> Self {
        let value = match (self.verb, &self.path.values) {
            (Verb::Remove, Some(Filter::Compare(path, Operator::Equal, Literal::Text(text)))) => {
                let part = whole(kind, &self.path).and_then(|(attribute, _)| find(attribute.parts(), &path.name));
                let is_value = part.is_some_and(|part| part.name == "value" && part.case == Case::Exact);
                (is_value && path.sub.is_none() && !text.expose().trim().is_empty()).then(|| text.expose().clone())
            }
            _ => None,
        };
        if let Some(value) = value {
            self.path.values = None;
            self.value = Some(Value::Array(vec![Value::String(value)]));
        }
        self
    }

    /// Does the next step too, if it is of the same kind.
    fn takes_in(&mut self, kind: &'static ResourceType, next: &Step) -> bool {
        let Some((_, values_max)) = whole(kind, &self.path) else { return false };
        let is_like = self.verb == next.verb && self.verb != Verb::Replace && self.path == next.path;
        let (Some(own), Some(more)) = (&mut self.value, &next.value) else { return false };
        if !is_like || own.is_null() || more.is_null() || count(Some(own)) + count(Some(more)) > values_max {
            return false;
        }
        let mut values = match own.take() {
            Value::Array(values) => values,
            single => vec![single],
        };
        match more {
            Value::Array(more) => values.extend(more.iter().cloned()),
            single => values.push(single.clone()),
        }
        *own = Value::Array(values);
        true
    }

    /// Values that the step looks at.
    fn effort(&self, kind: &'static ResourceType, resource: &Attributes) -> usize {
        let Named::Attribute { attribute, .. } = kind.named(&self.path.attribute) else { return 1 };
        let values = resource.get(attribute.name).and_then(Value::as_array).map_or(0, Vec::len);
        values.saturating_mul(1 + self.path.values.as_ref().map_or(0, Filter::terms)).saturating_add(1)
    }

    fn apply(&self, kind: &'static ResourceType, resource: &mut Attributes) -> Result<(), Refused> {
        let value = self.value.as_ref();
        match kind.named(&self.path.attribute) {
            Named::NotKept | Named::Unknown => Ok(()),
            Named::Extension(schema) => extension(kind, resource, self.verb, schema, value),
            Named::Attribute { attribute, .. } if attribute.mutability == Mutability::ReadOnly => match self.named {
                By::Path => Err(Refused::Mutability(attribute.name)),
                By::Key => Ok(()),
            },
            Named::Attribute { extension, attribute, part } => {
                let target = Target { attribute, part, values: self.path.values.as_ref() };
                let Some(schema) = extension else { return target.change(resource, self.verb, value) };
                let inner = resource.entry(schema.urn).or_insert_with(|| Value::Object(Attributes::new()));
                let inner = inner.as_object_mut().ok_or(Refused::Path)?;
                let outcome = target.change(inner, self.verb, value);
                if inner.is_empty() {
                    resource.remove(schema.urn);
                }
                outcome
            }
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
                let attribute = AttributePath { urn: Some(schema.urn.to_owned()), name: name.clone(), sub: None };
                let path = Path { attribute, values: None };
                Step { verb, path, value: Some(value.clone()), named: By::Path }.apply(kind, resource)?;
            }
            Ok(())
        }
        (Verb::Add | Verb::Replace, _) => Err(Refused::Value(schema.name)),
    }
}

#[cfg(test)]
mod tests;
