//! Putting a page together: the base around a content, or a part alone for htmx. The content is the same template either way.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;

use crate::api::Right;
use crate::view::View;

/// Where a page stands in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Overview,
    People,
    Directory,
    Policy,
    Audit,
    Approvals,
    Administrators,
    /// Beside it: a problem, the way in.
    None,
}

impl Section {
    /// As shown, in order.
    const SHOWN: [Self; 7] = [
        Self::Overview,
        Self::People,
        Self::Directory,
        Self::Policy,
        Self::Audit,
        Self::Approvals,
        Self::Administrators,
    ];

    /// Whether the place has anything for whoever looks.
    fn is_for(self, view: &View) -> bool {
        let right = match self {
            Self::Overview | Self::None => return true,
            Self::People => Right::PeopleSee,
            Self::Directory => Right::DirectorySee,
            Self::Policy => Right::PolicySee,
            Self::Audit => Right::AuditSee,
            Self::Approvals => Right::ApprovalsSee,
            Self::Administrators => Right::AdministratorsSee,
        };
        view.may(right)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::People => "people",
            Self::Directory => "directory",
            Self::Policy => "policy",
            Self::Audit => "audit",
            Self::Approvals => "approvals",
            Self::Administrators => "administrators",
            Self::None => "",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Overview | Self::None => "/admin/",
            Self::People => "/admin/people",
            Self::Directory => "/admin/directory",
            Self::Policy => "/admin/policy",
            Self::Audit => "/admin/audit",
            Self::Approvals => "/admin/approvals",
            Self::Administrators => "/admin/administrators",
        }
    }
}

/// A place in the navigation.
struct Place {
    path: &'static str,
    label: String,
    icon: String,
    /// The value of `aria-current`, on the page itself.
    current: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "base.html")]
struct Base<'a> {
    v: &'a View,
    title: &'a str,
    places: Vec<Place>,
    /// Markup of the content.
    content: &'a str,
}

/// For whoever is not signed in: no navigation.
#[derive(Template)]
#[template(path = "door.html")]
struct Door<'a> {
    v: &'a View,
    title: &'a str,
    content: &'a str,
}

/// A whole page as markup.
pub fn markup(view: &View, section: Section, title: &str, content: &impl Template) -> askama::Result<String> {
    let content = &content.render()?;
    if view.who.is_none() {
        return Door { v: view, title, content }.render();
    }
    let place = |place: Section| Place {
        path: place.path(),
        label: view.t(&format!("nav-{}", place.name())),
        icon: view.icon(place.name()),
        current: (place == section).then_some("page"),
    };
    Base {
        v: view,
        title,
        places: Section::SHOWN.into_iter().filter(|place| place.is_for(view)).map(place).collect(),
        content,
    }
    .render()
}

/// A whole page.
pub fn whole(view: &View, status: StatusCode, section: Section, title: &str, content: &impl Template) -> HttpResponse {
    html(status, markup(view, section, title, content))
}

/// A part of a page, for htmx.
pub fn part(status: StatusCode, part: &impl Template) -> HttpResponse {
    html(status, part.render())
}

fn html(status: StatusCode, markup: askama::Result<String>) -> HttpResponse {
    match markup {
        Ok(markup) => HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((header::VARY, "HX-Request, HX-Target, Accept-Language, Cookie"))
            .body(markup),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
