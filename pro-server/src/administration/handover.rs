//! What a running server says of what it stores.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::service::handover::TableView;

/// A table of the database.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct StoredRow {
    pub table: String,
    pub rows: u64,
    pub fields: Vec<FieldRow>,
}

/// A field, and what it says of somebody.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldRow {
    pub field: String,
    /// `personal`, `pseudonym`, `sealed`, `secret` or `technical`.
    pub says: String,
}

impl From<TableView> for StoredRow {
    fn from(table: TableView) -> Self {
        let fields = table.fields.into_iter().map(|(field, class)| FieldRow { field, says: class.name().to_owned() });
        StoredRow { table: table.table, rows: table.rows, fields: fields.collect() }
    }
}
