//! Which attributes an answer shows (RFC 7644 §3.9): `attributes` and `excludedAttributes`. The id and the schemas are always shown.

use serde_json::Value;

use super::path::AttributePath;
use super::schema::{Named, ResourceType};
use super::{Attributes, Refused};

/// Names in one request.
pub const NAMES_MAX: usize = 64;

/// What to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Projection {
    #[default]
    Everything,
    Only(Vec<AttributePath>),
    Without(Vec<AttributePath>),
}

impl Projection {
    /// From both parameters; the first one wins. A name that no schema has is none (RFC 7644 §3.9 lets it pass).
    pub fn parse(only: Option<&str>, without: Option<&str>) -> Result<Self, Refused> {
        let names = |list: &str| -> Result<Vec<AttributePath>, Refused> {
            let names: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
            if names.len() > NAMES_MAX {
                return Err(Refused::TooMany);
            }
            names.into_iter().map(|name| name.parse().map_err(|_| Refused::Path)).collect()
        };
        Ok(match (only, without) {
            (Some(only), _) if !only.trim().is_empty() => Self::Only(names(only)?),
            (_, Some(without)) => Self::Without(names(without)?),
            (_, None) => Self::Everything,
        })
    }

    /// Whether this top-level attribute is shown at all: what is not need not be read.
    pub fn shows(&self, name: &str) -> bool {
        let is_named = |names: &[AttributePath]| names.iter().any(|path| path.name.eq_ignore_ascii_case(name));
        match self {
            Self::Everything => true,
            Self::Only(names) => is_named(names),
            Self::Without(names) => {
                !names.iter().any(|path| path.name.eq_ignore_ascii_case(name) && path.sub.is_none())
            }
        }
    }

    /// The resource as it is shown.
    pub fn of(&self, kind: &'static ResourceType, resource: Attributes) -> Attributes {
        match self {
            Self::Everything => resource,
            Self::Only(paths) => {
                let mut shown = Attributes::new();
                for name in ["schemas", "id"] {
                    shown.extend(resource.get(name).map(|value| (name.to_owned(), value.clone())));
                }
                for path in paths {
                    include(kind, path, &resource, &mut shown);
                }
                shown
            }
            Self::Without(paths) => {
                let mut shown = resource;
                for path in paths {
                    exclude(kind, path, &mut shown);
                }
                shown
            }
        }
    }
}

fn include(kind: &'static ResourceType, path: &AttributePath, resource: &Attributes, shown: &mut Attributes) {
    match kind.named(path) {
        Named::Unknown | Named::NotKept => {}
        Named::Extension(schema) => {
            shown.extend(resource.get(schema.urn).map(|value| (schema.urn.to_owned(), value.clone())));
        }
        Named::Attribute { extension, attribute, part } => {
            let (from, into) = match extension {
                None => (Some(resource), Some(shown)),
                Some(schema) => {
                    let from = resource.get(schema.urn).and_then(Value::as_object);
                    if from.is_none() {
                        return;
                    }
                    let into = shown.entry(schema.urn).or_insert_with(|| Value::Object(Attributes::new()));
                    (from, into.as_object_mut())
                }
            };
            let value = from.and_then(|from| from.get(attribute.name));
            let (Some(value), Some(into)) = (value, into) else { return };
            let value = match part {
                None => value.clone(),
                Some(part) => of_part(value, part.name),
            };
            merge(into, attribute.name, value);
        }
    }
}

/// The value with one of its parts alone.
fn of_part(value: &Value, part: &str) -> Value {
    match value {
        Value::Array(values) => values.iter().map(|value| of_part(value, part)).collect(),
        Value::Object(parts) => {
            Value::Object(parts.get(part).map(|value| (part.to_owned(), value.clone())).into_iter().collect())
        }
        simple => simple.clone(),
    }
}

/// Two parts of one value, asked for one by one, stand beside each other.
fn merge(into: &mut Attributes, name: &str, value: Value) {
    match (into.get_mut(name), value) {
        (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
        (Some(Value::Array(known)), Value::Array(more)) => {
            for (known, more) in known.iter_mut().zip(more) {
                if let (Value::Object(known), Value::Object(more)) = (known, more) {
                    known.extend(more);
                }
            }
        }
        (_, value) => {
            into.insert(name.to_owned(), value);
        }
    }
}

fn exclude(kind: &'static ResourceType, path: &AttributePath, shown: &mut Attributes) {
    match kind.named(path) {
        Named::Unknown | Named::NotKept => {}
        Named::Extension(schema) => {
            shown.remove(schema.urn);
        }
        Named::Attribute { attribute, .. } if ["id", "schemas"].contains(&attribute.name) => {}
        Named::Attribute { extension, attribute, part } => {
            let from = match extension {
                None => Some(shown),
                Some(schema) => shown.get_mut(schema.urn).and_then(Value::as_object_mut),
            };
            let Some(from) = from else { return };
            let Some(part) = part else {
                from.remove(attribute.name);
                return;
            };
            match from.get_mut(attribute.name) {
                Some(Value::Object(parts)) => {
                    parts.remove(part.name);
                }
                Some(Value::Array(values)) => {
                    for parts in values.iter_mut().filter_map(Value::as_object_mut) {
                        parts.remove(part.name);
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::schema::{ENTERPRISE_URN, PERSON};
    use super::*;

    fn shown(only: Option<&str>, without: Option<&str>) -> Value {
        let person = json!({
            "schemas": ["s"], "id": "1", "userName": "n", "name": {"givenName": "A", "familyName": "B"},
            "emails": [{"value": "a@b", "type": "work"}], ENTERPRISE_URN: {"department": "D", "division": "V"},
        });
        let projection = Projection::parse(only, without).expect("a projection");
        Value::Object(projection.of(&PERSON, person.as_object().expect("an object").clone()))
    }

    #[test]
    fn what_is_asked_for_is_shown() {
        let department = format!("USERNAME,name.givenName,emails.value,{ENTERPRISE_URN}:department,nickName");
        let expected = json!({
            "schemas": ["s"], "id": "1", "userName": "n", "name": {"givenName": "A"}, "emails": [{"value": "a@b"}],
            ENTERPRISE_URN: {"department": "D"},
        });
        assert_eq!(shown(Some(&department), Some("userName")), expected);
        let without = shown(None, Some(&format!("id,emails,name.givenName,{ENTERPRISE_URN}")));
        assert_eq!(without, json!({"schemas": ["s"], "id": "1", "userName": "n", "name": {"familyName": "B"}}));
        assert_eq!(Projection::parse(Some("a b"), None), Err(Refused::Path));
        assert!(Projection::parse(None, Some("members")).is_ok_and(|p| !p.shows("members") && p.shows("emails")));
    }
}
