//! The report for a lawful request or a data-protection officer: what this server stores, made from the database as it is.

use crate::domain::access::{AuditRead, Grant};
use crate::domain::handover::{Class, class};
use crate::storage;

use super::{ServiceError, Services};

/// A table, how many rows it has, and what its fields say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableView {
    pub table: String,
    pub rows: u64,
    pub fields: Vec<(String, Class)>,
}

impl Services {
    /// Every table, in a fixed order. No value of any field is read.
    pub async fn handover(&self, _: &Grant<AuditRead>) -> Result<Vec<TableView>, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let counted = storage::copy::counted(&mut tx).await?;
        let view = |counted: storage::copy::Counted| {
            let fields = counted.fields.into_iter().map(|field| {
                let class = class(&counted.table, &field);
                (field, class)
            });
            TableView { fields: fields.collect(), rows: counted.rows, table: counted.table }
        };
        Ok(counted.into_iter().map(view).collect())
    }
}
