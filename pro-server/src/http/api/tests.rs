//! The table of routes: sound, described, and with the scopes that were decided.

use std::collections::BTreeSet;

use protocol::audit::IntegrationScope;

use super::document;
use super::table::{ROUTES, Verb, parameters};

/// Each route and who may use it. A change here is a decision, not a repair.
const GOLDEN: &str = "\
get /organization: read administer
get /log/checkpoint: read administer
get /people: read administer
post /people/import/plan: administer
post /people/import/apply: administer
get /people/{person}: read administer
delete /people/{person}: administer
post /people/{person}/suspend: administer
post /people/{person}/resume: administer
post /people/{person}/unlink: administer
post /people/{person}/export: administer
post /people/{person}/enrollment-codes: administer
get /devices: read administer
post /devices/{device}/revoke: administer
get /directory/sources: read administer
post /directory/sources/{source}/plan: read administer
post /directory/sources/{source}/runs: administer
get /directory/runs: read administer
get /directory/runs/{run}: read administer
get /provisioning: read administer
post /provisioning/release: administer
get /policy: read administer
patch /policy: administer
get /policy/rows: read administer
get /policy/scopes: read administer
get /policy/people/{person}: read administer
get /policy/draft: read administer
delete /policy/draft: administer
post /policy/draft/publish: administer
get /policy/history: read administer
post /policy/rollback: administer
get /audit: read administer
get /audit/checkpoint: read administer
post /audit/verify: read administer
post /audit/export: read administer
get /audit/sinks: read administer
get /handover: read administer
get /integrations: read administer
delete /integrations/{integration}: administer
get /administrators: read administer
";

#[test]
fn every_scope_has_what_was_decided() {
    let table: String = ROUTES
        .iter()
        .map(|route| {
            let scopes: Vec<&str> = route.scopes.iter().map(|scope| scope.name()).collect();
            format!("{} {}: {}\n", route.verb.name(), route.path, scopes.join(" "))
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
