//! The CDDL of the specification (`spec/*.cddl`, RFC 8610) is held to what the code writes and reads: every rule and every choice
//! is needed by an example, every example and every committed vector keeps its rule, and no example does once a value is exchanged.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use cddl_cat::context::BasicContext;
use cddl_cat::flatten::flatten_from_str;
use cddl_cat::ivt::{Choice, Node, Rule, RuleDef, RulesByName};
use data_encoding::HEXLOWER;
use minicbor::Decoder;
use minicbor::data::Type;
use serde_json::Value;

use super::examples::{self, Example};

/// CBOR `true`, which is nowhere a value.
const TRUE: u8 = 0xf5;
/// A field that no structure has yet: key 999, value `true`.
const UNKNOWN_FIELD: [u8; 4] = [0x19, 0x03, 0xe7, TRUE];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("spec")
}

/// All files are one specification; a name that two of them define would mean two things.
fn specification() -> BasicContext {
    let mut rules = RulesByName::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "cddl") {
            let text = std::fs::read_to_string(&path).unwrap();
            for (name, rule) in flatten_from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())) {
                assert!(rules.insert(name.clone(), rule).is_none(), "{}: {name} is defined twice", path.display());
            }
        }
    }
    BasicContext::new(rules)
}

fn rule(name: &str) -> RuleDef {
    let named = |name: &str, generic_args| Node::Rule(Rule { name: name.to_owned(), generic_args });
    let node = match name.strip_suffix('>').and_then(|name| name.split_once('<')) {
        Some((name, argument)) => named(name, vec![named(argument, Vec::new())]),
        None => named(name, Vec::new()),
    };
    RuleDef { generic_parms: Vec::new(), node }
}

fn in_a_byte_string(bytes: &[u8]) -> Vec<u8> {
    let mut string = Vec::new();
    minicbor::Encoder::new(&mut string).bytes(bytes).unwrap();
    string
}

fn keeps(specification: &BasicContext, name: &str, bytes: &[u8]) -> Result<(), String> {
    let is_string = name.starts_with("signed<") || name == "certificate" || name == "certificate-request";
    let wrapped = if is_string { in_a_byte_string(bytes) } else { bytes.to_vec() };
    let value = ciborium::from_reader(wrapped.as_slice()).map_err(|error| error.to_string())?;
    cddl_cat::cbor::validate_cbor(&rule(name), &value, specification).map_err(|error| error.to_string())
}

fn all_keep(specification: &BasicContext, examples: &[Example]) -> bool {
    examples.iter().all(|example| keeps(specification, example.rule, &example.bytes).is_ok())
}

#[test]
fn every_example_keeps_its_rule_and_is_read() {
    let specification = specification();
    for Example { rule, bytes, reads } in examples::all() {
        keeps(&specification, rule, &bytes)
            .unwrap_or_else(|error| panic!("{rule} {}: {error}", HEXLOWER.encode(&bytes)));
        assert!(reads(&bytes), "{rule} {} is not read", HEXLOWER.encode(&bytes));
    }
}

/// Rules and choices without which every example still keeps its rule.
fn idle(mut specification: BasicContext) -> Vec<String> {
    let examples = examples::all();
    let mut idle = Vec::new();
    for name in specification.rules.keys().cloned().collect::<Vec<_>>() {
        let whole = specification.rules[&name].clone();
        let mut without = |node: Node, what: String| {
            specification.rules.insert(name.clone(), RuleDef { node, ..whole.clone() });
            if all_keep(&specification, &examples) {
                idle.push(what);
            }
        };
        without(Node::Choice(Choice { options: Vec::new() }), name.clone());
        if let Node::Choice(Choice { options }) = &whole.node {
            for left_out in 0..options.len() {
                let mut options = options.clone();
                options.remove(left_out);
                without(Node::Choice(Choice { options }), format!("choice {left_out} of {name}"));
            }
        }
        specification.rules.insert(name, whole);
    }
    idle
}

