//! Whether a filter holds for a resource (RFC 7644 §3.4.2.2). An attribute that a resource does not have, or that nobody knows,
//! has no value; of several values one is enough.

use serde_json::Value;

use super::filter::{Filter, Literal, Operator};
use super::path::AttributePath;
use super::schema::{Attribute, Case, Kind, Named, ResourceType, find};
use super::{Attributes, Refused, moment};

/// Where names are looked up.
#[derive(Clone, Copy)]
enum Scope {
    Resource(&'static ResourceType),
    /// In the brackets of a value path.
    Value(&'static [Attribute]),
}

/// Whether the filter holds for a resource as shown.
pub fn holds(filter: &Filter, kind: &'static ResourceType, resource: &Attributes) -> Result<bool, Refused> {
    judge(filter, Scope::Resource(kind), resource)
}

/// Whether the filter of a value path holds for one of the values of `attribute`.
pub fn holds_for_value(filter: &Filter, attribute: &'static Attribute, value: &Attributes) -> Result<bool, Refused> {
    judge(filter, Scope::Value(attribute.parts()), value)
}

/// Whether the filter of a value path names nothing but parts of `attribute`. Of anything else no value has one, and `ne` would hold
/// for all of them.
pub fn speaks_of(filter: &Filter, attribute: &'static Attribute) -> bool {
    match filter {
        Filter::Any(terms) | Filter::All(terms) => terms.iter().all(|term| speaks_of(term, attribute)),
        Filter::Not(inner) => speaks_of(inner, attribute),
        Filter::Present(path) | Filter::Compare(path, ..) => {
            path.sub.is_none() && find(attribute.parts(), &path.name).is_some()
        }
        Filter::Values(..) => false,
    }
}

/// Its depth is bounded by the grammar's.
fn judge(filter: &Filter, scope: Scope, object: &Attributes) -> Result<bool, Refused> {
    match filter {
        Filter::Any(terms) => any(terms, |term| judge(term, scope, object)),
        Filter::All(terms) => any(terms, |term| judge(term, scope, object).map(|holds| !holds)).map(|fails| !fails),
        Filter::Not(inner) => judge(inner, scope, object).map(|holds| !holds),
        Filter::Present(path) => Ok(!found(path, scope, object).0.is_empty()),
        Filter::Compare(path, operator, literal) => {
            let (values, attribute) = found(path, scope, object);
            compare(&values, attribute, *operator, literal)
        }
        Filter::Values(path, inner) => {
            let Scope::Resource(kind) = scope else { return Err(Refused::Filter) };
            let Named::Attribute { attribute, .. } = kind.named(path) else { return Ok(false) };
            let (values, _) = held(path, kind, object);
            let values = values.iter().filter_map(|value| value.as_object());
            any(values, |value| holds_for_value(inner, attribute, value))
        }
    }
}

/// Whether it holds for one of them; those after it are not looked at.
fn any<T>(items: impl IntoIterator<Item = T>, holds: impl Fn(T) -> Result<bool, Refused>) -> Result<bool, Refused> {
    for item in items {
        if holds(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The values of an attribute, complex ones as they are, and which attribute it is.
fn held<'v>(
    path: &AttributePath,
    kind: &'static ResourceType,
    object: &'v Attributes,
) -> (Vec<&'v Value>, Option<&'static Attribute>) {
    let Named::Attribute { extension, attribute, .. } = kind.named(path) else { return (Vec::new(), None) };
    let object = match extension {
        None => Some(object),
        Some(schema) => object.get(schema.urn).and_then(Value::as_object),
    };
    (each(object.and_then(|object| object.get(attribute.name))), Some(attribute))
}

fn each(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
    }
}

/// The simple values that a path leads to; of a complex value without a part its `value` (RFC 7644 §3.4.2.2).
fn found<'v>(
    path: &AttributePath,
    scope: Scope,
    object: &'v Attributes,
) -> (Vec<&'v Value>, Option<&'static Attribute>) {
    let (values, attribute) = match scope {
        Scope::Resource(kind) => held(path, kind, object),
        Scope::Value(parts) => {
            let attribute = find(parts, &path.name).filter(|_| path.sub.is_none());
            (each(attribute.and_then(|attribute| object.get(attribute.name))), attribute)
        }
    };
    let Some(attribute) = attribute else { return (Vec::new(), None) };
    if attribute.parts().is_empty() {
        return (values, Some(attribute));
    }
    let name = path.sub.as_deref().unwrap_or("value");
    match find(attribute.parts(), name) {
        Some(part) => {
            let values = values.iter().filter_map(|value| value.as_object()?.get(part.name));
            (values.collect(), Some(part))
        }
        // `name pr`: there is a complex value without a part of that name.
        None if path.sub.is_none() => (values, None),
        None => (Vec::new(), None),
    }
}

fn compare(
    values: &[&Value],
    attribute: Option<&'static Attribute>,
    operator: Operator,
    literal: &Literal,
) -> Result<bool, Refused> {
    let kind = attribute.map(|attribute| attribute.kind);
    let is_ordered = !matches!(operator, Operator::Equal | Operator::Unequal);
    if is_ordered && (kind == Some(Kind::Boolean) || matches!(literal, Literal::Boolean(_) | Literal::Null)) {
        return Err(Refused::Filter);
    }
    if *literal == Literal::Null {
        return Ok(values.is_empty() == (operator == Operator::Equal));
    }
    if values.is_empty() {
        return Ok(operator == Operator::Unequal);
    }
    let exact = attribute.is_some_and(|attribute| attribute.case == Case::Exact);
    Ok(values.iter().any(|value| match (value, literal) {
        (Value::String(value), Literal::Text(text)) if kind == Some(Kind::Moment) => {
            match (moment::read(value), moment::read(text.expose())) {
                (Some(value), Some(text)) => ordered(operator, &value, &text),
                _ => false,
            }
        }
        (Value::String(value), Literal::Text(text)) if exact => textual(operator, value, text.expose()),
        (Value::String(value), Literal::Text(text)) => {
            textual(operator, &value.to_lowercase(), &text.expose().to_lowercase())
        }
        (Value::Bool(value), Literal::Boolean(boolean)) => ordered(operator, value, boolean),
        // Providers write booleans as text, too.
        (Value::Bool(value), Literal::Text(text)) => {
            ordered(operator, &value.to_string(), &text.expose().to_lowercase())
        }
        _ => operator == Operator::Unequal,
    }))
}

fn textual(operator: Operator, value: &str, text: &str) -> bool {
    match operator {
        Operator::Contains => value.contains(text),
        Operator::StartsWith => value.starts_with(text),
        Operator::EndsWith => value.ends_with(text),
        _ => ordered(operator, value, text),
    }
}

fn ordered<T: PartialOrd + ?Sized>(operator: Operator, value: &T, other: &T) -> bool {
    match operator {
        Operator::Equal => value == other,
        Operator::Unequal => value != other,
        Operator::Greater => value > other,
        Operator::GreaterOrEqual => value >= other,
        Operator::Less => value < other,
        Operator::LessOrEqual => value <= other,
        Operator::Contains | Operator::StartsWith | Operator::EndsWith => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::filter::parse;
    use super::super::schema::PERSON;
    use super::*;

    fn judged(filter: &str) -> Result<bool, Refused> {
        let person = json!({
            "id": "aB", "userName": "Notary03", "active": true, "name": {"familyName": "Notaire"},
            "emails": [{"value": "n03@example.test", "type": "work"}, {"value": "n@home.test", "type": "home"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Real estate"},
            "meta": {"lastModified": "2026-01-02T03:04:05.000Z"},
        });
        holds(&parse(filter).expect("a filter"), &PERSON, person.as_object().expect("an object"))
    }

    #[test]
    fn filters_hold_as_the_standard_says() {
        for (filter, expected) in [
            ("userName eq \"notary03\"", true),
            ("id eq \"ab\"", false),
            ("USERNAME sw \"NOT\" and name.familyName ew \"aire\"", true),
            ("emails co \"@home\"", true),
            ("emails[type eq \"work\" and value co \"@home\"]", false),
            ("emails[type eq \"home\" and value co \"@home\"]", true),
            ("emails.type eq \"work\"", true),
            ("active eq True", true),
            ("active eq \"False\"", false),
            ("active ne false", true),
            ("not (active eq true)", false),
            ("title pr", false),
            ("name pr", true),
            ("shoeSize eq 43", false),
            ("displayName eq null", true),
            ("displayName ne \"x\"", true),
            ("meta.lastModified gt \"2026-01-02T03:04:04Z\"", true),
            ("meta.lastModified lt \"2026-01-02T03:04:04Z\"", false),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"real estate\"", true),
            ("urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"notary03\"", true),
            ("userName gt \"a\" and userName le \"z\"", true),
        ] {
            assert_eq!(judged(filter), Ok(expected), "{filter}");
        }
        assert_eq!(judged("active gt true"), Err(Refused::Filter));
        assert_eq!(judged("userName co null"), Err(Refused::Filter));
    }
}
