//! A real OpenLDAP in a temporary folder: its own certificate authority, LDAPS and StartTLS, people named by function.
//! Ended by its process id when dropped.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustix::fd::AsFd as _;
use tempfile::TempDir;

use crate::postgres::free_port;
use crate::process::readable;
use crate::{Process, binary, step};

/// The root of the directory.
pub const SUFFIX: &str = "dc=example,dc=test";
/// The account that the server reads with.
pub const SERVICE_DN: &str = "cn=svc,dc=example,dc=test";
const SERVICE_PASSWORD: &str = "the password of the service account";
const POLICY_DN: &str = "cn=passwords,dc=example,dc=test";
const ADMIN_DN: &str = "cn=admin,dc=example,dc=test";
const ADMIN_PASSWORD: &str = "the password of the directory administrator";
const SBIN: [&str; 2] = ["/usr/sbin", "/usr/lib/openldap"];

/// A running directory of `people` entries; person n is [`login`]`(n)` with [`password`]`(n)`.
pub struct OpenLdap {
    process: Process,
    port: u16,
    tls_port: u16,
    folder: TempDir,
}

/// The login of a person, counted from 1.
pub fn login(person: usize) -> String {
    format!("notary{person:03}")
}

/// The name of a person: the function, never a human's name.
pub fn name(person: usize) -> String {
    format!("Notary {person:03}")
}

/// The directory password of a person.
pub fn password(person: usize) -> String {
    format!("the directory password of {}", name(person))
}

/// The entry of a person.
pub fn dn(login: &str) -> String {
    format!("uid={login},ou=people,{SUFFIX}")
}

/// What it does beside answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Provider {
    Silent,
    /// It tells consumers what changes (RFC 4533).
    Syncing,
    /// It has a password policy.
    Strict,
}

const PAGED: &str = "size.prtotal=unlimited size.pr=1000 size.soft=500 size.hard=500";

/// Of every crowd: how many groups each person is in.
pub const GROUPS_OF_EACH: usize = 5;

impl OpenLdap {
    /// Starts a directory with that many people that does not tell what changes.
    ///
    /// # Errors
    /// When OpenLDAP is not installed or does not start.
    pub fn start(people: usize) -> Result<Self> {
        Self::start_as(&entries(people), Provider::Silent)
    }

    /// Starts one that tells what changes.
    ///
    /// # Errors
    /// When OpenLDAP is not installed or does not start.
    pub fn syncing(people: usize) -> Result<Self> {
        Self::start_as(&entries(people), Provider::Syncing)
    }

    /// Starts one with a password policy. `lines` is LDIF (RFC 2849) of further entries, which may have what only the directory
    /// itself writes otherwise.
    ///
    /// # Errors
    /// When OpenLDAP is not installed or does not start.
    pub fn with_password_policy(people: usize, lines: &str) -> Result<Self> {
        let policy = format!(
            "dn: {POLICY_DN}\nobjectClass: device\nobjectClass: pwdPolicy\ncn: passwords\npwdAttribute: userPassword\n\
             pwdMaxAge: 86400\npwdMustChange: TRUE\npwdLockout: TRUE\n\n"
        );
        Self::start_as(&(entries(people) + &policy + lines), Provider::Strict)
    }

    /// Starts one that tells what changes, of many people, each in [`GROUPS_OF_EACH`] of many groups.
    ///
    /// # Errors
    /// When OpenLDAP is not installed or does not start.
    pub fn crowd(people: usize, groups: usize) -> Result<Self> {
        Self::start_as(&(entries(people) + &group_entries(people, groups)), Provider::Syncing)
    }

    fn start_as(entries: &str, provider: Provider) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("isoloir-openldap-").tempdir()?;
        let home = folder.path();
        fs::create_dir(home.join("db"))?;
        certificates(home)?;
        fs::write(home.join("service-password"), SERVICE_PASSWORD)?;
        fs::write(home.join("admin-password"), ADMIN_PASSWORD)?;
        fs::write(home.join("slapd.conf"), configuration(home, provider))?;
        fs::write(home.join("people.ldif"), entries)?;
        // A copy: the security profile that Ubuntu ties to the installed path forbids temporary folders.
        let slapd = home.join("slapd");
        // By a program of its own: a file that this one has open to write cannot be run by a child that another test forks.
        let mut copy = Command::new("cp");
        copy.arg(binary::installed("slapd", &SBIN)?).arg(&slapd);
        Process::run("cp", copy, step())?.success("cp")?;

        let mut load = Command::new(&slapd);
        load.args(["-T", "add", "-q", "-f"]).arg(home.join("slapd.conf")).arg("-l").arg(home.join("people.ldif"));
        Process::run("slapadd", load, step())?.success("slapadd")?;

