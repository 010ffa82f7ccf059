//! What providers really send (`golden/*.json`), each with the resource before and after: a request of Entra ID or Okta that
//! worked once works in every later version.

use std::path::Path;

use serde_json::Value;

use super::schema::{PERSON, ResourceType, TEAM};
use super::{Attributes, Refused, patch, shape};

fn object(case: &Value, name: &str) -> Attributes {
    case[name].as_object().unwrap_or_else(|| panic!("{name} is missing")).clone()
}

fn outcome(kind: &'static ResourceType, case: &Value) -> Result<Attributes, Refused> {
    let Some(before) = case["before"].as_object() else { return shape::resource(kind, &object(case, "request")) };
    let mut resource = before.clone();
    patch::apply(kind, &mut resource, &patch::read(&object(case, "request"))?)?;
    shape::resource(kind, &resource)
}

#[test]
fn every_recorded_request_does_what_its_provider_means() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/scim/golden");
    let mut count = 0;
    for file in std::fs::read_dir(folder).expect("the folder") {
        let file = file.expect("an entry").path();
        let cases: Value = serde_json::from_slice(&std::fs::read(&file).expect("a file")).expect("JSON");
        for case in cases.as_array().expect("a list of cases") {
            let kind = if case["type"] == "Group" { &TEAM } else { &PERSON };
            let what = format!("{}: {}", file.display(), case["what"]);
            match (outcome(kind, case), case["refused"].as_str()) {
                (Ok(after), None) => assert_eq!(Value::Object(after), case["after"], "{what}"),
                (Err(refused), Some(expected)) => assert_eq!(refused.kind(), Some(expected), "{what}"),
                (outcome, _) => panic!("{what}: {outcome:?}"),
            }
            count += 1;
        }
    }
    assert!(count >= 30, "{count} cases");
}
