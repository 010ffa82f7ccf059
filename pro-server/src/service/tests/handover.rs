//! The report of what is stored is of the live schema, and nothing in it is without a description.

use std::collections::BTreeSet;

use super::*;
use crate::domain::handover::{Class, described};

/// What the console says of each table.
const CONSOLE: [&str; 2] = [
    include_str!("../../../../admin-console/locales/en/reports.ftl"),
    include_str!("../../../../admin-console/locales/fr/reports.ftl"),
];

#[tokio::test]
async fn every_field_of_the_live_schema_is_described_and_no_other() {
    let world = World::with(&["ada", "bob"]).await;
    let report = world.services.handover(&grant()).await.expect("a report");
    let live: BTreeSet<(&str, &str)> = report
        .iter()
        .flat_map(|table| table.fields.iter().map(|(field, _)| (table.table.as_str(), field.as_str())))
        .collect();
    let undescribed: Vec<_> = live
        .iter()
        .filter(|(table, field)| crate::domain::handover::class(table, field) == Class::Undescribed)
        .collect();
    assert!(undescribed.is_empty(), "say in domain/handover.rs what these say of whom: {undescribed:?}");
    let gone: Vec<_> = described().filter(|described| !live.contains(described)).collect();
    assert!(gone.is_empty(), "described, and not there: {gone:?}");
    let people = report.iter().find(|table| table.table == "member").map(|table| table.rows);
    assert_eq!(people, Some(2));
}

#[test]
fn every_table_and_class_has_its_words_in_both_languages() {
    let tables = described().map(|(table, _)| table).collect::<BTreeSet<_>>();
    for language in ["en", "fr"] {
        let words = crate::words::Words::of_environment(|_| Some(language.to_owned()));
        for table in &tables {
            assert!(words.try_say_with(&format!("handover-{table}"), &[]).is_some(), "{language} {table}");
            let console = if language == "en" { CONSOLE[0] } else { CONSOLE[1] };
            assert!(console.contains(&format!("\nhandover-{table} = ")), "the console, {language} {table}");
        }
    }
}
