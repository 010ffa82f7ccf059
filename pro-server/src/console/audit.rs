//! The audit as the console shows it.

use admin_console::api::{
    AUDIT_PAGE_ROWS, Administrator, ApiError, AuditCheck, AuditExport, AuditFault, AuditFinding, AuditMemory,
    AuditPage, AuditPosition, AuditState, AuditVerdict, AuditView, Erased, PartyView, SinkView, StoredTable,
    WitnessView,
};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use protocol::ids::MemberId;
use protocol::time::Timestamp;

use super::Desk;
use super::refusal::refused;
use crate::domain::audit::{Finding, Memory};
use crate::service::erasure::Copies;
use crate::service::{self, audit};

pub(super) fn party(party: audit::PartyView) -> PartyView {
    match party {
        audit::PartyView::Person { member, login } => PartyView::Person { id: member, login },
        audit::PartyView::Administrator { name } => PartyView::Administrator { login: name },
        audit::PartyView::Integration { name } => PartyView::Integration { name },
        audit::PartyView::LocalAdministrator { uid } => PartyView::LocalAdministrator { uid },
        audit::PartyView::Server => PartyView::Server,
        audit::PartyView::Erased { .. } => PartyView::Erased,
    }
}

pub(super) fn entry(entry: audit::AuditView) -> AuditView {
    AuditView {
        index: entry.index,
        at: entry.at,
        event: entry.event,
        subject: entry.subject.map(party),
        actor: party(entry.actor),
    }
}

fn finding(finding: Finding) -> AuditFinding {
    let (first, last) = finding.place();
    AuditFinding { code: finding.code(), first, last }
}

/// What an erasure did not reach.
pub(super) fn left(copies: &Copies) -> Erased {
    let newest_backup = copies.backups.last().copied();
    let (exports, taken_out) = (copies.export_count, copies.taken_out_count);
    Erased { backups: copies.backup_count, newest_backup, exports, taken_out }
}

impl Desk {
    pub(super) async fn audit_page(&self, who: &Administrator, position: AuditPosition) -> Result<AuditPage, ApiError> {
        let before = match position {
            AuditPosition::Newest => None,
            AuditPosition::Before(index) => Some(index),
        };
        let count = u32::try_from(AUDIT_PAGE_ROWS).unwrap_or(u32::MAX);
        let (rows, entries) = self.services.audit_before(&self.grant(who)?, before, count).await.map_err(refused)?;
        Ok(AuditPage { rows: rows.into_iter().rev().map(entry).collect(), entries })
    }

    pub(super) async fn stands(&self, who: &Administrator) -> Result<AuditState, ApiError> {
        let grant = self.grant(who)?;
        let checkpoint = self.services.audit_checkpoint(&grant).await.map_err(refused)?;
        let fault = |fault: Option<(&'static str, Timestamp)>| fault.map(|(code, since)| AuditFault { code, since });
        let sink = |sink: service::sinks::SinkView| SinkView {
            name: sink.name,
            kind: sink.kind,
            confirmed: sink.confirmed,
            waiting: sink.waiting,
            fault: fault(sink.fault),
        };
        let witness = |witness: service::cosigners::WitnessView| WitnessView {
            name: witness.name,
            said: witness.said,
            fault: fault(witness.fault),
        };
        Ok(AuditState {
            entries: checkpoint.end.size,
            root: checkpoint.end.root,
            signed: checkpoint.time,
            checked: self.services.audit_checked(&grant).map(|(at, is_intact)| AuditCheck { at, is_intact }),
            sinks: self.services.sinks(&grant).into_iter().map(sink).collect(),
            witnesses: self.services.witnesses(&grant).into_iter().map(witness).collect(),
        })
    }

    pub(super) async fn stored(&self, who: &Administrator) -> Result<Vec<StoredTable>, ApiError> {
        let tables = self.services.handover(&self.grant(who)?).await.map_err(refused)?;
        let table = |table: service::handover::TableView| StoredTable {
            table: table.table,
            rows: table.rows,
            fields: table.fields.into_iter().map(|(field, class)| (field, class.name())).collect(),
        };
        Ok(tables.into_iter().map(table).collect())
    }

    pub(super) async fn verified(&self, who: &Administrator) -> Result<AuditVerdict, ApiError> {
        Ok(match self.services.verify_audit(&self.grant(who)?, None).await.map_err(refused)? {
            Ok(verified) => AuditVerdict::Intact {
                organization: verified.organization,
                entries: verified.entries,
                root: verified.root,
                signed: verified.time,
                memory: if verified.memory == Memory::Lost { AuditMemory::Lost } else { AuditMemory::Compared },
            },
            Err(damage) => AuditVerdict::Broken { findings: damage.findings().map(finding).collect() },
        })
    }

    pub(super) async fn erased(&self, who: &Administrator, person: MemberId) -> Result<Erased, ApiError> {
        Ok(left(&self.services.erase_person(&self.grant(who)?, person).await.map_err(refused)?.copies))
    }

    pub(super) async fn personal(&self, who: &Administrator, person: MemberId) -> Result<Bytes, ApiError> {
        let lines = self.services.export_person(&self.grant(who)?, person).await.map_err(refused)?;
        Ok(lines.iter().map(|line| format!("{line}\n")).collect::<String>().into())
    }

    pub(super) async fn exported(&self, who: &Administrator) -> Result<AuditExport, ApiError> {
        let export = self.services.export_audit(&self.grant(who)?).await.map_err(refused)?;
        let pages = stream::try_unfold(export, |mut export| async move {
            let Some(lines) = export.next_page().await.map_err(refused)? else { return Ok(None) };
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            Ok(Some((Bytes::from(text), export)))
        });
        Ok(pages.boxed())
    }
}
