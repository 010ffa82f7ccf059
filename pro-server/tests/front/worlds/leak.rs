//! Leaks as somebody could build them in by mistake, planted beside the server and never in it: the comparison has to see each.

use std::path::Path;

use protocol::ids::{Address, SessionId};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leak {
    None,
    /// The destination in a DEBUG line.
    Log,
    /// A metric with the session in a label.
    Metric,
    /// A row for each envelope, in the order in which they came.
    Rows,
}

pub struct Leaking {
    leak: Leak,
    database: Option<SqliteConnection>,
}

impl Leaking {
    pub async fn start(leak: Leak, data: &Path) -> Self {
        let database = if leak == Leak::Rows {
            let options = SqliteConnectOptions::new().filename(data.join("server.db")).disable_statement_logging();
            let mut database = options.connect().await.expect("connected");
            sqlx::raw_sql("CREATE TABLE delivery (address BLOB NOT NULL)").execute(&mut database).await.expect("made");
            Some(database)
        } else {
            None
        };
        Leaking { leak, database }
    }

    /// An envelope has reached its receiver.
    pub async fn delivered(&mut self, address: Address, session: SessionId) {
        match self.leak {
            Leak::None => {}
            Leak::Log => tracing::debug!(target: "pro_server::tasks::hub", %address, "delivered"),
            Leak::Metric => metrics::counter!("isoloir_delivered_total", "session" => session.to_string()).increment(1),
            Leak::Rows => {
                let insert = sqlx::query("INSERT INTO delivery VALUES ($1)").bind(address.as_bytes().to_vec());
                insert.execute(self.database.as_mut().expect("connected")).await.expect("inserted");
            }
        }
    }

    /// Lets go of the database, so that the server alone decides when its log is folded in.
    pub async fn end(&mut self) {
        if let Some(database) = self.database.take() {
            database.close().await.expect("closed");
        }
    }
}