/// A rule that no example needs could say anything. So could one of several choices.
#[test]
fn every_rule_and_every_choice_is_needed_by_an_example() {
    assert_eq!(idle(specification()), Vec::<String>::new());
    let mut more = specification();
    let added = flatten_from_str("dead = uint  role = 0 / 1 / 2 / 3 / 4 / 5").unwrap();
    more.rules.extend(added);
    assert_eq!(idle(more), ["dead", "choice 5 of role"], "the control");
}

/// Where each item of a CBOR document stands, the document itself last.
fn items(decoder: &mut Decoder<'_>, found: &mut Vec<(Range<usize>, Type)>) {
    let (start, kind) = (decoder.position(), decoder.datatype().unwrap());
    let parts = match kind {
        Type::Array => decoder.array().unwrap().unwrap(),
        Type::Map => decoder.map().unwrap().unwrap() * 2,
        _ => {
            decoder.skip().unwrap();
            0
        }
    };
    for _ in 0..parts {
        items(decoder, found);
    }
    found.push((start..decoder.position(), kind));
}

fn items_of(bytes: &[u8]) -> Vec<(Range<usize>, Type)> {
    let mut found = Vec::new();
    items(&mut Decoder::new(bytes), &mut found);
    found
}

/// The control: whatever item of an example is exchanged for one of another type, neither the rule nor the code takes it.
#[test]
fn no_example_keeps_its_rule_with_a_value_of_another_type() {
    let specification = specification();
    for Example { rule, bytes, reads } in examples::all() {
        for (place, _) in items_of(&bytes) {
            let mut changed = bytes.clone();
            changed.splice(place.clone(), [TRUE]);
            assert!(keeps(&specification, rule, &changed).is_err(), "{rule} allows true at {place:?} of {bytes:02x?}");
            // A kind without fields has empty contents, which the code passes over.
            let is_empty = [[0x80], [0xa0]].iter().any(|empty| bytes[place.clone()] == *empty);
            assert!(is_empty || !reads(&changed), "{rule}: the code takes true at {place:?} of {bytes:02x?}");
        }
        assert!(keeps(&specification, rule, &bytes[..bytes.len() - 1]).is_err(), "{rule} allows a document cut short");
    }
}

/// Where the rule says that further fields may come, the code ignores them.
#[test]
fn fields_that_may_come_are_ignored() {
    let specification = specification();
    let mut grown: BTreeMap<&str, usize> = BTreeMap::new();
    for Example { rule, bytes, reads } in examples::all() {
        for (place, _) in items_of(&bytes).into_iter().filter(|(_, kind)| *kind == Type::Map) {
            let mut changed = bytes.clone();
            changed.splice(place.end..place.end, UNKNOWN_FIELD);
            // Up to 23 fields are counted in the first byte, more in the second (RFC 8949, section 3).
            match changed[place.start] {
                0xb7 => drop(changed.splice(place.start..=place.start, [0xb8, 24])),
                0xb8 => changed[place.start + 1] += 1,
                _ => changed[place.start] += 1,
            }
            if keeps(&specification, rule, &changed).is_ok() {
                assert!(reads(&changed), "{rule}: the code refuses an unknown field at {place:?} of {bytes:02x?}");
                *grown.entry(rule).or_default() += 1;
            }
        }
    }
    assert!(grown.contains_key("client-frame") && grown.contains_key("finish") && !grown.contains_key("leaf"));
}

