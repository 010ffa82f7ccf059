//! Everything of one database into another, whatever their engines, in the transactions of the caller. It must never leave a table or a
//! column behind: what there is, the engines say themselves, and what was written is read back and compared.

use futures_util::TryStreamExt as _;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Row as _};

use super::dialect::Engine;
use super::migrate::SQLITE_MIGRATIONS;
use super::{StorageError, Tx, answered};

/// Each engine's own migrations write this one, and the mark of a moved database stays where it is.
const OWN_TABLES: [&str; 2] = [super::migrate::TABLE, super::moved::TABLE];
/// Rows that are written by one statement.
const ROWS_PER_STATEMENT: usize = 128;
/// Rows between two words about how far it is.
const ROWS_PER_WORD: u64 = 10_000;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Table {
    name: String,
    /// By name: the order in which an engine has them does not matter.
    columns: Vec<(String, Kind)>,
    key: Vec<String>,
}

/// A column as an engine describes it: table, name, type, place in the primary key (0: none).
pub(super) type Described = (String, String, String, i64);

/// A table of both databases with the same rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub table: String,
    pub rows: u64,
    /// BLAKE3 of all values in the order of the primary key.
    pub digest: [u8; 32],
}

/// Told now and then: the table, and how many of its rows are done.
pub type Progress<'a> = &'a mut (dyn FnMut(&str, u64) + Send);

enum Value {
    Null(Kind),
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

fn corrupt() -> StorageError {
    StorageError::Corrupt { table: "*", column: "*" }
}

/// Copies every table, and reads it back. The tables of `to` are empty.
pub async fn copy(from: &mut Tx, to: &mut Tx, progress: Progress<'_>) -> Result<Vec<Compared>, StorageError> {
    let mut copied = Vec::new();
    for table in same_tables(from, to).await? {
        let written = table.copy(from, to, progress).await?;
        let found = table.read(to, |_| Ok(())).await?;
        if written != found {
            return Err(corrupt());
        }
        copied.push(written);
    }
    Ok(copied)
}

/// Every table of a database, with its rows counted and digested.
pub async fn digest(tx: &mut Tx) -> Result<Vec<Compared>, StorageError> {
    let mut found = Vec::new();
    for table in tables(tx).await? {
        found.push(table.read(tx, |_| Ok(())).await?);
    }
    Ok(found)
}

/// A table as the engine itself describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub table: String,
    pub fields: Vec<String>,
    pub rows: u64,
}

/// Every table of a database with its fields and the number of its rows.
pub async fn counted(tx: &mut Tx) -> Result<Vec<Counted>, StorageError> {
    let mut found = Vec::new();
    for Table { name, columns, .. } in tables(tx).await? {
        let select = AssertSqlSafe(format!("SELECT COUNT(*) FROM \"{name}\""));
        let count = answered(sqlx::query_as::<_, (i64,)>(select).fetch_one(&mut *tx.transaction)).await;
        let (count,) = count.map_err(|error| StorageError::of(error, "*"))?;
        let rows = u64::try_from(count).map_err(|_| corrupt())?;
        found.push(Counted { table: name, fields: columns.into_iter().map(|(name, _)| name).collect(), rows });
    }
    Ok(found)
}

