//! What a row of the policy says and what it takes, as people say it. The forms take what `policy set` takes; here nothing is typed.

use protocol::directory::Visibility;
use protocol::policy::{Kind, Policy, PolicyKey, Range, Unit as Counted, Version};

use super::draft::{self, Unit};
use super::slug;
use crate::view::View;

/// Between the values of a choice.
const OR: &str = " · ";

/// A row's value.
pub(super) fn value(policy: &Policy, key: PolicyKey, v: &View) -> String {
    let written = policy.value(key);
    match key {
        PolicyKey::FileSend | PolicyKey::FileReceive => match written.split_once(':') {
            Some((_, types)) => v.t1(&format!("policy-{}-listed", slug(key)), &types.replace(',', ", ")),
            None => v.t(&format!("policy-{}-{written}", slug(key))),
        },
        PolicyKey::IdentityDeviceApproval
        | PolicyKey::ContactBlockUnknown
        | PolicyKey::ContactVerifyRequired
        | PolicyKey::FileSaveLocation
        | PolicyKey::GroupCreate
        | PolicyKey::DeviceAppLock
        | PolicyKey::NotificationPreview
        | PolicyKey::MessageEphemeral
        | PolicyKey::MessageExport
        | PolicyKey::MessageCopyForward
        | PolicyKey::MessageReadReceipts => v.t(&format!("policy-{}-{written}", slug(key))),
        PolicyKey::IdentityCertLifetimeDays
        | PolicyKey::AdminSessionIdleMinutes
        | PolicyKey::AdminSessionHours
        | PolicyKey::GroupMaxMembers
        | PolicyKey::MessageEditWindowMinutes => {
            v.tn(&format!("policy-{}-limit", slug(key)), written.parse::<u64>().unwrap_or_default())
        }
        PolicyKey::DeviceLockIdleMinutes | PolicyKey::DeviceLockWipeAfter => match written.parse::<u64>() {
            Ok(number) => v.tn(&format!("policy-{}-limit", slug(key)), number),
            Err(_) => v.t(&format!("policy-{}-none", slug(key))),
        },
        PolicyKey::FileMaxBytes => match policy.file_max_bytes() {
            None => v.t("policy-no-limit"),
            Some(bytes) => {
                let (unit, amount) = Unit::of(bytes);
                format!("{}\u{a0}{}", v.n(amount), v.t(&format!("unit-{}", unit.name())))
            }
        },
        PolicyKey::ContactAutoAccept => v.t(&format!("policy-contact-{written}")),
        PolicyKey::MessageEphemeralSeconds => match policy.ephemeral_s() {
            None => v.t("policy-message-ephemeral-seconds-none"),
            Some(seconds) => v.tn("policy-message-ephemeral-seconds-limit", seconds),
        },
        PolicyKey::MessageRetentionDays => match policy.retention_days() {
            None => v.t("policy-kept"),
            Some(days) => v.tn("policy-days", days),
        },
        PolicyKey::ClientMinVersion if policy.client_min_version() == Version::default() => v.t("policy-any-version"),
        PolicyKey::ClientMinVersion => written,
        PolicyKey::DirectoryVisibility => match policy.visibility() {
            Visibility::All => v.t("policy-visibility-all"),
            Visibility::SameGroup => v.t("policy-visibility-same-group"),
            Visibility::Groups(_) => {
                format!("{} ({})", v.t("policy-visibility-groups"), draft::visible_groups(policy))
            }
            Visibility::Nobody => v.t("policy-visibility-none"),
        },
    }
}

/// A value as `policy set` writes it; what is none stays as it is.
pub(in crate::pages) fn written(key: PolicyKey, text: &str, v: &View) -> String {
    Policy::of(&[(key, text)]).map_or_else(|_| text.to_owned(), |policy| value(&policy, key, v))
}

/// What a row takes.
pub(super) fn range(key: PolicyKey, v: &View) -> String {
    match key.kind() {
        Kind::Choice(choices) | Kind::Set(choices) => {
            choices.iter().map(|choice| written(key, choice.word, v)).collect::<Vec<_>>().join(OR)
        }
        Kind::Number(range) => numbers(range, v),
        Kind::List(_) => v.t("policy-range-types"),
        Kind::Version => v.t("policy-range-version"),
        Kind::Visibility => v.t("policy-range-visibility"),
    }
}

fn numbers(range: Range, v: &View) -> String {
    let unit = match range.unit {
        Counted::Bytes => "bytes",
        Counted::Days => "days",
        Counted::Hours => "hours",
        Counted::Minutes => "minutes",
        Counted::Seconds => "seconds",
        Counted::Count => "count",
    };
    let none = if range.none.is_some() { "-none" } else { "" };
    let ends = [("min", v.n(range.min).into()), ("max", v.n(range.max).into())];
    v.words.say_with(&format!("policy-range-{unit}{none}"), &ends)
}

#[cfg(test)]
mod tests {
    use protocol::policy::NoLimit;

    use super::*;
    use crate::words::{Language, Words};

    /// A value of each shape that a row can have.
    fn values(key: PolicyKey) -> Vec<String> {
        match key.kind() {
            Kind::Choice(choices) | Kind::Set(choices) => choices.iter().map(|choice| choice.word.to_owned()).collect(),
            Kind::Number(range) => {
                let none = range.none.map(|none| if none == NoLimit::Zero { "0" } else { "none" }.to_owned());
                [range.min.max(1).to_string(), range.max.to_string()].into_iter().chain(none).collect()
            }
            Kind::List(list) => vec![list.nothing.into(), list.all.into(), format!("{}:a,b", list.some)],
            Kind::Version => vec!["0.0.0".into()],
            Kind::Visibility => ["all", "same-group", "groups:a", "none"].map(Into::into).into(),
        }
    }

    #[test]
    fn every_row_and_every_value_has_words_in_both_languages() {
        let views = Language::ALL.map(|language| View {
            words: Words { language },
            who: None,
            csrf: String::new(),
            here: String::new(),
        });
        let [english, french] = &views;
        for key in PolicyKey::ALL.iter().copied() {
            let mut said: Vec<(String, String, String)> = values(key)
                .into_iter()
                .map(|value| (written(key, &value, english), written(key, &value, french), value))
                .collect();
            said.push((range(key, english), range(key, french), key.kind().described()));
            for (one, other, raw) in said {
                for words in [&one, &other] {
                    assert!(!words.to_lowercase().contains("unknown localization"), "{key} = {raw}: {words}");
                    assert_ne!(*words, raw, "{key}");
                }
                assert_ne!(one, other, "{key} = {raw}");
            }
        }
        assert_eq!(written(PolicyKey::FileSend, "nonsense", english), "nonsense");
    }
}
