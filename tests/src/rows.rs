//! What a server has stored: every row of every table of its database, read beside the running server, for comparison.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

/// Table name → its rows, each as SQL literals, in a stable order.
pub type Rows = BTreeMap<String, Vec<String>>;

/// Reads all tables of the SQLite database in a server's data folder, write-ahead log included, in one snapshot.
///
/// # Errors
/// When there is no database or it cannot be read.
pub fn stored(data: &Path) -> Result<Rows> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(read(&database(data)?))
}

/// The tables whose rows differ between two readings, with their row counts.
pub fn changes(before: &Rows, after: &Rows) -> Value {
    let mut changed = BTreeMap::new();
    for table in before.keys().chain(after.keys()) {
        let (old, new) = (before.get(table), after.get(table));
        if old != new {
            changed
                .insert(table.clone(), json!({ "before": old.map_or(0, Vec::len), "after": new.map_or(0, Vec::len) }));
        }
    }
    json!(changed)
}

/// The one database file in the folder, whatever it is called: told by its first bytes.
fn database(data: &Path) -> Result<std::path::PathBuf> {
    let is_database = |path: &std::path::PathBuf| {
        let mut magic = [0_u8; 16];
        let opened = std::fs::File::open(path);
        opened.and_then(|mut file| std::io::Read::read_exact(&mut file, &mut magic)).is_ok()
            && &magic == b"SQLite format 3\0"
    };
    let files = data.read_dir().with_context(|| format!("{}", data.display()))?;
    files
        .flatten()
        .map(|entry| entry.path())
        .find(is_database)
        .with_context(|| format!("no database in {}", data.display()))
}

async fn read(file: &Path) -> Result<Rows> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut connection: SqliteConnection = options.connect().await?;
    let mut snapshot = connection.begin().await?;
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .fetch_all(&mut *snapshot)
        .await?;
    let mut rows = Rows::new();
    for table in tables {
        let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1) ORDER BY cid")
            .bind(&table)
            .fetch_all(&mut *snapshot)
            .await?;
        let literals =
            columns.iter().map(|column| format!("quote(\"{column}\")")).collect::<Vec<_>>().join(" || ',' || ");
        let text = format!("SELECT {literals} AS row FROM \"{table}\" ORDER BY row");
        rows.insert(table, sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(&mut *snapshot).await?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_row_is_a_change_and_nothing_is_none() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let options = SqliteConnectOptions::new().filename(folder.path().join("any.db")).create_if_missing(true);
        let mut writer = runtime.block_on(options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal).connect())?;
        let mut write = |text: &'static str| runtime.block_on(sqlx::raw_sql(text).execute(&mut writer));
        write("CREATE TABLE member (id BLOB, name TEXT); INSERT INTO member VALUES (x'00', 'Notary 01')")?;
        let before = stored(folder.path())?;
        assert_eq!(changes(&before, &stored(folder.path())?), json!({}));
        write("INSERT INTO member VALUES (x'01', NULL)")?;
        let expected = json!({ "member": { "before": 1, "after": 2 } });
        assert_eq!(changes(&before, &stored(folder.path())?), expected);
        Ok(())
    }
}