/// Whether nothing but the schema is in it.
pub async fn is_empty(tx: &mut Tx) -> Result<bool, StorageError> {
    for table in tables(tx).await? {
        let select = AssertSqlSafe(format!("SELECT 1 FROM \"{}\" LIMIT 1", table.name));
        let found = answered(sqlx::query(select).fetch_optional(&mut *tx.transaction)).await;
        if found.map_err(|error| StorageError::of(error, "*"))?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn same_tables(from: &mut Tx, to: &mut Tx) -> Result<Vec<Table>, StorageError> {
    let (ours, theirs) = (tables(from).await?, tables(to).await?);
    if ours == theirs { Ok(ours) } else { Err(corrupt()) }
}

/// All tables, those first to which others refer.
async fn tables(tx: &mut Tx) -> Result<Vec<Table>, StorageError> {
    let mut tables: Vec<(Table, Vec<(i64, String)>)> = Vec::new();
    let described = tx.rows::<Described>("*", sqlx::query_as(tx.engine.describe())).await?;
    for (name, column, kind, place) in described {
        if OWN_TABLES.contains(&name.as_str()) {
            continue;
        }
        if tables.last().is_none_or(|(table, _)| table.name != name) {
            tables.push((Table { name, columns: Vec::new(), key: Vec::new() }, Vec::new()));
        }
        let Some((table, key)) = tables.last_mut() else { return Err(corrupt()) };
        table.columns.push((column.clone(), Kind::of(&kind)?));
        if place > 0 {
            key.push((place, column));
        }
    }
    let mut ordered = Vec::new();
    for (mut table, mut key) in tables {
        key.sort();
        table.columns.sort_by(|a, b| a.0.cmp(&b.0));
        table.key = key.into_iter().map(|(_, column)| column).collect();
        if table.key.is_empty() {
            // Without an order there is no digest.
            return Err(corrupt());
        }
        ordered.push((made(&table.name), table));
    }
    ordered.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    Ok(ordered.into_iter().map(|(_, table)| table).collect())
}

/// Where the migrations make the table: nothing refers to a table that is made later.
fn made(table: &str) -> Option<(usize, usize)> {
    let create = format!("CREATE TABLE {table} ");
    let places = SQLITE_MIGRATIONS.iter().map(|migration| migration.text.find(&create));
    places.enumerate().find_map(|(migration, place)| place.map(|place| (migration, place)))
}

impl Kind {
    fn of(name: &str) -> Result<Self, StorageError> {
        match name.to_ascii_uppercase().as_str() {
            "BIGINT" => Ok(Self::Number),
            "TEXT" => Ok(Self::Text),
            "BLOB" | "BYTEA" => Ok(Self::Bytes),
            _ => Err(corrupt()),
        }
    }

    fn read(self, row: &AnyRow, index: usize) -> Result<Value, sqlx::Error> {
        Ok(match self {
            Self::Number => row.try_get::<Option<i64>, _>(index)?.map(Value::Number),
            Self::Text => row.try_get::<Option<String>, _>(index)?.map(Value::Text),
            Self::Bytes => row.try_get::<Option<Vec<u8>>, _>(index)?.map(Value::Bytes),
        }
        .unwrap_or(Value::Null(self)))
    }
}

impl Value {
    /// No two values have the same bytes, nor two rows.
    fn digest(&self, hasher: &mut blake3::Hasher) {
        let (tag, bytes): (u8, &[u8]) = match self {
            Self::Null(_) => (0, &[]),
            Self::Number(number) => (1, &number.to_be_bytes()),
            Self::Text(text) => (2, text.as_bytes()),
            Self::Bytes(bytes) => (3, bytes),
        };
        hasher.update(&[tag]).update(&(bytes.len() as u64).to_be_bytes()).update(bytes);
    }

    fn bind(self, statement: Query<'_, Any, AnyArguments>) -> Query<'_, Any, AnyArguments> {
        match self {
            Self::Null(Kind::Number) => statement.bind(None::<i64>),
            Self::Null(Kind::Text) => statement.bind(None::<String>),
            Self::Null(Kind::Bytes) => statement.bind(None::<Vec<u8>>),
            Self::Number(number) => statement.bind(number),
            Self::Text(text) => statement.bind(text),
            Self::Bytes(bytes) => statement.bind(bytes),
        }
    }
}

fn quoted<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

impl Table {
    fn columns(&self) -> String {
        quoted(self.columns.iter().map(|(name, _)| name))
    }

    /// Hands every row to `each`, in the order of the key; what they are together.
    async fn read(
        &self,
        tx: &mut Tx,
        mut each: impl FnMut(Vec<Value>) -> Result<(), StorageError>,
    ) -> Result<Compared, StorageError> {
        let mut reading = Reading::default();
        let text = self.select();
        let mut rows = sqlx::query(AssertSqlSafe(text)).fetch(&mut *tx.transaction);
        while let Some(row) = next(&mut rows).await? {
            each(reading.take(self, &row)?)?;
        }
        Ok(reading.done(self))
    }

    fn select(&self) -> String {
        format!("SELECT {} FROM \"{}\" ORDER BY {}", self.columns(), self.name, quoted(self.key.iter()))
    }

    async fn copy(&self, from: &mut Tx, to: &mut Tx, progress: Progress<'_>) -> Result<Compared, StorageError> {
        let mut reading = Reading::default();
        let text = self.select();
        let mut rows = sqlx::query(AssertSqlSafe(text)).fetch(&mut *from.transaction);
        let mut batch = Vec::with_capacity(ROWS_PER_STATEMENT);
        while let Some(row) = next(&mut rows).await? {
            batch.push(reading.take(self, &row)?);
            if batch.len() == ROWS_PER_STATEMENT {
                self.insert(to, &mut batch).await?;
            }
            if reading.rows.is_multiple_of(ROWS_PER_WORD) {
                progress(&self.name, reading.rows);
            }
        }
        self.insert(to, &mut batch).await?;
        progress(&self.name, reading.rows);
        Ok(reading.done(self))
    }

    async fn insert(&self, to: &mut Tx, batch: &mut Vec<Vec<Value>>) -> Result<(), StorageError> {
        if batch.is_empty() {
            return Ok(());
        }
        let row = |first: usize| {
            let places: Vec<String> = (1..=self.columns.len()).map(|place| format!("${}", first + place)).collect();
            format!("({})", places.join(", "))
        };
        let rows: Vec<String> = (0..batch.len()).map(|index| row(index * self.columns.len())).collect();
        let text = format!("INSERT INTO \"{}\" ({}) VALUES {}", self.name, self.columns(), rows.join(", "));
        let count = batch.len() as u64;
        let statement = batch.drain(..).flatten().fold(sqlx::query(AssertSqlSafe(text)), |to, value| value.bind(to));
        let done = answered(statement.execute(&mut *to.transaction)).await;
        match done.map_err(|error| StorageError::of(error, "*"))?.rows_affected() {
            written if written == count => Ok(()),
            _ => Err(corrupt()),
        }
    }
}

async fn next(
    rows: &mut (impl futures_util::Stream<Item = Result<AnyRow, sqlx::Error>> + Unpin),
) -> Result<Option<AnyRow>, StorageError> {
    answered(rows.try_next()).await.map_err(|error| StorageError::of(error, "*"))
}

/// Rows that go by.
#[derive(Default)]
struct Reading {
    rows: u64,
    hasher: blake3::Hasher,
}

impl Reading {
    fn take(&mut self, table: &Table, row: &AnyRow) -> Result<Vec<Value>, StorageError> {
        self.rows += 1;
        let values = table.columns.iter().enumerate().map(|(index, (_, kind))| kind.read(row, index));
        let values = values.collect::<Result<Vec<_>, _>>().map_err(|error| StorageError::of(error, "*"))?;
        for value in &values {
            value.digest(&mut self.hasher);
        }
        Ok(values)
    }

    fn done(self, table: &Table) -> Compared {
        Compared { table: table.name.clone(), rows: self.rows, digest: *self.hasher.finalize().as_bytes() }
    }
}

impl Engine {
    /// All columns of all tables of ours.
    const fn describe(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT m.name, p.name, p.type, p.pk FROM sqlite_schema AS m, pragma_table_info(m.name) AS p
                    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name"
            }
            Self::Postgres => {
                "SELECT CAST(c.relname AS TEXT), CAST(a.attname AS TEXT), format_type(a.atttypid, NULL),
                    CAST(COALESCE(array_position(CAST(i.indkey AS SMALLINT[]), a.attnum) + 1, 0) AS BIGINT)
                    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema()
                    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
                    WHERE c.relkind = 'r' ORDER BY c.relname"
            }
        }
    }
}
