//! Decisions that follow from the policy in force, and what may become one. Rows that only clients obey have no decision here.

use protocol::directory::Visibility;
use protocol::limits::CLOCK_SKEW_MS_MAX;
use protocol::policy::{
    AutoAccept, FileSend, Policy, PolicyDocument, PolicyKey, RETENTION_DAYS_MAX, RETENTION_DAYS_MIN, Version,
};
use protocol::time::Timestamp;

/// A client that is older than the policy allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this client is too old, at least {minimum} is needed; update it")]
pub struct ClientTooOld {
    pub minimum: Version,
}

/// `client.min_version`: whether a client of this version may come in.
pub fn decide_client(policy: &Policy, client: Version) -> Result<(), ClientTooOld> {
    let minimum = policy.client_min_version;
    if client < minimum { Err(ClientTooOld { minimum }) } else { Ok(()) }
}

/// The first row in which `draft` permits more than `current`, or has clients delete what people wrote. Such a change is for a
/// person to answer for, not for a program.
pub fn loosened(current: &Policy, draft: &Policy) -> Option<PolicyKey> {
    let bytes = |policy: &Policy| policy.file_max_bytes.unwrap_or(u64::MAX);
    let widened = draft.directory_visibility != current.directory_visibility
        && draft.directory_visibility != Visibility::Nobody
        && current.directory_visibility != Visibility::All;
    let looser = [
        (PolicyKey::FileSend, draft.file_send == FileSend::All && current.file_send == FileSend::Off),
        (PolicyKey::FileMaxBytes, bytes(draft) > bytes(current)),
        (
            PolicyKey::ContactAutoAccept,
            draft.contact_auto_accept == AutoAccept::All && current.contact_auto_accept == AutoAccept::Nobody,
        ),
        // Longer keeps more than was promised, and shorter deletes.
        (PolicyKey::MessageRetentionDays, draft.message_retention_days != current.message_retention_days),
        (PolicyKey::ClientMinVersion, draft.client_min_version < current.client_min_version),
        (PolicyKey::DirectoryVisibility, widened),
    ];
    looser.into_iter().find(|(_, is_looser)| *is_looser).map(|(key, _)| key)
}

/// Why a draft cannot be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDraft {
    #[error("{0} is out of its range")]
    OutOfRange(PolicyKey),
    /// A minimum above this server's own version would lock everybody out, this version's clients included.
    #[error("client.min_version is newer than this server; no client could come in")]
    LocksEverybodyOut,
    #[error("the policy is version {current} meanwhile, the draft was made from {expected}; look at it again")]
    Stale { current: u64, expected: u64 },
    #[error("the clock is behind the policy in force; check the server's time")]
    ClockWentBack,
}

/// The document that `draft` becomes, if it was made from the version in force and each row is in its range.
pub fn next_document(
    current: &PolicyDocument,
    expected: u64,
    draft: Policy,
    now: Timestamp,
) -> Result<PolicyDocument, Vec<BadDraft>> {
    let mut bad = Vec::new();
    if current.version != expected {
        bad.push(BadDraft::Stale { current: current.version, expected });
    }
    let days = draft.message_retention_days;
    if days != 0 && !(RETENTION_DAYS_MIN..=RETENTION_DAYS_MAX).contains(&days) {
        bad.push(BadDraft::OutOfRange(PolicyKey::MessageRetentionDays));
    }
    if draft.client_min_version > Version::current() {
        bad.push(BadDraft::LocksEverybodyOut);
    }
    if now.plus_ms(CLOCK_SKEW_MS_MAX) < current.issued {
        bad.push(BadDraft::ClockWentBack);
    }
    if !bad.is_empty() {
        return Err(bad);
    }
    Ok(PolicyDocument { version: current.version.saturating_add(1), issued: now, policy: draft })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

    fn current() -> PolicyDocument {
        PolicyDocument { version: 4, issued: NOW, policy: Policy::default() }
    }

    #[test]
    fn every_fault_of_a_draft_is_told() {
        let draft = Policy {
            message_retention_days: 3,
            client_min_version: Version { major: 900, ..Version::default() },
            ..Policy::default()
        };
        let refused = next_document(&current(), 3, draft, Timestamp::ZERO);
        let expected = [
            BadDraft::Stale { current: 4, expected: 3 },
            BadDraft::OutOfRange(PolicyKey::MessageRetentionDays),
            BadDraft::LocksEverybodyOut,
            BadDraft::ClockWentBack,
        ];
        assert_eq!(refused, Err(expected.to_vec()));
        assert_eq!(next_document(&current(), 4, Policy::default(), NOW).map(|d| d.version), Ok(5));
    }

    #[test]
    fn what_permits_more_is_found_and_what_permits_less_is_not() {
        let strict = Policy {
            file_send: FileSend::Off,
            file_max_bytes: Some(5),
            contact_auto_accept: AutoAccept::Nobody,
            client_min_version: Version { major: 1, ..Version::default() },
            directory_visibility: Visibility::Nobody,
            ..Policy::default()
        };
        assert_eq!(loosened(&Policy::default(), &strict), None);
        assert_eq!(loosened(&strict, &strict), None);
        for (draft, row) in [
            (Policy { file_send: FileSend::All, ..strict.clone() }, PolicyKey::FileSend),
            (Policy { file_max_bytes: None, ..strict.clone() }, PolicyKey::FileMaxBytes),
            (Policy { contact_auto_accept: AutoAccept::All, ..strict.clone() }, PolicyKey::ContactAutoAccept),
            (Policy { message_retention_days: 30, ..strict.clone() }, PolicyKey::MessageRetentionDays),
            (Policy { client_min_version: Version::default(), ..strict.clone() }, PolicyKey::ClientMinVersion),
            (Policy { directory_visibility: Visibility::SameGroup, ..strict.clone() }, PolicyKey::DirectoryVisibility),
        ] {
            assert_eq!(loosened(&strict, &draft), Some(row));
        }
    }

    #[test]
    fn an_old_client_is_refused_and_told_the_minimum() {
        let minimum = Version { major: 1, minor: 2, patch: 0 };
        let policy = Policy { client_min_version: minimum, ..Policy::default() };
        assert_eq!(decide_client(&policy, Version { major: 1, minor: 1, patch: 9 }), Err(ClientTooOld { minimum }));
        assert_eq!(decide_client(&policy, minimum), Ok(()));
    }
}
