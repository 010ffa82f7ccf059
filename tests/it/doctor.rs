//! `pro-server doctor` against real breakages: each is named by its code, said in both languages with a next step, and ends with
//! exit code 1. What works is not complained about.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::openldap::OpenLdap;
use tests::{Finished, Place, Process, binary, step};

use crate::office::{Office, Places};

const STAFF: &str = "(objectClass=inetOrgPerson)";

fn doctor(data: &Path, config: Option<&Path>, locale: &str, options: &[&str]) -> Result<Finished> {
    let mut command = Place::Host.command(&binary::built("pro-server")?);
    command.env("LC_ALL", locale).arg("--data").arg(data).args(options);
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    command.arg("doctor");
    Process::run("pro-server doctor", command, step())
}

/// The codes that are not fine, with whether each is a problem.
fn findings(finished: &Finished) -> Result<Vec<(String, bool)>> {
    let mut found = Vec::new();
    for line in &finished.stdout {
        let finding: Value = serde_json::from_str(line).with_context(|| line.clone())?;
        let code = finding["code"].as_str().context("no code")?.to_owned();
        ensure!(finding["text"].as_str().is_some_and(|text| text != code), "{code} has no words");
        if finding["severity"] != "fine" {
            found.push((code, finding["severity"] == "problem"));
        }
    }
    Ok(found)
}

/// Exactly this is wrong, it is said in both languages, and the exit code says so.
fn finds(data: &Path, config: Option<&Path>, code: &str) -> Result<()> {
    let seen = doctor(data, config, "C", &["--json"])?;
    let problems: Vec<String> =
        findings(&seen)?.into_iter().filter_map(|(code, is_problem)| is_problem.then_some(code)).collect();
    assert_eq!(problems, [code]);
    assert_eq!(seen.code, Some(1), "{code}");
    let said = |locale: &str| doctor(data, config, locale, &[]).map(|said| said.stdout.join("\n"));
    let (english, french) = (said("C")?, said("fr_FR.UTF-8")?);
    ensure!(english.contains("PROBLEM: ") && french.contains("DÉFAUT : "), "{english}\n{french}");
    Ok(())
}

/// An organization whose server has stopped, and room for configurations.
struct Patient {
    office: Office,
}

impl Patient {
    fn new() -> Result<Self> {
        let mut office = Office::closed(Places::here(), None, "")?;
        office.server.stop()?;
        fs::set_permissions(office.server.data(), fs::Permissions::from_mode(0o700))?;
        Ok(Self { office })
    }

    fn data(&self) -> &Path {
        self.office.server.data()
    }

    fn config(&self, text: &str) -> Result<PathBuf> {
        let path = self.office.path("doctor.toml");
        fs::write(&path, format!("[http]\nlisten = \"127.0.0.1:0\"\n{text}"))?;
        Ok(path)
    }
}

#[test]
fn a_sound_server_has_nothing_wrong_whether_it_serves_or_not() -> Result<()> {
    let mut patient = Patient::new()?;
    let config = patient.config("")?;
    let before = doctor(patient.data(), Some(&config), "C", &["--json"])?;
    assert_eq!(before.code, Some(0), "{:?}", before.stdout);
    // The root key should not lie there; that is all.
    assert_eq!(findings(&before)?, [("keys-root-here".to_owned(), false)]);
    patient.office.server.start()?;
    let serving = doctor(patient.data(), None, "C", &["--json"])?;
    assert_eq!(serving.code, Some(0), "{:?}", serving.stdout);
    assert!(serving.stdout.join("\n").contains("ports-serving"));
    let nowhere = patient.office.path("nowhere");
    assert_eq!(doctor(&nowhere, Some(&config), "C", &[])?.code, Some(0));
    assert!(!nowhere.exists(), "looking makes nothing");
    Ok(())
}