        let (port, tls_port) = (free_port()?, free_port()?);
        let process = serve(home, port, tls_port)?;
        let mut directory = Self { process, port, tls_port, folder };
        directory.wait_until_it_accepts()?;
        Ok(directory)
    }

    /// Ends it and starts it again with the same entries.
    ///
    /// # Errors
    /// When it does not end or does not start.
    pub fn restart(&mut self) -> Result<()> {
        self.process.terminate()?;
        self.process = serve(self.folder.path(), self.port, self.tls_port)?;
        self.wait_until_it_accepts()
    }

    /// `ldap://…`, for StartTLS.
    pub fn url(&self) -> String {
        format!("ldap://localhost:{}", self.port)
    }

    /// `ldaps://…`.
    pub fn tls_url(&self) -> String {
        format!("ldaps://localhost:{}", self.tls_port)
    }

    /// The certificate of its authority, PEM.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The password of [`SERVICE_DN`].
    pub fn service_password_file(&self) -> PathBuf {
        self.folder.path().join("service-password")
    }

    /// The `[directory.ldap]` table that reads it, with this filter.
    pub fn configuration(&self, filter: &str) -> String {
        format!(
            "[directory.ldap]\nurl = {:?}\nca_file = {:?}\nbind_dn = {SERVICE_DN:?}\nbind_password_file = {:?}\n\
             base_dn = {:?}\nfilter = {filter:?}\ninterval_s = 3600\n",
            self.tls_url(),
            self.ca_file().display().to_string(),
            self.service_password_file().display().to_string(),
            format!("ou=people,{SUFFIX}"),
        )
    }

    /// The groups of a crowd, to add to [`OpenLdap::configuration`].
    pub fn group_configuration() -> String {
        format!("group_base_dn = {:?}\n", format!("ou=groups,{SUFFIX}"))
    }

    /// Applies LDIF changes (RFC 2849) as the directory's administrator.
    ///
    /// # Errors
    /// When the directory refuses one.
    pub fn change(&self, ldif: &str) -> Result<()> {
        let file = self.folder.path().join("change.ldif");
        fs::write(&file, ldif)?;
        let mut command = Command::new(binary::installed("ldapmodify", &[])?);
        command.args(["-x", "-H", &self.url(), "-D", ADMIN_DN, "-y"]).arg(self.folder.path().join("admin-password"));
        command.arg("-f").arg(&file);
        Process::run("ldapmodify", command, step())?.success("ldapmodify").map(drop)
    }

    /// Replaces one attribute of a person.
    ///
    /// # Errors
    /// When the directory refuses.
    pub fn replace(&self, login: &str, attribute: &str, value: &str) -> Result<()> {
        self.change(&format!("dn: {}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n", dn(login)))
    }

    /// Removes a person.
    ///
    /// # Errors
    /// When the directory refuses.
    pub fn remove(&self, login: &str) -> Result<()> {
        self.change(&format!("dn: {}\nchangetype: delete\n", dn(login)))
    }

    /// It opens its sockets after its last line of output: knock until one answers.
    fn wait_until_it_accepts(&mut self) -> Result<()> {
        let until = Instant::now() + step();
        while TcpStream::connect(("127.0.0.1", self.tls_port)).is_err() {
            if Instant::now() > until || readable(&[self.process.pidfd().as_fd()], Duration::from_millis(10))? {
                bail!("slapd does not accept connections{}", self.process.last_words());
            }
        }
        Ok(())
    }
}

fn serve(home: &Path, port: u16, tls_port: u16) -> Result<Process> {
    let mut serve = Command::new(home.join("slapd"));
    serve.args(["-d", "0", "-f"]).arg(home.join("slapd.conf"));
    serve.args(["-h", &format!("ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls_port}")]);
    Process::spawn("slapd", serve)
}

/// An authority and a certificate for `localhost` under it, PEM files in `folder`.
pub(crate) fn certificates(folder: &Path) -> Result<()> {
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "Test Directory CA");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);

    let key = KeyPair::generate()?;
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let mut names = vec![String::from("localhost"), String::from("127.0.0.1")];
    names.extend(Some(host.trim().to_owned()).filter(|host| !host.is_empty()));
    let mut own = CertificateParams::new(names)?;
    own.distinguished_name.push(DnType::CommonName, "localhost");
    fs::write(folder.join("ca.pem"), certificate.pem())?;
    fs::write(folder.join("server.pem"), own.signed_by(&key, &issuer)?.pem())?;
    fs::write(folder.join("server.key"), key.serialize_pem()).context("server.key")
}

