//! `/audit`: a page, checking it, and all of it for somebody who keeps it elsewhere.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::administration::{AuditRow, LogRow, SinkRow, StoredRow, VerdictRow, WitnessRow};
use crate::domain::access::AuditRead;
use crate::http::error::{Code, Mistake, Problem};
use crate::service::ServiceError;
use crate::service::audit::{Asked as ToProve, AuditView};

use super::answer::{Answer, Page, json};
use super::caller::Caller;
use super::cursor::{self, List};
use super::question::{self, Query};
use super::table::Asked;

/// The media type of a line of JSON each.
pub const LINES: &str = "application/x-ndjson";

pub async fn list(caller: Caller) -> Answer {
    let grant = caller.grant::<AuditRead>()?;
    let query = Query::of(&caller, &[Asked::Order, Asked::From, Asked::Limit, Asked::After])?;
    let (order, limit, from) = (query.order()?, query.limit()?, query.from()?);
    let after = query.after(order)?.map(u64::from_be_bytes);
    let services = caller.services();
    let page = match order {
        List::Newest => {
            // The entry at `from` is on the page itself.
            let before = after.or(from.map(|from| from.saturating_add(1)));
            let page = services.audit_before(&grant, before, limit).await;
            let (mut entries, _) = page.map_err(|error| caller.refused(error))?;
            entries.reverse();
            let next = entries.last().filter(|last| last.index > 0).map(|last| last.index);
            shown(entries, next, order)
        }
        _ => {
            let entries = services.audit_after(&grant, after.or(from).unwrap_or(0), limit).await;
            let entries = entries.map_err(|error| caller.refused(error))?;
            let is_full = entries.len() >= limit as usize;
            let next = entries.last().filter(|_| is_full).map(|last| last.index.saturating_add(1));
            shown(entries, next, order)
        }
    };
    Ok(json(&page))
}

fn shown(entries: Vec<AuditView>, next: Option<u64>, order: List) -> Page<AuditRow> {
    let items = entries.into_iter().map(AuditRow::from).collect();
    Page { items, next: next.map(|place| cursor::write(order, &place.to_be_bytes())) }
}

pub async fn verify(caller: Caller) -> Answer {
    let verdict = caller.services().verify_audit(&caller.grant::<AuditRead>()?, None).await;
    verdict.map(|verdict| json(&VerdictRow::from(verdict))).map_err(|error| caller.refused(error))
}

/// What is to be proved: one of the two.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofOrder {
    /// The index of an entry that is to be in the audit.
    #[serde(default)]
    pub entry: Option<u64>,
    /// An earlier checkpoint, as `GET /audit/checkpoint` told its `note`, that the audit is to have grown from.
    #[serde(default)]
    pub since: Option<String>,
}

/// A proof that anybody checks without this server: to be kept as a file, for `pro-server audit verify FILE`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(value_type = Object)]
pub struct ProofDocument(Value);

pub async fn prove(caller: Caller, payload: web::Payload) -> Answer {
    let grant = caller.grant::<AuditRead>()?;
    let order: ProofOrder = question::json(&caller, payload).await?;
    let asked = match (order.entry, order.since) {
        (Some(index), None) => ToProve::Entry(index),
        (None, Some(older)) => ToProve::Since(older),
        (Some(_), Some(_)) | (None, None) => {
            let mistake = Mistake::in_field("entry", "either an entry or since, and not both");
            return Err(caller.problem(Code::Malformed).with(vec![mistake]));
        }
    };
    let document = caller.services().prove_audit(&grant, asked).await.map_err(|error| caller.refused(error))?;
    Ok(json(&ProofDocument(document)))
}

pub async fn checkpoint(caller: Caller) -> Answer {
    let state = caller.services().audit_checkpoint(&caller.grant::<AuditRead>()?).await;
    state.map(|state| json(&LogRow::from(state))).map_err(|error| caller.refused(error))
}

pub async fn export(caller: Caller) -> Result<HttpResponse, Problem> {
    let export = caller.services().export_audit(&caller.grant::<AuditRead>()?).await;
    let export = export.map_err(|error| caller.refused(error))?;
    let pages = stream::try_unfold(export, |mut export| async move {
        let Some(lines) = export.next_page().await? else { return Ok::<_, ServiceError>(None) };
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        Ok(Some((Bytes::from(text), export)))
    });
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, LINES)).streaming(pages))
}

pub async fn sinks(caller: Caller) -> Answer {
    let grant = caller.grant::<AuditRead>()?;
    Query::of(&caller, &[])?;
    Ok(json(&Page::whole(caller.services().sinks(&grant).into_iter().map(SinkRow::from).collect())))
}

pub async fn witnesses(caller: Caller) -> Answer {
    let grant = caller.grant::<AuditRead>()?;
    Query::of(&caller, &[])?;
    Ok(json(&Page::whole(caller.services().witnesses(&grant).into_iter().map(WitnessRow::from).collect())))
}

pub async fn handover(caller: Caller) -> Answer {
    let grant = caller.grant::<AuditRead>()?;
    Query::of(&caller, &[])?;
    let tables = caller.services().handover(&grant).await.map_err(|error| caller.refused(error))?;
    Ok(json(&Page::whole(tables.into_iter().map(StoredRow::from).collect())))
}
