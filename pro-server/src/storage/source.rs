//! Table `directory_source`: which sources of people there have ever been. A row is never deleted: its number is taken.

use crate::domain::source::{Origin, Source, SourceKind, SourceName};

use super::row::Column;
use super::{StorageError, Tx};

const TABLE: &str = "directory_source";

fn kind_number(kind: SourceKind) -> i64 {
    match kind {
        SourceKind::BuiltIn => 1,
        SourceKind::Ldap => 2,
        SourceKind::Scim => 3,
    }
}

fn kind_of(number: i64) -> Result<SourceKind, StorageError> {
    let all = [SourceKind::BuiltIn, SourceKind::Ldap, SourceKind::Scim];
    all.into_iter().find(|kind| kind_number(*kind) == number).ok_or(Column(TABLE, "kind").corrupt())
}

fn read((number, kind, name): (i64, i64, String)) -> Result<Origin, StorageError> {
    let number = u32::try_from(number).map_err(|_| Column(TABLE, "number").corrupt())?;
    Ok(Origin {
        source: Source::of_number(number),
        kind: kind_of(kind)?,
        name: SourceName::parse(&name).map_err(|_| Column(TABLE, "name").corrupt())?,
    })
}

/// Every source ever known, by number.
pub async fn all(tx: &mut Tx) -> Result<Vec<Origin>, StorageError> {
    let select = "SELECT number, kind, name FROM directory_source ORDER BY number";
    tx.rows(TABLE, sqlx::query_as::<_, (i64, i64, String)>(select)).await?.into_iter().map(read).collect()
}

/// Notes a source. Its number and its name must be new.
pub async fn insert(tx: &mut Tx, origin: &Origin) -> Result<(), StorageError> {
    let insert = sqlx::query("INSERT INTO directory_source (number, kind, name) VALUES ($1, $2, $3)")
        .bind(i64::from(origin.source.number()))
        .bind(kind_number(origin.kind))
        .bind(origin.name.as_str().to_owned());
    tx.one(TABLE, insert).await
}

/// How many people of each source stand listed, by number of the source.
pub async fn listed(tx: &mut Tx) -> Result<Vec<(Source, u64)>, StorageError> {
    let select = "SELECT source, COUNT(*) FROM member WHERE listed = 1 GROUP BY source ORDER BY source";
    let read = |(number, count): (i64, i64)| {
        let column = Column("member", "source");
        let number = u32::try_from(number).map_err(|_| column.corrupt())?;
        Ok((Source::of_number(number), column.number(count)?))
    };
    tx.rows("member", sqlx::query_as::<_, (i64, i64)>(select)).await?.into_iter().map(read).collect()
}
