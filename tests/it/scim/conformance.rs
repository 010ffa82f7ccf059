//! Testers that others wrote: scim2-cli for what the standard asks, schemathesis for hostile input against our own OpenAPI.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use tests::postgres::{Database, Engine};
use tests::server::{Server, Setup};
use tests::{Finished, Process, binary};

use super::Provider;

/// For one tester.
const TESTER_TIMEOUT: Duration = Duration::from_secs(180);
/// What schemathesis spends on questions of its own invention, beside those that each parameter asks for.
const HOSTILE_S: u64 = 12;
/// So that a failure comes again.
const SEED: &str = "7643";
/// No failure of ours, and no answer that the OpenAPI does not know.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance";

/// A server whose certificate the testers trust.
struct Stage {
    server: Server,
    folder: TempDir,
    /// After the server.
    _database: Option<Database>,
}

impl Stage {
    fn set(engine: Engine) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("isoloir-scim-").tempdir()?;
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
        fs::write(&certificate, made.cert.pem())?;
        fs::write(&key, made.signing_key.serialize_pem())?;
        let config = folder.path().join("server.toml");
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Database::new()?),
        };
        let store = database.as_ref().map(Database::configuration).unwrap_or_default();
        fs::write(&config, format!("[tls]\ncertificate_file = 'certificate.pem'\nkey_file = 'key.pem'\n{store}"))?;
        let mut setup = Setup::in_folder(folder.path().join("server"));
        setup.config = Some(config);
        Ok(Self { server: setup.start()?, folder, _database: database })
    }

    fn tester(&self, name: &str) -> Result<Command> {
        let mut command = Command::new(binary::tool(name)?);
        command.current_dir(self.folder.path()).env("SSL_CERT_FILE", self.folder.path().join("certificate.pem"));
        command.env("HOME", self.folder.path()).env("NO_COLOR", "1");
        Ok(command)
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/scim/v2", self.server.address().port())
    }
}

fn said(finished: &Finished) -> String {
    format!("{}\n{}", finished.stdout.join("\n"), finished.stderr)
}

#[test]
fn the_standards_own_tester_finds_nothing() -> Result<()> {
    let stage = Stage::set(Engine::Sqlite)?;
    let provider = Provider::new(&stage.server)?;
    let mut scim2 = stage.tester("scim2")?;
    // Not on the command line: it is a secret.
    scim2.env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {}", provider.token));
    scim2.args(["--url", &stage.url(), "test", "--verbose"]);
    let finished = Process::run("scim2", scim2, TESTER_TIMEOUT)?;
    let (said, passed) = (said(&finished), finished.stdout.iter().filter(|line| line.starts_with("SUCCESS")).count());
    ensure!(finished.code == Some(0) && passed > 50, "{passed} passed:\n{said}");
    Ok(())
}

tests::on_both_engines! { hostile_input_is_answered_as_the_openapi_says }

fn hostile_input_is_answered_as_the_openapi_says(engine: Engine) -> Result<()> {
    let stage = Stage::set(engine)?;
    let provider = Provider::new(&stage.server)?;
    let mut schemathesis = stage.tester("schemathesis")?;
    let header = format!("Authorization: Bearer {}", provider.token);
    let (limit, certificate) = (HOSTILE_S.to_string(), stage.folder.path().join("certificate.pem"));
    schemathesis.args(["run", &format!("{}/openapi.json", stage.url()), "--url", &stage.url(), "--header", &header]);
    schemathesis.args(["--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-time", &limit, "--seed", SEED]);
    schemathesis.args(["--continue-on-failure", "--no-shrink", "--warnings", "off", "--tls-verify"]).arg(&certificate);
    let finished = Process::run("schemathesis", schemathesis, TESTER_TIMEOUT)?;
    let said = said(&finished);
    ensure!(finished.code == Some(0), "{said}");
    let tested =
        said.lines().find(|line| line.contains("Tested")).context("schemathesis says nothing of what it tested")?;
    ensure!(!tested.contains("Tested: 0"), "{said}");
    Ok(())
}
