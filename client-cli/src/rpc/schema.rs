//! The interface as programs read it: an OpenRPC document (spec.open-rpc.org, 1.3.2) made from the one table of requests and events. It
//! must never describe what cannot be asked, nor leave out what can.

use serde_json::{Map, Value, json};

use super::serving::{APPLICATION_ERROR, ASKED_MAX, CONNECTIONS_MAX, REQUEST_BYTES_MAX};
use crate::engine::methods::{EVENTS, METHODS, Method};

/// Whether there is such a request.
pub(super) fn is_method(name: &str) -> bool {
    METHODS.iter().any(|method| method.name == name)
}

/// The whole interface.
pub fn openrpc() -> Value {
    let events = EVENTS.iter().map(|event| {
        let mut schema = shape(event.shape);
        schema["title"] = event.name.into();
        schema["examples"] = json!([parsed(event.example)]);
        schema
    });
    json!({
        "openrpc": "1.3.2",
        "info": {"title": "isoloir", "version": env!("CARGO_PKG_VERSION")},
        "methods": METHODS.iter().map(method).collect::<Vec<_>>(),
        "x-notifications": [{
            "name": "event",
            "params": {"name": "event", "schema": {"oneOf": events.collect::<Vec<_>>()}},
        }],
        "x-limits": {
            "request_bytes_max": REQUEST_BYTES_MAX,
            "requests_of_a_connection_max": ASKED_MAX,
            "connections_max": CONNECTIONS_MAX,
            "batches": false,
        },
    })
}

fn method(method: &Method) -> Value {
    let params = shape(method.params);
    let required = |name: &str| params["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let described = params["properties"].as_object().into_iter().flatten();
    let described: Vec<_> =
        described.map(|(name, schema)| json!({"name": name, "required": required(name), "schema": schema})).collect();
    let (given, answer) = method.example;
    let given = parsed(given);
    let values = given.as_object().into_iter().flatten().map(|(name, value)| json!({"name": name, "value": value}));
    json!({
        "name": method.name,
        "summary": method.summary,
        "paramStructure": "by-name",
        "params": described,
        "result": {"name": "result", "schema": shape(method.result)},
        "errors": [{
            "code": APPLICATION_ERROR,
            "message": "refused",
            "data": {"code": "a stable word of docs/cli.md", "detail": "a number or word, if it needs one"},
        }],
        "examples": [{
            "name": method.name,
            "params": values.collect::<Vec<_>>(),
            "result": {"name": "result", "value": parsed(answer)},
        }],
    })
}

fn parsed(example: &str) -> Value {
    serde_json::from_str(example).unwrap_or_default()
}

/// The JSON Schema of a shape; one that cannot be read takes anything.
fn shape(text: &str) -> Value {
    read(text).unwrap_or_else(|| json!({}))
}

fn read(text: &str) -> Option<Value> {
    let text = text.trim();
    if let Some(inside) = text.strip_prefix('[') {
        return Some(json!({"type": "array", "items": read(inside.strip_suffix(']')?)?}));
    }
    if let Some(inside) = text.strip_prefix('{') {
        return object(inside.strip_suffix('}')?);
    }
    if let Some(words) = text.strip_prefix('=') {
        return Some(json!({"type": "string", "enum": words.split('|').collect::<Vec<_>>()}));
    }
    Some(match text {
        "text" => json!({"type": "string"}),
        "id" => json!({"type": "string", "pattern": "^[0-9a-f]+$"}),
        "flag" => json!({"type": "boolean"}),
        "count" => json!({"type": "integer", "minimum": 0}),
        "any" => json!({}),
        _ => return None,
    })
}

fn object(fields: &str) -> Option<Value> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for field in apart(fields) {
        let (name, kind) = field.split_once(':')?;
        let mut schema = read(kind)?;
        match name.trim().strip_suffix('?') {
            Some(name) => {
                // What may be absent may be null.
                if let Some(kind) = schema.get("type").cloned() {
                    schema["type"] = json!([kind, "null"]);
                }
                if let Some(Value::Array(words)) = schema.get_mut("enum") {
                    words.push(Value::Null);
                }
                properties.insert(name.to_owned(), schema);
            }
            None => {
                required.push(name.trim());
                properties.insert(name.trim().to_owned(), schema);
            }
        }
    }
    Some(json!({"type": "object", "properties": properties, "required": required}))
}

