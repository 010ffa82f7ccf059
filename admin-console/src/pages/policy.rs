//! The policy: what is in force and who obeys it; editing in three steps (fill in, review what changes, publish).

pub(super) mod desk;
mod draft;
mod words;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use protocol::directory::Visibility;
use protocol::policy::{Enforcer, Policy, PolicyKey, ScopeKind};

use self::draft::Unit;
pub(super) use self::words::written;
use self::words::{range, value};
use super::{Answer, OK, pair};
use crate::api::{ApiError, Field, FieldProblem, PolicyView, Reach, Right};
use crate::page::Section;
use crate::problem::field_words;
use crate::view::View;
use crate::visit::{Act, Signed, go};

pub(super) use self::draft::Draft;

#[derive(Template)]
#[template(path = "policy.html")]
pub struct PolicyPage<'a> {
    v: &'a View,
    policy: &'a PolicyView,
    rows: Vec<Row>,
    done: bool,
}

/// A row of the policy in words.
struct Row {
    key: &'static str,
    label: String,
    value: String,
    /// `server`, `client` or `both`.
    enforcer: &'static str,
    default: String,
    /// What it takes, in words, and as `policy set` writes it.
    range: String,
    takes: String,
    /// `organization`, `group`, `person`.
    scopes: Vec<&'static str>,
    /// Groups and persons cannot loosen it.
    is_locked: bool,
}

#[derive(Template)]
#[template(path = "policy_edit.html")]
pub struct EditPage<'a> {
    v: &'a View,
    draft: Draft,
    faults: Vec<FieldProblem>,
}

#[derive(Template)]
#[template(path = "policy_review.html")]
pub struct ReviewPage<'a> {
    v: &'a View,
    /// To be sent again with "publish".
    draft: Draft,
    changes: Vec<Change>,
    reach: Reach,
    next_version: u64,
}

/// A row that changes.
struct Change {
    label: String,
    key: &'static str,
    before: String,
    after: String,
    consequence: String,
}

fn slug(key: PolicyKey) -> &'static str {
    match key {
        PolicyKey::IdentityDeviceApproval => "identity-device-approval",
        PolicyKey::IdentityCertLifetimeDays => "identity-cert-lifetime-days",
        PolicyKey::FileSaveLocation => "file-save-location",
        PolicyKey::MessageEphemeral => "message-ephemeral",
        PolicyKey::MessageEphemeralSeconds => "message-ephemeral-seconds",
        PolicyKey::MessageExport => "message-export",
        PolicyKey::GroupCreate => "group-create",
        PolicyKey::GroupMaxMembers => "group-max-members",
        PolicyKey::AdminSessionIdleMinutes => "admin-session-idle-minutes",
        PolicyKey::AdminSessionHours => "admin-session-hours",
        PolicyKey::ContactBlockUnknown => "contact-block-unknown",
        PolicyKey::ContactVerifyRequired => "contact-verify-required",
        PolicyKey::FileReceive => "file-receive",
        PolicyKey::FileSend => "file-send",
        PolicyKey::FileMaxBytes => "file-max-bytes",
        PolicyKey::ContactAutoAccept => "contact-auto-accept",
        PolicyKey::MessageRetentionDays => "message-retention-days",
        PolicyKey::MessageEditWindowMinutes => "message-edit-window-minutes",
        PolicyKey::MessageCopyForward => "message-copy-forward",
        PolicyKey::MessageReadReceipts => "message-read-receipts",
        PolicyKey::ClientMinVersion => "client-min-version",
        PolicyKey::DirectoryVisibility => "directory-visibility",
        PolicyKey::DeviceAppLock => "device-app-lock",
        PolicyKey::DeviceLockIdleMinutes => "device-lock-idle-minutes",
        PolicyKey::DeviceLockWipeAfter => "device-lock-wipe-after",
        PolicyKey::NotificationPreview => "notification-preview",
    }
}

/// What a row is called.
pub(super) fn label(key: PolicyKey, v: &View) -> String {
    v.t(&format!("policy-{}", slug(key)))
}

/// Nothing is said of guests as long as there are none.
const fn scope_name(scope: ScopeKind) -> Option<&'static str> {
    match scope {
        ScopeKind::Organization => Some("organization"),
        ScopeKind::Group => Some("group"),
        ScopeKind::Guests => None,
        ScopeKind::Person => Some("person"),
    }
}

impl<'a> PolicyPage<'a> {
    pub(super) fn new(v: &'a View, policy: &'a PolicyView, done: &str) -> Self {
        let locked = policy.document.rules().locked;
        let row = |key: PolicyKey| Row {
            key: key.name(),
            label: label(key, v),
            value: value(&policy.document.policy, key, v),
            enforcer: match key.enforcer() {
                Enforcer::Server => "server",
                Enforcer::Client => "client",
                Enforcer::Both => "both",
            },
            default: value(&Policy::default(), key, v),
            range: range(key, v),
            takes: key.kind().described(),
            scopes: key.row().scopes.iter().filter_map(|scope| scope_name(*scope)).collect(),
            is_locked: locked.contains(&key),
        };
        Self { v, policy, rows: PolicyKey::ALL.iter().copied().map(row).collect(), done: done == "published" }
    }
}

impl<'a> EditPage<'a> {
    pub(super) fn new(v: &'a View, draft: Draft, faults: Vec<FieldProblem>) -> Self {
        Self { v, draft, faults }
    }

    pub(super) fn of(v: &'a View, policy: &PolicyView) -> Self {
        Self::new(v, Draft::of(&policy.document.policy, policy.document.version), Vec::new())
    }