fn configuration(home: &Path, provider: Provider) -> String {
    let home = home.display();
    // Synchronizing knows no pages: such a consumer is allowed the whole at once.
    let (module, overlay, limits) = match provider {
        Provider::Silent => ("", String::new(), PAGED),
        Provider::Syncing => {
            let overlay = "overlay syncprov\nsyncprov-sessionlog 1000\n".to_owned();
            ("moduleload syncprov\n", overlay, "size=unlimited time=unlimited")
        }
        Provider::Strict => {
            let overlay = format!("overlay ppolicy\nppolicy_default \"{POLICY_DN}\"\nppolicy_use_lockout\n");
            ("moduleload ppolicy\n", overlay, PAGED)
        }
    };
    format!(
        "include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
{module}pidfile {home}/slapd.pid
argsfile {home}/slapd.args
TLSCACertificateFile {home}/ca.pem
TLSCertificateFile {home}/server.pem
TLSCertificateKeyFile {home}/server.key
sizelimit unlimited
database mdb
maxsize 4294967296
suffix \"{SUFFIX}\"
rootdn \"{ADMIN_DN}\"
rootpw \"{ADMIN_PASSWORD}\"
directory {home}/db
dbnosync
index objectClass,entryUUID,entryCSN eq
index uid eq
limits dn.exact=\"{SERVICE_DN}\" {limits}
access to attrs=userPassword by self write by anonymous auth by * none
access to * by users read by * none
{overlay}"
    )
}

fn entries(people: usize) -> String {
    let mut ldif = format!(
        "dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n\
         dn: {SERVICE_DN}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: svc\n\
         userPassword: {SERVICE_PASSWORD}\n\n\
         dn: ou=people,{SUFFIX}\nobjectClass: organizationalUnit\nou: people\n\n\
         dn: ou=groups,{SUFFIX}\nobjectClass: organizationalUnit\nou: groups\n\n"
    );
    for person in 1..=people {
        let (login, name, password) = (login(person), name(person), password(person));
        let _ = write!(
            ldif,
            "dn: {}\nobjectClass: inetOrgPerson\nuid: {login}\ncn: {name}\nsn: {person:03}\nmail: {login}@example.test\n\
             employeeType: staff\nuserPassword: {password}\n\n",
            dn(&login)
        );
    }
    ldif
}

/// Neighbors in one group are strangers in the next one.
fn group_entries(people: usize, groups: usize) -> String {
    const STRIDES: [usize; GROUPS_OF_EACH] = [1, 7, 31, 127, 509];
    let mut members = vec![std::collections::BTreeSet::new(); groups];
    for person in 1..=people {
        for stride in STRIDES {
            if let Some(group) = members.get_mut(person.wrapping_mul(stride) % groups.max(1)) {
                group.insert(person);
            }
        }
    }
    let mut ldif = String::new();
    for (group, members) in members.iter().enumerate().filter(|(_, members)| !members.is_empty()) {
        let _ = write!(
            ldif,
            "dn: cn=chamber{group:04},ou=groups,{SUFFIX}\nobjectClass: groupOfNames\ncn: chamber{group:04}\n"
        );
        members.iter().for_each(|person| {
            let _ = writeln!(ldif, "member: {}", dn(&login(*person)));
        });
        ldif.push('\n');
    }
    ldif
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Binds as a person, over StartTLS or TLS, checking the certificate.
    fn whoami(
        directory: &OpenLdap,
        url: &str,
        start_tls: &[&str],
        person: usize,
        password: &str,
    ) -> Result<Option<i32>> {
        let file = directory.folder.path().join("person-password");
        fs::write(&file, password)?;
        let mut command = Command::new(binary::installed("ldapwhoami", &[])?);
        command.args(["-x", "-H", url]).args(start_tls).args(["-D", &dn(&login(person)), "-y"]).arg(file);
        command.env("LDAPTLS_CACERT", directory.ca_file());
        Ok(Process::run("ldapwhoami", command, step())?.code)
    }

    #[test]
    fn people_bind_over_tls_and_start_tls_until_they_are_removed() -> Result<()> {
        let directory = OpenLdap::start(3)?;
        let (plain, tls) = (directory.url(), directory.tls_url());
        assert_eq!(whoami(&directory, &tls, &[], 2, &password(2))?, Some(0));
        assert_eq!(whoami(&directory, &plain, &["-ZZ"], 2, &password(2))?, Some(0));
        assert_eq!(whoami(&directory, &tls, &[], 2, "another password")?, Some(49));
        directory.replace(&login(3), "employeeType", "left")?;
        directory.remove(&login(2))?;
        assert_eq!(whoami(&directory, &tls, &[], 2, &password(2))?, Some(49));
        Ok(())
    }
}