/// Which rule each CBOR document of `vectors/` keeps: file, place (`*` for each of a list), rule.
const VECTORS: [(&str, &str, &str); 38] = [
    ("audit.json", "entries/*/actor", "party"),
    ("audit.json", "entries/*/bytes", "audit-entry"),
    ("audit.json", "entries/*/subject", "party"),
    ("audit.json", "events/*/bytes", "audit-event"),
    ("audit.json", "parties/*/bytes", "party"),
    ("certificate.json", "body", "certificate-body"),
    ("certificate.json", "certificate", "certificate"),
    ("certificate.json", "request", "certificate-request"),
    ("checkpoint.json", "leaves/*", "leaf"),
    ("directory.json", "batch_signed", "signed<device-batch>"),
    ("directory.json", "card_signed", "signed<card>"),
    ("directory.json", "answer", "directory-answer"),
    ("directory.json", "change", "directory-update"),
    ("directory.json", "classes/*/encoded", "visibility"),
    ("directory.json", "complete", "directory-update"),
    ("directory.json", "complete_signed", "signed<directory-update>"),
    ("directory.json", "groups", "directory-groups"),
    ("directory.json", "groups_signed", "signed<directory-groups>"),
    ("directory.json", "person", "person"),
    ("documents.json", "fork_evidence/*/bytes", "fork-evidence"),
    ("documents.json", "log_batch/*/bytes", "log-batch"),
    ("documents.json", "organization/*/bytes", "organization-document"),
    ("documents.json", "policy/*/bytes", "policy"),
    ("documents.json", "policy_layers/*/bytes", "policy-layers"),
    ("documents.json", "policy_signed/*/bytes", "signed<policy>"),
    ("enrollment.json", "documents/*/bytes", ""),
    ("envelope-bodies.json", "bodies/*/bytes", "envelope-body"),
    ("envelope.json", "body", "envelope-body"),
    ("file.json", "offer", "file-offer"),
    ("lane.json", "ack", "lane-ack"),
    ("lane.json", "bodies/*/bytes", "application-body"),
    ("lane.json", "entries/*/bytes", "lane-entry"),
    ("link-frames.json", "frames/*/bytes", "link-frame"),
    ("log-reset.json", "document", "log-reset"),
    ("log-reset.json", "leaf", "leaf"),
    ("log-reset.json", "signed", "signed<log-reset>"),
    ("signaling.json", "client_frames/*/bytes", "client-frame"),
    ("signaling.json", "server_frames/*/bytes", "server-frame"),
];

/// Every text of a vector with its place; a list's items share one place.
fn texts(value: &Value, place: &str, found: &mut Vec<(String, String, Option<String>)>) {
    let below = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}/{key}") };
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, &below("*"), found)),
        Value::Object(fields) => {
            for (key, field) in fields {
                if let Value::String(text) = field {
                    // A vector whose documents keep different rules names the rule beside each.
                    let named = fields.get("rule").and_then(Value::as_str).map(str::to_owned);
                    found.push((below(key), text.clone(), named));
                } else {
                    texts(field, &below(key), found);
                }
            }
        }
        Value::String(text) => found.push((place.to_owned(), text.clone(), None)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_a_document(bytes: &[u8]) -> bool {
    let mut decoder = Decoder::new(bytes);
    matches!(decoder.datatype(), Ok(Type::Array | Type::Map))
        && decoder.skip().is_ok()
        && decoder.position() == bytes.len()
}

#[test]
fn every_document_in_a_vector_keeps_its_rule() {
    let specification = specification();
    let mut seen = BTreeMap::new();
    for entry in std::fs::read_dir(folder().join("vectors")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut found = Vec::new();
        texts(&serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap(), "", &mut found);
        for (place, text, named) in found {
            let Some(bytes) = HEXLOWER.decode(text.as_bytes()).ok().filter(|bytes| is_a_document(bytes)) else {
                continue;
            };
            let known = VECTORS.iter().find(|(known, at, _)| *known == file && *at == place);
            let (_, _, rule) = known.unwrap_or_else(|| panic!("{file} {place}: which rule is this of? {text}"));
            let rule = if rule.is_empty() { named.expect("a rule") } else { (*rule).to_owned() };
            keeps(&specification, &rule, &bytes).unwrap_or_else(|error| panic!("{file} {place} {rule}: {error}"));
            seen.insert((file.clone(), place), ());
        }
    }
    let unseen = VECTORS.iter().filter(|(file, at, _)| !seen.contains_key(&((*file).to_owned(), (*at).to_owned())));
    assert_eq!(unseen.collect::<Vec<_>>(), Vec::<&(&str, &str, &str)>::new(), "no vector has these");
}
