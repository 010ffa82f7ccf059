//! Leaks that a careless change could bring, planted through the server's own log, metrics and database: with any of them
//! two worlds must differ, or the comparison proves nothing.

use std::path::Path;
use std::str::FromStr;

use anyhow::{Result, bail};
use protocol::ids::Address;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

/// What is planted at each envelope.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Leak {
    None,
    /// The address, in the log at DEBUG.
    Log,
    /// A label that tells addresses apart, on a counter.
    Metric,
    /// A row in the order of arrival.
    Row,
}

impl FromStr for Leak {
    type Err = anyhow::Error;

    fn from_str(word: &str) -> Result<Self> {
        Ok(match word {
            "none" => Self::None,
            "log" => Self::Log,
            "metric" => Self::Metric,
            "row" => Self::Row,
            _ => bail!("no such leak: {word}"),
        })
    }
}

impl Leak {
    pub async fn plant(self, data: &Path, sender: usize, recipient: Address) -> Result<()> {
        match self {
            Self::None => {}
            Self::Log => tracing::debug!(target: "pro_server::planted", address = %recipient, "delivered"),
            Self::Metric => {
                let label = format!("{sender} {recipient}");
                metrics::counter!("isoloir_planted_total", "pair" => label).increment(1);
            }
            Self::Row => {
                let options = SqliteConnectOptions::new().filename(data.join("server.db"));
                let mut connection = options.connect().await?;
                sqlx::raw_sql("CREATE TABLE IF NOT EXISTS planted (address BLOB)").execute(&mut connection).await?;
                let insert = sqlx::query("INSERT INTO planted VALUES ($1)").bind(recipient.as_bytes().to_vec());
                insert.execute(&mut connection).await?;
                connection.close().await?;
            }
        }
        Ok(())
    }
}
