//! The schema itself: the same for both engines, and without a column about a communication.

use super::*;

fn migrations(engine: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(engine);
    let mut files: Vec<_> = folder.read_dir().expect("listed").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files.into_iter().map(|path| std::fs::read_to_string(path).expect("a file")).collect()
}

#[test]
fn both_engines_have_the_same_tables() {
    let words = |text: String| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        words(migrations("sqlite").replace("BLOB", "BYTEA")),
        words(of_both(&migrations("postgres")).replace(" COLLATE \"C\"", ""))
    );
}

/// Without what a file does to PostgreSQL alone: the rest of the file after the words that say so.
fn of_both(text: &str) -> String {
    let (mut shared, mut is_shared) = (String::new(), true);
    for line in text.lines() {
        is_shared = line.starts_with("CREATE") || is_shared && !line.starts_with("-- Only PostgreSQL");
        is_shared |= line.ends_with("See ../README.md.");
        if is_shared {
            shared.push_str(line);
            shared.push('\n');
        }
    }
    shared
}

/// Every column stands here, so that a new one is a decision.
#[test]
fn columns_say_nothing_about_communications() {
    let allowed = "fingerprint founded_ms id source external_id login name mail listed locked identity_key log_salt
        added_ms member_id certificate envelope_key door_address door_capability first_leaf leaf_count enrolled_ms
        not_after_ms revoked_ms hash expires_ms device_id position leaf sealed party pseudonym secret tree size note
        version document issued_ms role password totp_sealed totp_step link_hash link_expires_ms signed_in_ms removed_ms
        group_names sequence salt epoch number kind first_ms last_ms times outcome code agreed seen added
        changed suspended resumed skipped disabled expired outside_group hit allowed run place reason attribute
        issuer subject linked_ms administrator_id group_name act asker asked_ms decider decided_ms people
        scope token_hash used_day user_name resource changed_ms group_id lost_ms
        named witness cosignature next tomb erased_ms layers actor settings";
    let allowed: Vec<&str> = allowed.split_whitespace().collect();
    for line in migrations("sqlite").lines().filter(|line| line.starts_with("    ")) {
        let column = line.split_whitespace().next().unwrap_or_default();
        let is_constraint = ["UNIQUE", "PRIMARY"].contains(&column);
        assert!(is_constraint || allowed.contains(&column), "is {column} about a communication?");
    }
}