    /// What is wrong with a field, in words.
    fn fault(&self, field: Field) -> Option<String> {
        self.faults.iter().find(|fault| fault.field == field).map(|fault| field_words(fault, self.v.words))
    }
}

impl<'a> ReviewPage<'a> {
    pub(super) fn new(v: &'a View, current: &PolicyView, next: &Policy, draft: Draft) -> Self {
        let before = &current.document.policy;
        let changed = PolicyKey::ALL.iter().copied().filter(|key| before.value(*key) != next.value(*key));
        let change = |key: PolicyKey| Change {
            label: label(key, v),
            key: key.name(),
            before: value(before, key, v),
            after: value(next, key, v),
            consequence: v.t(&consequence(before, next, key)),
        };
        Self {
            v,
            draft,
            changes: changed.map(change).collect(),
            reach: current.reach,
            next_version: current.document.version.saturating_add(1),
        }
    }
}

/// The key of what a change means for people.
fn consequence(before: &Policy, next: &Policy, key: PolicyKey) -> String {
    let direction = match key {
        PolicyKey::FileSend if next.value(key) == "off" => "off",
        PolicyKey::FileSend => "all",
        PolicyKey::IdentityDeviceApproval
        | PolicyKey::IdentityCertLifetimeDays
        | PolicyKey::ContactBlockUnknown
        | PolicyKey::ContactVerifyRequired
        | PolicyKey::FileReceive
        | PolicyKey::FileSaveLocation
        | PolicyKey::MessageEditWindowMinutes
        | PolicyKey::MessageCopyForward
        | PolicyKey::MessageReadReceipts
        | PolicyKey::MessageEphemeral
        | PolicyKey::MessageEphemeralSeconds
        | PolicyKey::MessageExport
        | PolicyKey::GroupCreate
        | PolicyKey::GroupMaxMembers
        | PolicyKey::AdminSessionIdleMinutes
        | PolicyKey::AdminSessionHours
        | PolicyKey::DeviceAppLock
        | PolicyKey::DeviceLockIdleMinutes
        | PolicyKey::DeviceLockWipeAfter
        | PolicyKey::NotificationPreview => "changes",
        PolicyKey::FileMaxBytes => {
            let limit = |policy: &Policy| policy.file_max_bytes().unwrap_or(u64::MAX);
            if limit(next) < limit(before) { "less" } else { "more" }
        }
        PolicyKey::ContactAutoAccept if next.value(key) == "nobody" => "nobody",
        PolicyKey::ContactAutoAccept => "all",
        PolicyKey::MessageRetentionDays => {
            let days = |policy: &Policy| policy.retention_days().unwrap_or(u32::MAX);
            if days(next) < days(before) { "less" } else { "more" }
        }
        PolicyKey::ClientMinVersion => {
            if next.client_min_version() > before.client_min_version() {
                "more"
            } else {
                "less"
            }
        }
        PolicyKey::DirectoryVisibility => match next.visibility() {
            Visibility::All => "all",
            Visibility::SameGroup => "same-group",
            Visibility::Groups(_) => "groups",
            Visibility::Nobody => "none",
        },
    };
    format!("policy-consequence-{}-{direction}", slug(key))
}

async fn current(signed: &Signed) -> Result<PolicyView, actix_web::Error> {
    signed.api().policy(&signed.who).await.map_err(|error| signed.refused(&error))
}

/// `GET /admin/policy`
pub async fn show(signed: Signed, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let policy = current(&signed).await?;
    let content = PolicyPage::new(&signed.view, &policy, pair(&pairs, "done"));
    Ok(signed.page(OK, Section::Policy, "policy-title", &content))
}

/// `GET /admin/policy/edit`
pub async fn edit(signed: Signed) -> Answer {
    signed.must(Right::PolicyForEverybody)?;
    let policy = current(&signed).await?;
    Ok(signed.page(OK, Section::Policy, "policy-edit-title", &EditPage::of(&signed.view, &policy)))
}

/// `GET` of what takes a form only.
pub async fn back(_: Signed) -> HttpResponse {
    go("/admin/policy")
}

/// `POST /admin/policy/review`
pub async fn review(act: Act) -> Answer {
    act.must(Right::PolicyForEverybody)?;
    let draft = Draft::read(&act.form);
    let policy = match draft.policy() {
        Ok(policy) => policy,
        Err(faults) => return Ok(faulty(&act, draft, faults)),
    };
    match act.api().check_policy(&act.who, &policy, draft.expected).await {
        Ok(()) => {}
        Err(ApiError::Invalid(faults)) => return Ok(faulty(&act, draft, faults)),
        Err(error) => return Err(act.refused(&error)),
    }
    let current = current(&act).await?;
    let content = ReviewPage::new(&act.view, &current, &policy, draft);
    Ok(act.page(OK, Section::Policy, "policy-review-title", &content))
}

/// `POST /admin/policy/publish`
pub async fn publish(act: Act) -> Answer {
    act.must(Right::PolicyForEverybody)?;
    let draft = Draft::read(&act.form);
    let policy = match draft.policy() {
        Ok(policy) => policy,
        Err(faults) => return Ok(faulty(&act, draft, faults)),
    };
    match act.api().publish_policy(&act.who, &policy, draft.expected).await {
        Ok(_) => Ok(go("/admin/policy?done=published")),
        Err(ApiError::Invalid(faults)) => Ok(faulty(&act, draft, faults)),
        Err(error) => Err(act.refused(&error)),
    }
}

fn faulty(act: &Act, draft: Draft, faults: Vec<FieldProblem>) -> HttpResponse {
    let content = EditPage::new(&act.view, draft, faults);
    act.page(StatusCode::UNPROCESSABLE_ENTITY, Section::Policy, "policy-edit-title", &content)
}
