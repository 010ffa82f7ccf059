//! `/people`: one page, one person, and what is done to one by hand.

use actix_web::HttpResponse;
use actix_web::http::header;
use protocol::ids::MemberId;

use crate::administration::{CodeRow, PersonDetailRow, PersonRow};
use crate::domain::access::PeopleRead;
use crate::service::enrollment::NewCode;
use crate::service::people_list::Filter;

use super::answer::{Answer, Page, created, gone, json};
use super::audit::LINES;
use super::caller::Caller;
use super::cursor::{self, List};
use super::question::Query;
use super::table::Asked;

pub async fn list(caller: Caller) -> Answer {
    let grant = caller.grant()?;
    let asked = [Asked::Search, Asked::Group, Asked::State, Asked::Limit, Asked::After];
    let query = Query::of(&caller, &asked)?;
    let (text, group) = (query.search()?, query.group()?);
    let filter = Filter { text: text.as_ref(), group: group.as_ref(), standing: query.state()? };
    let after = query.after(List::People)?.map(MemberId::from_bytes);
    let stretch = caller.services().people_after(&grant, filter, after, query.limit()?).await;
    let stretch = stretch.map_err(|error| caller.refused(error))?;
    Ok(json(&Page {
        items: stretch.found.into_iter().map(PersonRow::from).collect(),
        next: stretch.next.map(|id| cursor::write(List::People, id.as_bytes())),
    }))
}

pub async fn read(caller: Caller) -> Answer {
    let detail = caller.services().person(&caller.grant()?, caller.person()?).await;
    detail.map(|detail| json(&PersonDetailRow::from(detail))).map_err(|error| caller.refused(error))
}

pub async fn suspend(caller: Caller) -> Answer {
    let (grant, id) = (caller.grant()?, caller.person()?);
    let done = caller.services().suspend_person(&grant, id).await;
    done.map_err(|error| caller.refused(error))?;
    as_it_stands(&caller, id).await
}

pub async fn resume(caller: Caller) -> Answer {
    let (grant, id) = (caller.grant()?, caller.person()?);
    let done = caller.services().resume_person(&grant, id).await;
    done.map_err(|error| caller.refused(error))?;
    as_it_stands(&caller, id).await
}

pub async fn unlink(caller: Caller) -> Answer {
    let (grant, id) = (caller.grant()?, caller.person()?);
    let done = caller.services().unlink_person(&grant, id).await;
    done.map_err(|error| caller.refused(error))?;
    as_it_stands(&caller, id).await
}

pub async fn remove(caller: Caller) -> Answer {
    let (grant, id) = (caller.grant()?, caller.person()?);
    caller.services().remove_person(&grant, id).await.map_err(|error| caller.refused(error))?;
    caller.told().await;
    Ok(gone())
}

pub async fn export(caller: Caller) -> Answer {
    let (grant, id) = (caller.grant()?, caller.person()?);
    let lines = caller.services().export_person(&grant, id).await.map_err(|error| caller.refused(error))?;
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, LINES)).body(text))
}

pub async fn code(caller: Caller) -> Answer {
    let (grant, id) = (caller.grant()?, caller.person()?);
    let made = caller.services().create_code(&grant, id).await.map_err(|error| caller.refused(error))?;
    Ok(shown(&caller, made))
}

pub async fn reset_identity(caller: Caller) -> Answer {
    let (grant, id) = (caller.grant()?, caller.person()?);
    let made = caller.services().reset_identity(&grant, id, None).await.map_err(|error| caller.refused(error))?;
    caller.told().await;
    Ok(shown(&caller, made))
}

/// The code, this once.
fn shown(caller: &Caller, made: NewCode) -> HttpResponse {
    let link = caller.state.url.enrollment_link(caller.services().fingerprint(), made.code);
    created(&CodeRow {
        login: made.login.into_exposed(),
        link: link.expose().clone(),
        expires_ms: made.expires.as_millis(),
    })
}

/// The person after a change that everybody has been told.
async fn as_it_stands(caller: &Caller, id: MemberId) -> Result<HttpResponse, crate::http::error::Problem> {
    caller.told().await;
    let detail = caller.services().person(&caller.grant::<PeopleRead>()?, id).await;
    detail.map(|detail| json(&PersonRow::from(detail.person))).map_err(|error| caller.refused(error))
}
