//! What the server can hand over: every table and field that it stores, and what each says of whom. It shows no value of any.

use askama::Template;

use super::{Answer, OK};
use crate::api::StoredTable;
use crate::page::Section;
use crate::view::View;
use crate::visit::Signed;

#[derive(Template)]
#[template(path = "handover.html")]
pub struct HandoverPage<'a> {
    v: &'a View,
    tables: &'a [StoredTable],
}

impl<'a> HandoverPage<'a> {
    pub(super) fn new(v: &'a View, tables: &'a [StoredTable]) -> Self {
        Self { v, tables }
    }

    fn about(&self, table: &StoredTable) -> String {
        self.v.words.try_say(&format!("handover-{}", table.table)).unwrap_or_default()
    }

    /// A class that has no words says too little to be left out.
    fn says(&self, class: &str) -> String {
        self.v.words.try_say(&format!("handover-class-{class}")).unwrap_or_else(|| class.to_owned())
    }
}

/// `GET /admin/audit/handover`
pub async fn show(signed: Signed) -> Answer {
    let tables = signed.api().handover(&signed.who).await.map_err(|error| signed.refused(&error))?;
    Ok(signed.page(OK, Section::Audit, "handover-title", &HandoverPage::new(&signed.view, &tables)))
}
