//! Everything that the server keeps about one person, as lines of JSON for that person: their row, devices, accounts at identity
//! providers, what a provider said, where directory runs name them, their leaves of the transparency log, and the entries of the audit
//! that are about them or by them. It must never tell a secret of the server, nor name anybody else.

use std::collections::BTreeSet;

use protocol::audit::{AuditEntry, AuditEvent, Party};
use protocol::codec;
use protocol::ids::{DeviceId, MemberId};
use protocol::tlog::Leaf;
use serde_json::{Value, json};

use crate::domain::access::{Grant, PersonExport};
use crate::domain::approval::Act;
use crate::domain::member::Member;
use crate::storage::{self, Storage, Tx};

use super::audit::AUDIT_PAGE_ENTRIES_MAX;
use super::people::{Whom, person};
use super::{ServiceError, Services};

/// Leaves that are read at one time.
const LEAVES_PER_PAGE: u32 = 1_000;

impl Services {
    /// A line for each thing that is kept; `kind` says what it is. That it was done is an entry of
    /// the audit, and the last line. What a second person opened for this is spent once all of it was read.
    pub async fn export_person(
        &self,
        grant: &Grant<PersonExport>,
        whom: impl Into<Whom<'_>>,
    ) -> Result<Vec<Value>, ServiceError> {
        let mut change = self.inner.change().await?;
        let id = person(&mut change.tx, whom.into()).await?.id;
        let act = Act::ExportPerson(id);
        // Asked for, or allowed and not yet spent.
        drop(self.gate(change, grant, act.clone()).await?);
        let mut lines = self.everything_about(id).await?;
        let mut change = self.gate(self.inner.change().await?, grant, act).await?;
        let (index, at_ms, what) = (change.next_entry(), change.now.as_millis(), AuditEvent::PersonExported);
        lines.push(json!({ "kind": "audit", "index": index, "at_ms": at_ms, "what": what }));
        change.audit(what, Some(id), grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(lines)
    }

    async fn everything_about(&self, id: MemberId) -> Result<Vec<Value>, ServiceError> {
        let storage = &self.inner.storage;
        let mut tx = storage.read().await?;
        let member = person(&mut tx, id.into()).await?;
        let mut lines = vec![self.profile(&mut tx, &member).await?];
        let mut devices = BTreeSet::new();
        for device in storage::device::of_member(&mut tx, member.id).await? {
            devices.insert(device.id);
            lines.push(json!({
                "kind": "device",
                "device_id": device.id,
                "certificate": data_encoding::HEXLOWER.encode(&device.certificate),
                "front_door": device.door_address,
                "enrolled_ms": device.enrolled.as_millis(),
                "not_after_ms": device.not_after.as_millis(),
                "revoked_ms": device.revoked.map(|at| at.as_millis()),
            }));
        }
        for (issuer, subject, linked) in storage::erasure::accounts(&mut tx, member.id).await? {
            let (subject, linked_ms) = (subject.expose(), linked.as_millis());
            lines.push(json!({ "kind": "account", "issuer": issuer, "subject": subject, "linked_ms": linked_ms }));
        }
        lines.extend(provided(&mut tx, &member).await?);
        for (run, place, reason) in storage::erasure::left_out(&mut tx, member.id).await? {
            lines.push(json!({ "kind": "left_out_of_run", "run": run, "place": place, "reason": reason }));
        }
        let party = codec::encode(&Party::Member(member.id));
        let named = storage::audit::party(&mut tx, &party).await?.map(|row| row.pseudonym);
        drop(tx);
        lines.extend(leaves(storage, member.id, &devices).await?);
        if let Some(pseudonym) = named {
            lines.extend(entries(storage, pseudonym).await?);
        }
        Ok(lines)
    }

    async fn profile(&self, tx: &mut Tx, member: &Member) -> Result<Value, ServiceError> {
        let groups: Vec<&str> = member.profile.groups.iter().map(protocol::directory::Group::as_str).collect();
        Ok(json!({
            "kind": "person",
            "person_id": member.id,
            "login": member.profile.login.expose(),
            "name": member.profile.name.expose(),
            "mail": member.profile.mail.as_ref().map(|mail| mail.expose()),
            "groups": groups,
            "source": self.source_name(member.source),
            "external_id": member.external_id.expose(),
            "added_ms": storage::erasure::added(tx, member.id).await?.as_millis(),
            "is_locked": member.lock == crate::domain::member::Lock::Locked,
            "identity_key": member.identity_key.map(|key| data_encoding::HEXLOWER.encode(&key)),
            "enrollment_code_until_ms": storage::erasure::code_until(tx, member.id).await?.map(|at| at.as_millis()),
        }))
    }
}

/// What a provider said of the person, if one did.
async fn provided(tx: &mut Tx, member: &Member) -> Result<Option<Value>, ServiceError> {
    let Some(row) = storage::scim::people::find(tx, &member.external_id).await? else { return Ok(None) };
    if row.member != member.id {
        return Ok(None);
    }
    let said: Value = serde_json::from_str(row.resource.expose()).unwrap_or_default();
    let groups = storage::scim::groups::of_member(tx, member.id).await?;
    let groups: Vec<String> = groups.into_iter().map(|group| group.name).collect();
    Ok(Some(json!({ "kind": "provisioned", "said": said, "groups": groups, "changed_ms": row.changed.as_millis() })))
}

/// Their leaves of the transparency log, which are there for good.
async fn leaves(storage: &Storage, member: MemberId, devices: &BTreeSet<DeviceId>) -> Result<Vec<Value>, ServiceError> {
    let (mut lines, mut first) = (Vec::new(), 0);
    loop {
        let page = storage::log::leaves(&mut storage.read().await?, first, LEAVES_PER_PAGE).await?;
        let count = page.len() as u64;
        for (index, bytes) in (first..).zip(&page) {
            let Ok(leaf) = Leaf::from_bytes(bytes) else { continue };
            let what = match &leaf {
                Leaf::MemberAdd { member: of, .. } if *of == member => "member_add",
                Leaf::IdentitySet { member: of, .. } if *of == member => "identity_set",
                Leaf::IdentityEnd { member: of, .. } if *of == member => "identity_end",
                Leaf::IdentityReset { member: of, .. } if *of == member => "identity_reset",
                Leaf::DeviceAdd { member: of, .. } if *of == member => "device_add",
                Leaf::DeviceRenew { device, .. } if devices.contains(device) => "device_renew",
                Leaf::DeviceRevoke { device } if devices.contains(device) => "device_revoke",
                _ => continue,
            };
            let leaf = data_encoding::HEXLOWER.encode(bytes);
            lines.push(json!({ "kind": "log", "index": index, "what": what, "leaf": leaf }));
        }
        if count < u64::from(LEAVES_PER_PAGE) {
            return Ok(lines);
        }
        first += count;
    }
}

/// The entries of the audit that name them.
async fn entries(storage: &Storage, pseudonym: [u8; 16]) -> Result<Vec<Value>, ServiceError> {
    let (mut lines, mut first) = (Vec::new(), 0);
    loop {
        let page = storage::audit::entries(&mut storage.read().await?, first, AUDIT_PAGE_ENTRIES_MAX).await?;
        let count = page.len() as u64;
        for (index, bytes) in (first..).zip(&page) {
            let Ok(entry) = codec::decode::<AuditEntry>(bytes) else { continue };
            let is_subject = entry.subject.as_ref().is_some_and(|subject| subject.pseudonym == pseudonym);
            if is_subject || entry.actor.pseudonym == pseudonym {
                let (at_ms, what) = (entry.at.as_millis(), &entry.event);
                lines.push(json!({ "kind": "audit", "index": index, "at_ms": at_ms, "what": what }));
            }
        }
        if count < u64::from(AUDIT_PAGE_ENTRIES_MAX) {
            return Ok(lines);
        }
        first += count;
    }
}