#[test]
fn a_broken_directory_is_told_from_a_wrong_configuration_of_it() -> Result<()> {
    let directory = OpenLdap::start(20)?;
    let patient = Patient::new()?;
    let right = directory.configuration(STAFF);
    let with = |from: &str, to: &str| -> Result<PathBuf> {
        ensure!(right.contains(from), "{right}");
        patient.config(&right.replace(from, to))
    };
    let sound = patient.config(&right)?;
    assert_eq!(doctor(patient.data(), Some(&sound), "C", &[])?.code, Some(0));

    let (other_ca, wrong_password) = (patient.office.path("other-ca.pem"), patient.office.path("wrong-password"));
    fs::write(&other_ca, certificate("elsewhere.example", 2099)?.0)?;
    fs::write(&wrong_password, "not the password\n")?;
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    let nobody = patient.config(&directory.configuration("(uid=nobody-has-this)"))?;
    finds(patient.data(), Some(&nobody), "directory-nobody")?;
    let ca = with(&quoted(&directory.ca_file()), &quoted(&other_ca))?;
    finds(patient.data(), Some(&ca), "ldap-certificate")?;
    let account = with(&quoted(&directory.service_password_file()), &quoted(&wrong_password))?;
    finds(patient.data(), Some(&account), "ldap-service-account")?;
    let base = with("base_dn = \"ou=people,", "base_dn = \"ou=elsewhere,")?;
    finds(patient.data(), Some(&base), "ldap-base")?;
    let attributes = patient.config(&format!("{right}[directory.ldap.attributes]\nlogin = \"carLicense\"\n"))?;
    finds(patient.data(), Some(&attributes), "directory-none-usable")?;
    drop(directory);
    let gone = patient.config(&right)?;
    let seen = doctor(patient.data(), Some(&gone), "C", &["--json"])?;
    assert_eq!(seen.code, Some(1), "a directory that is gone, with its files: {:?}", seen.stdout);
    Ok(())
}

/// A certificate for `host` that ends in `year`, and its key, in PEM.
fn certificate(host: &str, year: i32) -> Result<(String, String)> {
    let key = rcgen::KeyPair::generate()?;
    let mut params = rcgen::CertificateParams::new(vec![host.to_owned()])?;
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(year, 1, 1);
    Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
}

#[test]
fn certificates_and_ports_that_cannot_work_are_told_before_anybody_notices() -> Result<()> {
    let patient = Patient::new()?;
    let write = |name: &str, text: &str| fs::write(patient.office.path(name), text);
    let tls = "[tls]\ncertificate_file = \"certificate.pem\"\nkey_file = \"key.pem\"\n";
    let (good, key) = certificate("chat.example", 2099)?;
    write("certificate.pem", &good)?;
    write("key.pem", &key)?;
    let config = patient.config(tls)?;
    assert_eq!(doctor(patient.data(), Some(&config), "C", &[])?.code, Some(0));
    write("key.pem", &certificate("chat.example", 2099)?.1)?;
    finds(patient.data(), Some(&config), "certificate-other-key")?;
    let (expired, key) = certificate("chat.example", 2021)?;
    write("certificate.pem", &expired)?;
    write("key.pem", &key)?;
    finds(patient.data(), Some(&config), "certificate-expired")?;
    write("certificate.pem", "no certificate")?;
    finds(patient.data(), Some(&config), "certificate-unusable")?;

    let taken = TcpListener::bind(("127.0.0.1", 0))?;
    let metrics = patient.config(&format!("[metrics]\nlisten = \"{}\"\n", taken.local_addr()?))?;
    finds(patient.data(), Some(&metrics), "port-taken")?;
    let wrong = patient.config("[metrics]\nlisten = \"nowhere\"\n")?;
    finds(patient.data(), Some(&wrong), "config-wrong")
}

#[test]
fn a_data_folder_that_is_open_damaged_or_without_keys_is_told() -> Result<()> {
    let patient = Patient::new()?;
    let (data, config) = (patient.data(), patient.config("")?);
    fs::set_permissions(data.join("keys"), fs::Permissions::from_mode(0o755))?;
    finds(data, Some(&config), "folder-open")?;
    fs::set_permissions(data.join("keys"), fs::Permissions::from_mode(0o700))?;

    fs::rename(data.join("keys"), patient.office.path("keys-away"))?;
    finds(data, Some(&config), "keys-missing")?;
    fs::rename(patient.office.path("keys-away"), data.join("keys"))?;
    let signed = fs::read(data.join("keys/directory.signed"))?;
    fs::write(data.join("keys/directory.signed"), "00")?;
    finds(data, Some(&config), "keys-damaged")?;
    fs::write(data.join("keys/directory.signed"), signed)?;

    let database = fs::read(data.join("server.db"))?;
    let half = database.len() / 2;
    fs::write(data.join("server.db"), database.get(..half).context("a database")?)?;
    let seen = doctor(data, Some(&config), "C", &["--json"])?;
    assert_eq!(seen.code, Some(1), "{:?}", seen.stdout);
    let told = seen.stdout.join("\n");
    assert!(told.contains("database-damaged") || told.contains("database-unreadable"), "{told}");
    Ok(())
}
