//! Leaks as somebody could build them in by mistake, planted beside the server and never in it: the comparison has to see each.

use protocol::ids::{Address, SessionId};
use sqlx::any::AnyConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AnyConnection, ConnectOptions as _, Connection as _};

use crate::home::Home;

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
    database: Option<AnyConnection>,
}

impl Leaking {
    pub async fn start(leak: Leak, home: &Home) -> Self {
        let database = if leak == Leak::Rows { Some(table(home).await) } else { None };
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

/// A table beside those of the server.
async fn table(home: &Home) -> AnyConnection {
    let (url, create) = match home.database() {
        Some(database) => (database.url().parse().expect("a URL"), "CREATE TABLE delivery (address BYTEA NOT NULL)"),
        None => {
            let file = SqliteConnectOptions::new().filename(home.data().join("server.db"));
            (file.to_url_lossy(), "CREATE TABLE delivery (address BLOB NOT NULL)")
        }
    };
    let options = AnyConnectOptions::from_url(&url).expect("a URL").disable_statement_logging();
    let mut connection = options.connect().await.expect("connected");
    sqlx::raw_sql(create).execute(&mut connection).await.expect("made");
    connection
}
