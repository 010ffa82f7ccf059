//! Where the database is. A PostgreSQL URL is checked here before any driver reads it: the driver would ignore and log what it does not
//! know, and would go without TLS when nobody asked for it. It must never show the URL: it may hold a password.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::{fmt, fs};

use protocol::secret::Secret;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// What our connections are called in `pg_stat_activity`.
const APPLICATION_NAME: &str = "isoloir";
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
/// Parameters of a URL that mean something here.
const PARAMETERS: [&str; 11] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "port",
    "user",
    "password",
    "dbname",
    "options",
    "application_name",
];

/// Where the database is.
#[derive(Debug, Clone)]
pub enum Location {
    /// A file of our own, made when missing.
    Sqlite(PathBuf),
    Postgres(PostgresUrl),
}

impl Location {
    /// Whether both are one database, however it is written. Two names of one PostgreSQL are told apart by its own lock.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sqlite(one), Self::Sqlite(other)) => {
                let file = |path: &Path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
                one == other || file(one).is_some_and(|one| Some(one) == file(other))
            }
            _ => self.to_string() == other.to_string(),
        }
    }

    /// A PostgreSQL URL or else the path of a file, as a command line has it.
    pub fn of_argument(text: &str, ca_file: Option<&Path>) -> Result<Self, BadUrl> {
        if PostgresUrl::is_one(text) {
            PostgresUrl::parse(text, ca_file).map(Self::Postgres)
        } else if text.contains("://") {
            Err(BadUrl::Scheme)
        } else {
            Ok(Self::Sqlite(text.into()))
        }
    }
}

/// Without password: the file, or host and database.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => f.write_str(&url.place),
        }
    }
}

/// Why a URL cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    #[error("the URL does not begin with postgres:// or cannot be read")]
    Scheme,
    #[error("the URL names no database")]
    Database,
    #[error("the URL has a parameter that means nothing here")]
    Parameter,
}

/// A checked `postgres://` URL.
#[derive(Debug, Clone)]
pub struct PostgresUrl {
    /// With everything that the driver has to know.
    full: Secret<String>,
    place: String,
    reach: Reach,
    has_password: bool,
}

/// How the way to the database is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It does not leave this machine.
    Local,
    /// TLS, and the certificate is checked.
    Verified,
    /// Whoever is on the way can read or replace what is said.
    Open,
}

impl PostgresUrl {
    pub fn is_one(text: &str) -> bool {
        SCHEMES.iter().any(|scheme| text.starts_with(scheme))
    }

    /// Checks a URL. Unless it says otherwise, TLS with a verified certificate is demanded of everything but this machine; `ca_file`
    /// (PEM) is believed beside the public roots.
    pub fn parse(text: &str, ca_file: Option<&Path>) -> Result<Self, BadUrl> {
        if !Self::is_one(text) || text.contains('#') {
            return Err(BadUrl::Scheme);
        }
        let mut full = text.to_owned();
        let keys: Vec<&str> = parameters(text).map(|(key, _)| key).collect();
        if keys.iter().any(|key| !PARAMETERS.contains(key) && !key.starts_with("options[")) {
            return Err(BadUrl::Parameter);
        }
        let said = PgConnectOptions::from_str(text).map_err(|_| BadUrl::Scheme)?;
        let database = said.get_database().filter(|name| !name.is_empty()).ok_or(BadUrl::Database)?;
        let is_local = said.get_socket().is_some() || is_loopback(said.get_host());
        let mode = match (keys.contains(&"sslmode"), is_local && ca_file.is_none()) {
            (true, _) => said.get_ssl_mode(),
            (false, true) => add(&mut full, "sslmode", "prefer", PgSslMode::Prefer),
            (false, false) => add(&mut full, "sslmode", "verify-full", PgSslMode::VerifyFull),
        };
        if let Some(file) = ca_file {
            add(&mut full, "sslrootcert", &file.to_string_lossy(), ());
        }
        if !keys.contains(&"application_name") {
            add(&mut full, "application_name", APPLICATION_NAME, ());
        }
        let place = match said.get_socket() {
            Some(socket) => format!("{}/{database}", socket.display()),
            None => format!("{}:{}/{database}", said.get_host(), said.get_port()),
        };
        let reach = match mode {
            PgSslMode::VerifyFull | PgSslMode::VerifyCa => Reach::Verified,
            _ if is_local => Reach::Local,
            _ => Reach::Open,
        };
        Ok(Self { full: Secret::new(full), place, reach, has_password: has_password(text) })
    }

    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Whether a password stands in the URL itself.
    pub fn has_password(&self) -> bool {
        self.has_password
    }

