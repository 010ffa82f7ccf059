//! Bringing what a provider sends into one form: names as the schema writes them, values of their types, nothing that is not
//! kept, nothing without bound (RFC 7643 §2). Booleans may come as text (Entra ID).

use std::collections::BTreeSet;

use serde_json::Value;

use super::schema::{Attribute, Kind, Mutability, Plurality, Presence, ResourceType, Schema, TEXT_BYTES_MAX, find};
use super::{Attributes, Refused};

/// A whole resource, as POST and PUT bring it. What a provider may not set, and what is not kept, is left out.
pub fn resource(kind: &'static ResourceType, body: &Attributes) -> Result<Attributes, Refused> {
    let mut shaped = Attributes::new();
    for (name, given) in body {
        if name.eq_ignore_ascii_case("schemas") {
            schemas(kind, given)?;
        } else if let Some(extension) = kind.extension(name) {
            let given = given.as_object().ok_or(Refused::Value(extension.name))?;
            let inner = object(extension.attributes, given)?;
            if !inner.is_empty() {
                shaped.insert(extension.urn.to_owned(), Value::Object(inner));
            }
        } else if let Some(attribute) = kind.own(name)
            && attribute.mutability != Mutability::ReadOnly
            && let Some(value) = value(attribute, given)?
        {
            shaped.insert(attribute.name.to_owned(), value);
        }
    }
    complete(kind.schema, &shaped)?;
    Ok(shaped)
}

fn complete(schema: &Schema, resource: &Attributes) -> Result<(), Refused> {
    let missing = schema
        .attributes
        .iter()
        .find(|attribute| attribute.presence == Presence::Required && !resource.contains_key(attribute.name));
    missing.map_or(Ok(()), |attribute| Err(Refused::Value(attribute.name)))
}

/// Whoever says of which schemas a resource is, names ours among them.
fn schemas(kind: &ResourceType, given: &Value) -> Result<(), Refused> {
    let urns = given.as_array().ok_or(Refused::Syntax)?;
    let is_ours = |urn: &Value| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(kind.schema.urn));
    if urns.iter().any(is_ours) { Ok(()) } else { Err(Refused::Syntax) }
}

fn object(attributes: &'static [Attribute], given: &Attributes) -> Result<Attributes, Refused> {
    let mut shaped = Attributes::new();
    for (name, given) in given {
        if let Some(attribute) = find(attributes, name)
            && attribute.mutability != Mutability::ReadOnly
            && let Some(value) = value(attribute, given)?
        {
            shaped.insert(attribute.name.to_owned(), value);
        }
    }
    Ok(shaped)
}

/// The value of an attribute; none when it is unassigned (RFC 7643 §2.5).
pub fn value(attribute: &'static Attribute, given: &Value) -> Result<Option<Value>, Refused> {
    let Plurality::Many(values_max) = attribute.plurality else { return one(attribute, given) };
    let given = match given {
        Value::Null => &[],
        Value::Array(values) => values.as_slice(),
        single => std::slice::from_ref(single),
    };
    if given.len() > values_max {
        return Err(Refused::TooMany);
    }
    let mut values = Vec::with_capacity(given.len());
    for given in given {
        values.extend(one(attribute, given)?);
    }
    let mut seen = BTreeSet::new();
    values.retain(|value| seen.insert(identity(value)));
    if values.iter().filter(|value| is_primary(value)).count() > 1 {
        return Err(Refused::Value(attribute.name));
    }
    Ok((!values.is_empty()).then_some(Value::Array(values)))
}

/// What makes a value of several the same as another one: everything but whether it is preferred.
pub fn identity(value: &Value) -> String {
    match value {
        Value::Object(parts) => {
            let parts: Vec<(&String, &Value)> = parts.iter().filter(|(name, _)| *name != "primary").collect();
            serde_json::to_string(&parts).unwrap_or_default()
        }
        simple => simple.to_string(),
    }
}

/// Whether it is the preferred one of several.
pub fn is_primary(value: &Value) -> bool {
    value.get("primary") == Some(&Value::Bool(true))
}

/// One value of an attribute.
pub fn one(attribute: &'static Attribute, given: &Value) -> Result<Option<Value>, Refused> {
    let refused = Err(Refused::Value(attribute.name));
    match (attribute.kind, given) {
        (_, Value::Null) => Ok(None),
        (Kind::Complex(parts), Value::Object(given)) => {
            let shaped = object(parts, given)?;
            if attribute.name == "members" && !shaped.contains_key("value") {
                return refused;
            }
            Ok((!shaped.is_empty()).then_some(Value::Object(shaped)))
        }
        // `["id"]` for `[{"value": "id"}]`.
        (Kind::Complex(parts), Value::String(_)) => match find(parts, "value") {
            Some(part) => {
                let inner = one(part, given)?;
                Ok(inner.map(|inner| Value::Object([("value".to_owned(), inner)].into_iter().collect())))
            }
            None => refused,
        },
        (Kind::Boolean, Value::Bool(_)) => Ok(Some(given.clone())),
        (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(Value::Bool(true))),
        (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(Value::Bool(false))),
        (Kind::Text | Kind::Reference | Kind::Moment, Value::String(text)) => {
            if text.len() > TEXT_BYTES_MAX || text.contains(char::is_control) {
                return refused;
            }
            // Okta writes what is not there as an empty text.
            Ok((!text.trim().is_empty()).then(|| given.clone()))
        }
        _ => refused,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::schema::{PERSON, TEAM};
    use super::*;

    fn person(body: Value) -> Result<Value, Refused> {
        resource(&PERSON, body.as_object().expect("an object")).map(Value::Object)
    }

    #[test]
    fn one_form_whatever_was_sent() {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "x", "meta": {}, "groups": [{"value": "g"}],
            "USERNAME": "n03", "active": "False", "displayName": "", "title": "Notary", "password": "hunter2",
            "emails": {"value": "n03@example.test", "primary": "True"}, "name": {"givenName": "N", "middleName": "M"},
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "D", "manager": {"value": "x"}},
        });
        let expected = json!({
            "userName": "n03", "active": false, "emails": [{"value": "n03@example.test", "primary": true}],
            "name": {"givenName": "N"}, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "D"},
        });
        assert_eq!(person(body), Ok(expected));
    }

    #[test]
    fn what_has_another_type_is_refused() {
        assert_eq!(person(json!({})), Err(Refused::Value("userName")));
        assert_eq!(person(json!({"userName": 3})), Err(Refused::Value("userName")));
        assert_eq!(person(json!({"userName": "n", "active": "perhaps"})), Err(Refused::Value("active")));
        assert_eq!(person(json!({"userName": "n", "schemas": ["urn:x"]})), Err(Refused::Syntax));
        assert_eq!(person(json!({"userName": "n".repeat(2_000)})), Err(Refused::Value("userName")));
        let two =
            json!({"userName": "n", "emails": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]});
        assert_eq!(person(two), Err(Refused::Value("emails")));
        let many = json!({"userName": "n", "emails": vec![json!({"value": "a@b"}); 33]});
        assert_eq!(person(many), Err(Refused::TooMany));
        let team = json!({"displayName": "g", "members": [{"display": "x"}]});
        assert_eq!(resource(&TEAM, team.as_object().expect("an object")), Err(Refused::Value("members")));
    }
}
