//! The `audit` commands: list with names, export without, verify, where it is sent, and what the server stores at all; and what is done
//! with all that is kept of one person.

use protocol::ids::MemberId;
use protocol::tlog::WitnessKey;

use super::admin::{Caller, Stopped};
use crate::administration::{
    AuditRow, BrokenRow, ErasedRow, Refusal, Row, SinkRow, StoredRow, VerifiedRow, WitnessRow,
};
use crate::service::Services;
use crate::service::audit::Asked;
use crate::service::people::Whom;

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

pub async fn verify(
    caller: &mut Caller,
    services: &Services,
    against: Option<String>,
    witnesses: &[String],
) -> Result<(), Stopped> {
    let against = against.as_ref().map(String::as_bytes);
    let keys = witnesses.iter().map(|text| text.parse::<WitnessKey>()).collect::<Result<Vec<_>, _>>();
    let keys = keys.map_err(|_| Stopped::Refused(Refusal::new("malformed", "")))?;
    match services.verify_watched_audit(&caller.grant(), against, keys).await? {
        Ok(verified) => caller.row(Row::Verified(VerifiedRow::from(&verified))).await,
        Err(damage) => caller.row(Row::Broken(BrokenRow::from(&damage))).await,
    }
}

pub async fn sinks(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    for sink in services.sinks(&caller.grant()) {
        caller.row(Row::Sink(SinkRow::from(sink))).await?;
    }
    Ok(())
}

pub async fn witnesses(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    for witness in services.witnesses(&caller.grant()) {
        caller.row(Row::Witness(WitnessRow::from(witness))).await?;
    }
    Ok(())
}

pub async fn handover(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    for table in services.handover(&caller.grant()).await? {
        caller.row(Row::Stored(StoredRow::from(table))).await?;
    }
    Ok(())
}

pub async fn checkpoint(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    let state = services.audit_checkpoint(&caller.grant()).await?;
    caller.row(Row::Log(state.into())).await
}

/// A login, or the id of somebody who has none any more.
fn whom(text: &str) -> Whom<'_> {
    text.parse::<MemberId>().map_or(Whom::Login(text), Whom::Id)
}

pub async fn erase(caller: &mut Caller, services: &Services, text: &str) -> Result<(), Stopped> {
    let erasure = services.erase_person(&caller.grant(), whom(text)).await?;
    caller.row(Row::Erased(ErasedRow::from(erasure))).await
}

pub async fn erase_party(caller: &mut Caller, services: &Services, login: String) -> Result<(), Stopped> {
    services.erase_from_audit(&caller.grant(), login.as_str()).await?;
    caller.state(Some(login), None, "erased").await
}

pub async fn export_person(caller: &mut Caller, services: &Services, text: &str) -> Result<(), Stopped> {
    for line in services.export_person(&caller.grant(), whom(text)).await? {
        caller.row(Row::Line(line)).await?;
    }
    Ok(())
}

pub async fn prove(
    caller: &mut Caller,
    services: &Services,
    entry: Option<u64>,
    since: Option<String>,
) -> Result<(), Stopped> {
    let asked = match (entry, since) {
        (Some(index), _) => Asked::Entry(index),
        (None, Some(older)) => Asked::Since(older),
        (None, None) => return Err(Stopped::Refused(Refusal::new("malformed", ""))),
    };
    let document = services.prove_audit(&caller.grant(), asked).await?;
    caller.row(Row::Line(document)).await
}