    pub(super) fn expose(&self) -> &str {
        self.full.expose()
    }
}

fn parameters(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let query = text.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn has_password(text: &str) -> bool {
    let after = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = after.split(['/', '?']).next().unwrap_or_default();
    let in_authority = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    in_authority || parameters(text).any(|(key, _)| key == "password")
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What comes later in a URL wins.
fn add<T>(url: &mut String, key: &str, value: &str, meaning: T) -> T {
    url.push(if url.contains('?') { '&' } else { '?' });
    let pair = form_urlencoded::Serializer::new(String::new()).append_pair(key, value).finish();
    url.push_str(&pair);
    meaning
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_itself_however_its_path_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |path: &str| Location::Sqlite(folder.path().join(path));
        fs::create_dir(folder.path().join("inner")).expect("a folder");
        for name in ["one", "other"] {
            fs::write(folder.path().join(name), "").expect("a file");
        }
        std::os::unix::fs::symlink("one", folder.path().join("alias")).expect("a link");
        for same in ["one", "./one", "inner/../one", "alias"] {
            assert!(file("one").is(&file(same)), "{same}");
        }
        assert!(!file("one").is(&file("other")) && !file("one").is(&file("none")));
        assert!(file("none").is(&file("none")));
    }

    fn parse(text: &str) -> Result<PostgresUrl, BadUrl> {
        PostgresUrl::parse(text, None)
    }

    #[test]
    fn nobody_goes_without_tls_by_forgetting_it() {
        let reach = |text| parse(text).map(|url| url.reach());
        assert_eq!(reach("postgres://isoloir@db.example/isoloir"), Ok(Reach::Verified));
        assert_eq!(reach("postgresql://isoloir@db.example:5433/isoloir?sslmode=verify-ca"), Ok(Reach::Verified));
        assert_eq!(reach("postgres://isoloir@db.example/isoloir?sslmode=require"), Ok(Reach::Open));
        assert_eq!(reach("postgres://isoloir@[::1]/isoloir"), Ok(Reach::Local));
        assert_eq!(reach("postgres:///isoloir?host=/run/postgresql"), Ok(Reach::Local));
        let own = PostgresUrl::parse("postgres://a@127.0.0.1/b", Some(Path::new("/etc/ca file.pem"))).expect("usable");
        assert_eq!(own.reach(), Reach::Verified);
        assert!(own.expose().contains("sslrootcert=%2Fetc%2Fca+file.pem"), "{}", own.expose());
    }

    #[test]
    fn what_means_nothing_is_refused_before_a_driver_logs_it() {
        assert_eq!(parse("postgres://a@h/b?pasword=canary").map(|_| ()), Err(BadUrl::Parameter));
        assert_eq!(parse("mysql://a@h/b").map(|_| ()), Err(BadUrl::Scheme));
        assert_eq!(parse("postgres://a@h/b#c").map(|_| ()), Err(BadUrl::Scheme));
        assert_eq!(parse("postgres://a@h").map(|_| ()), Err(BadUrl::Database));
    }

    #[test]
    fn a_password_is_noticed_and_never_shown() {
        for text in ["postgres://a:canary@h/b", "postgres://a@h/b?password=canary"] {
            let url = parse(text).expect("usable");
            assert!(url.has_password());
            let location = Location::Postgres(url);
            assert_eq!(location.to_string(), "h:5432/b");
            assert!(!format!("{location:?}").contains("canary"));
        }
        assert!(!parse("postgres://a@h/b").expect("usable").has_password());
    }
}
