//! PATCH with whatever comes.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::scim::schema::{PERSON, TEAM};
use crate::domain::scim::shape;

fn json_values() -> impl Strategy<Value = Value> {
    let key = "[a-zA-Z.]{1,8}|value|type|primary|members|emails|name|displayName|emails\\[type eq \"work\"\\]";
    let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), "\\PC{0,5}".prop_map(Value::from)];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..3).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Whatever comes: no panic, and what is left is either refused or a whole resource of one form.
    #[test]
    fn nothing_breaks_a_resource(
        operations in prop::collection::vec((
            "add|Replace|remove",
            prop::option::of("members|emails|name|name\\.givenName|emails\\[type eq \"a\"\\](\\.value)?|members\\[value eq \"1\"\\]|\\PC{0,9}"),
            prop::option::of(json_values()),
        ), 0..5),
    ) {
        let operations: Vec<Value> = operations.into_iter().map(|(op, path, value)| json!({"op": op, "path": path, "value": value})).collect();
        let body = json!({"Operations": operations});
        for (kind, start) in [
            (&PERSON, json!({"userName": "n", "emails": [{"value": "a", "type": "a"}]})),
            (&TEAM, json!({"displayName": "g", "members": [{"value": "1"}, {"value": "2"}]})),
        ] {
            let mut resource = start.as_object().expect("an object").clone();
            let Ok(read) = read(body.as_object().expect("an object")) else { continue };
            if apply(kind, &mut resource, &read).is_ok()
                && let Ok(shaped) = shape::resource(kind, &resource)
            {
                prop_assert_eq!(shape::resource(kind, &shaped), Ok(shaped.clone()));
            }
        }
    }
}
