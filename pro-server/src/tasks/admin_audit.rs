//! The `audit` commands: list with names, export without, verify.

use super::admin::{Caller, Stopped};
use crate::administration::{AuditRow, Refusal, Row, VerifiedRow};
use crate::service::Services;
use crate::service::audit::PartyView;

pub async fn list(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    let mut first = 0;
    loop {
        let page = services.audit(&caller.grant(), first).await?;
        let Some(last) = page.last() else { return Ok(()) };
        first = last.index.saturating_add(1);
        for entry in page {
            let row = AuditRow {
                index: entry.index,
                time_ms: entry.at.as_millis(),
                event: serde_json::to_value(entry.event).unwrap_or_default(),
                actor: Some(named(entry.actor)),
                subject: entry.subject.map(named),
            };
            caller.row(Row::Audit(row)).await?;
        }
    }
}

pub async fn export(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    let mut export = services.export_audit(&caller.grant()).await?;
    while let Some(lines) = export.next_page().await? {
        for line in lines {
            caller.row(Row::Line(line)).await?;
        }
    }
    Ok(())
}

pub async fn verify(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    match services.verify_audit(&caller.grant()).await? {
        Ok(verified) => caller.row(Row::Verified(VerifiedRow::from(&verified))).await,
        Err(bad) => Err(Stopped::Refused(Refusal::new("broken", bad.to_string()))),
    }
}

/// A login, `administrator:NAME` of the console, `uid:N` of a local administrator, `server`, or the pseudonym of somebody erased.
fn named(party: PartyView) -> String {
    match party {
        PartyView::Person { login, .. } => login.into_exposed(),
        PartyView::Integration { name } => format!("integration:{}", name.into_exposed()),
        PartyView::Administrator { name } => format!("administrator:{}", name.into_exposed()),
        PartyView::LocalAdministrator { uid } => format!("uid:{uid}"),
        PartyView::Server => "server".to_owned(),
        PartyView::Erased { pseudonym } => format!("erased:{}", data_encoding::HEXLOWER.encode(&pseudonym)),
    }
}
