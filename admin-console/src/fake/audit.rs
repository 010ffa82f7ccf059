//! The audit of the organization in memory: a page of it, and an export that is none.

use futures_util::StreamExt as _;

use super::Fake;
use crate::api::*;

impl Fake {
    pub(super) fn audit_page(&self, who: &Administrator, position: AuditPosition) -> Result<AuditPage, ApiError> {
        let state = self.with(who, Right::AuditSee)?;
        let before = match position {
            AuditPosition::Newest => u64::MAX,
            AuditPosition::Before(index) => index,
        };
        let rows = state.audit.iter().rev().filter(|row| row.index < before).take(AUDIT_PAGE_ROWS).cloned().collect();
        Ok(AuditPage { rows, entries: state.audit.len() as u64 })
    }

    pub(super) fn audit_exported(&self) -> Result<AuditExport, ApiError> {
        let entries = self.up()?.audit.len();
        let lines = (0..entries).map(|index| Ok(bytes::Bytes::from(format!("{{\"index\":{index}}}\n"))));
        Ok(futures_util::stream::iter(lines.collect::<Vec<_>>()).boxed())
    }
}
