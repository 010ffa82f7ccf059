//! A tester that others wrote: schemathesis with hostile input, against our own OpenAPI of `/api/v1` and of the endpoints where
//! strangers ask.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tempfile::TempDir;
use tests::identity_provider::IdentityProvider;
use tests::server::{Server, Setup};
use tests::{Process, binary};

use super::Program;

/// For one tester.
const TESTER_TIMEOUT: Duration = Duration::from_secs(240);
/// What schemathesis spends on questions of its own invention, beside those that each parameter asks for.
const HOSTILE_S: u64 = 40;
/// So that a failure comes again.
const SEED: &str = "9457";
/// No failure of ours, and no answer that the OpenAPI does not know.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance";
/// Bodies of CBOR are bytes to the tester: what is in them is for the tests of the protocol.
const HOOKS: &str =
    "import schemathesis\nschemathesis.serializer.alias(\"application/cbor\", \"application/octet-stream\")\n";

/// A server with a provider and a few people, whose certificate the tester trusts.
struct Stage {
    server: Server,
    folder: TempDir,
    _provider: IdentityProvider,
}

impl Stage {
    fn set() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("isoloir-api-").tempdir()?;
        let root = folder.path();
        let provider = IdentityProvider::start(&json!([]), "https://localhost/")?;
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        fs::write(root.join("certificate.pem"), made.cert.pem())?;
        fs::write(root.join("key.pem"), made.signing_key.serialize_pem())?;
        fs::write(root.join("hooks.py"), HOOKS)?;
        let tls = "[tls]\ncertificate_file = \"certificate.pem\"\nkey_file = \"key.pem\"\n";
        let config = root.join("server.toml");
        fs::write(
            &config,
            format!("{tls}{}", provider.configuration("isoloir", "person_claim = \"preferred_username\"")),
        )?;
        let mut setup = Setup::in_folder(root.join("server"));
        setup.config = Some(config);
        let server = setup.start()?;
        let people = root.join("people.csv");
        let row = |n: u32| format!("notary{n:03},Notary {n:03},notary{n:03}@example.test\n");
        fs::write(&people, format!("login,name,mail\n{}", (1..=6).map(row).collect::<String>()))?;
        server.admin(&["people".as_ref(), "import".as_ref(), people.as_os_str()])?;
        Ok(Self { server, folder, _provider: provider })
    }

    /// What the tester finds at the OpenAPI of this path, whose own paths are below `base`.
    fn tested(&self, base: &str, more: &[&str]) -> Result<()> {
        let root = self.folder.path();
        let url = format!("https://localhost:{}{base}", self.server.address().port());
        let description =
            if base.is_empty() { format!("{url}/v1/openapi.json") } else { format!("{url}/openapi.json") };
        let mut schemathesis = Command::new(binary::tool("schemathesis")?);
        schemathesis.current_dir(root).env("HOME", root).env("NO_COLOR", "1");
        schemathesis.env("SSL_CERT_FILE", root.join("certificate.pem")).env("SCHEMATHESIS_HOOKS", "hooks");
        schemathesis.env("PYTHONPATH", root);
        schemathesis.args(["run", &description, "--url", &url, "--checks", CHECKS]).args(more);
        let limit = HOSTILE_S.to_string();
        schemathesis.args(["--phases", "coverage,fuzzing", "--max-time", &limit, "--seed", SEED]);
        schemathesis.args(["--continue-on-failure", "--no-shrink", "--warnings", "off", "--tls-verify"]);
        schemathesis.arg(root.join("certificate.pem"));
        let finished = Process::run("schemathesis", schemathesis, TESTER_TIMEOUT)?;
        let said = format!("{}\n{}", finished.stdout.join("\n"), finished.stderr);
        ensure!(finished.code == Some(0), "{said}");
        let tested = said.lines().find(|line| line.contains("Tested")).context("nothing was tested")?;
        ensure!(!tested.contains("Tested: 0"), "{said}");
        Ok(())
    }
}

#[test]
fn hostile_programs_are_answered_as_the_openapi_says() -> Result<()> {
    let stage = Stage::set()?;
    let program = Program::new(&stage.server, "administer")?;
    stage.tested("/api/v1", &["--header", &format!("Authorization: Bearer {}", program.token)])
}

#[test]
fn strangers_are_answered_as_the_openapi_says() -> Result<()> {
    Stage::set()?.tested("", &[])
}
