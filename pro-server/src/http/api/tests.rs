//! The table of routes: sound, described, and with the scopes that were decided.

use std::collections::BTreeSet;

use protocol::audit::IntegrationScope;

use super::document;
use super::table::{ROUTES, Verb, parameters};

/// Each route, the scopes of tokens that may use it, and the roles that may do the same at the console. Everybody else is refused. A
/// change here is a decision, not a repair.
const GOLDEN: &str = "\
get /organization: read administer | owner people auditor help-desk
get /log/checkpoint: read administer | owner people policy auditor
get /people: read administer | owner people auditor help-desk
post /people/import/plan: administer | owner people
post /people/import/apply: administer | owner people
get /people/{person}: read administer | owner people auditor help-desk
delete /people/{person}: administer | owner people
post /people/{person}/suspend: administer | owner people
post /people/{person}/resume: administer | owner people
post /people/{person}/unlink: administer | owner people
post /people/{person}/export: administer | owner
post /people/{person}/enrollment-codes: administer | owner people
post /people/{person}/identity-reset: administer | owner people
get /devices: read administer | owner people auditor help-desk
post /devices/{device}/revoke: administer | owner people
get /directory/sources: read administer | owner people auditor
post /directory/sources/{source}/plan: read administer | owner people auditor
post /directory/sources/{source}/runs: administer | owner people
get /directory/runs: read administer | owner people auditor
get /directory/runs/{run}: read administer | owner people auditor
get /provisioning: read administer | owner people auditor
post /provisioning/release: administer | owner people
get /policy: read administer | owner people policy auditor
patch /policy: administer | owner policy
get /policy/rows: read administer | owner people policy auditor
get /policy/scopes: read administer | owner policy auditor
get /policy/people/{person}: read administer | owner people auditor help-desk
get /policy/draft: read administer | owner policy auditor
delete /policy/draft: administer | owner policy
post /policy/draft/publish: administer | owner policy
get /policy/history: read administer | owner policy auditor
post /policy/rollback: administer | owner policy
get /audit: read administer | owner auditor
get /audit/checkpoint: read administer | owner auditor
post /audit/prove: read administer | owner auditor
post /audit/verify: read administer | owner auditor
post /audit/export: read administer | owner auditor
get /audit/sinks: read administer | owner auditor
get /audit/witnesses: read administer | owner auditor
get /handover: read administer | owner auditor
get /approvals: read administer | owner people policy auditor
get /approvals/{approval}: read administer | owner people policy auditor
get /integrations: read administer | owner people auditor
delete /integrations/{integration}: administer | owner
get /administrators: read administer | owner auditor
get /administrators/present: read administer | owner auditor
";

#[test]
fn every_scope_has_what_was_decided() {
    let table: String = ROUTES
        .iter()
        .map(|route| {
            let scopes: Vec<&str> = route.scopes.iter().map(|scope| scope.name()).collect();
            let roles: Vec<&str> = route.roles.iter().map(|role| role.name()).collect();
            format!("{} {}: {} | {}\n", route.verb.name(), route.path, scopes.join(" "), roles.join(" "))
        })
        .collect();
    assert_eq!(table, GOLDEN);
    for route in ROUTES {
        assert!(!route.scopes.contains(&IntegrationScope::Provisioning), "{}", route.path);
        assert!(route.verb != Verb::Get || route.scopes.contains(&IntegrationScope::Read), "{}", route.path);
    }
}

#[test]
fn routes_and_the_openapi_agree() {
    let document = document("https://chat.example/api/v1");
    let paths = document["paths"].as_object().expect("paths");
    let described: BTreeSet<(String, String)> = paths
        .iter()
        .flat_map(|(path, verbs)| {
            let verbs = verbs.as_object().expect("methods").keys();
            verbs.map(|verb| (path.clone(), verb.clone())).collect::<Vec<_>>()
        })
        .collect();
    let mounted: BTreeSet<(String, String)> =
        ROUTES.iter().map(|route| (route.path.to_owned(), route.verb.name().to_owned())).collect();
    assert_eq!((described.len(), &described), (ROUTES.len(), &mounted), "none twice, none apart");
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().expect("a name");
        assert!(document["components"]["schemas"].get(name).is_some(), "{name} is nowhere described");
    }
    let page = &document["components"]["schemas"]["PersonRowPage"].to_string();
    assert!(page.contains("person_id") || page.contains("PersonRow\""), "what a page holds is described: {page}");
    for route in ROUTES {
        let operation = &document["paths"][route.path][route.verb.name()];
        for name in parameters(route.path) {
            assert!(operation["parameters"].to_string().contains(name), "{}", route.path);
        }
        for status in ["401", "403", "429", "503"] {
            assert!(operation["responses"].get(status).is_some(), "{} {status}", route.path);
        }
    }
}

#[test]
fn routes_of_one_path_stand_together() {
    let mut paths: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
    paths.dedup();
    let distinct: BTreeSet<&str> = paths.iter().copied().collect();
    assert_eq!(paths.len(), distinct.len(), "a path is mounted once");
}

/// The server has no type for a message, a contact or a private key, and no answer could carry one: names of all shapes and of
/// all their fields, those of requests too, are read.
#[test]
fn no_shape_holds_a_message_a_contact_or_a_private_key() {
    const FORBIDDEN: [&str; 16] = [
        "message",
        "contact",
        "private",
        "secret",
        "conversation",
        "envelope",
        "roster",
        "peer",
        "presence",
        "plaintext",
        "password",
        "totp",
        "address",
        "session",
        "inbox",
        "chat",
    ];
    // Settings of the policy are named in its map by their keys, which are rules about messages and no messages.
    fn names(value: &serde_json::Value, found: &mut BTreeSet<String>) {
        if let Some(object) = value.as_object() {
            for (key, inner) in object {
                if key == "schemas" || key == "properties" {
                    found.extend(inner.as_object().into_iter().flat_map(|all| all.keys().cloned()));
                }
                names(inner, found);
            }
        }
        value.as_array().into_iter().flatten().for_each(|inner| names(inner, found));
    }
    let document = serde_json::to_value(document("https://chat.example/api/v1")).expect("JSON");
    let mut found = BTreeSet::new();
    names(&document, &mut found);
    assert!(found.contains("login") && found.contains("PersonRow"), "the walk finds what there is: {found:?}");
    for name in &found {
        let lower = name.to_lowercase();
        for word in FORBIDDEN {
            assert!(!lower.contains(word), "{name} may not be in an answer");
        }
    }
}

/// Nothing is done in somebody's name: no route enrolls, signs in, sends or reads for a person.
#[test]
fn no_route_acts_as_a_person() {
    for route in ROUTES {
        for word in ["impersonate", "enroll/", "sign-in", "login", "messages", "as/", "token"] {
            assert!(!route.path.contains(word), "{}", route.path);
        }
    }
}