/// The fields of an object, without looking into those that are objects themselves.
fn apart(fields: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0usize, 0);
    for (at, byte) in fields.bytes().enumerate() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.extend(fields.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(fields.get(start..).filter(|rest| !rest.trim().is_empty()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::Request;

    /// Whether a value is of a schema, as far as shapes go.
    fn fits(schema: &Value, value: &Value) -> bool {
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => return true,
        };
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let is_listed = schema["enum"].as_array().is_none_or(|words| words.contains(value));
        let items = value.as_array().into_iter().flatten().all(|item| fits(&schema["items"], item));
        let required = schema["required"].as_array().into_iter().flatten();
        let has_all = value.is_null() || required.into_iter().all(|name| value.get(name.as_str().unwrap()).is_some());
        let fields = value.as_object().into_iter().flatten();
        let known =
            |(name, field): (&String, &Value)| schema["properties"].get(name).is_some_and(|schema| fits(schema, field));
        kinds.contains(&kind) && is_listed && items && has_all && fields.into_iter().all(known)
    }

    #[test]
    fn every_request_is_described_and_nothing_else_is() {
        // Serde lists what it would have taken.
        let refused = serde_json::from_value::<Request>(json!({"method": "?", "params": {}})).unwrap_err().to_string();
        let listed = refused.split_once("expected one of").unwrap().1;
        let mut known: Vec<&str> = listed.split('`').skip(1).step_by(2).collect();
        let mut described: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
        known.sort_unstable();
        described.sort_unstable();
        assert_eq!(described, known);
    }

    #[test]
    fn every_example_fits_and_can_be_asked() {
        for method in METHODS {
            let (given, answer) = method.example;
            let [params, result] = [method.params, method.result].map(|text| read(text).expect(method.name));
            let [given, answer] = [given, answer].map(|text| serde_json::from_str::<Value>(text).expect(method.name));
            assert!(fits(&params, &given) && fits(&result, &answer), "{}", method.name);
            let asked = serde_json::from_value::<Request>(json!({"method": method.name, "params": given}));
            assert!(asked.is_ok(), "{}: {asked:?}", method.name);
            // What is said to be needed is needed.
            for name in params["required"].as_array().unwrap() {
                let mut less = given.clone();
                less.as_object_mut().unwrap().remove(name.as_str().unwrap());
                let asked = serde_json::from_value::<Request>(json!({"method": method.name, "params": less}));
                assert!(asked.is_err(), "{} without {name}", method.name);
            }
            // And nothing that is not described can be said.
            let mut more = given.clone();
            more["impersonate"] = "x".into();
            assert!(serde_json::from_value::<Request>(json!({"method": method.name, "params": more})).is_err());
        }
        for event in EVENTS {
            let example = serde_json::from_str::<Value>(event.example).expect(event.name);
            assert!(fits(&read(event.shape).expect(event.name), &example), "{}", event.name);
            assert_eq!(example["event"], event.name);
        }
    }

    #[test]
    fn a_value_of_another_shape_is_found() {
        let schema = shape("{a: text, b?: [count], c: =x|y}");
        assert!(fits(&schema, &json!({"a": "1", "c": "x"})));
        assert!(fits(&schema, &json!({"a": "1", "b": null, "c": "y"})));
        for other in [json!({"a": 1, "c": "x"}), json!({"c": "x"}), json!({"a": "", "c": "z"}), json!([])] {
            assert!(!fits(&schema, &other), "{other}");
        }
        assert!(!fits(&schema, &json!({"a": "", "c": "x", "d": 1})));
    }
}
