//! The `audit` commands: list with names, export without, verify, where it is sent, and what the server stores at all.

use super::admin::{Caller, Stopped};
use crate::administration::{AuditRow, Refusal, Row, SinkRow, StoredRow, VerifiedRow};
use crate::service::Services;

pub async fn list(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    let mut first = 0;
    loop {
        let page = services.audit(&caller.grant(), first).await?;
        let Some(last) = page.last() else { return Ok(()) };
        first = last.index.saturating_add(1);
        for entry in page {
            caller.row(Row::Audit(AuditRow::from(entry))).await?;
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

pub async fn sinks(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    for sink in services.sinks(&caller.grant()) {
        caller.row(Row::Sink(SinkRow::from(sink))).await?;
    }
    Ok(())
}

pub async fn handover(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    for table in services.handover(&caller.grant()).await? {
        caller.row(Row::Stored(StoredRow::from(table))).await?;
    }
    Ok(())
}
