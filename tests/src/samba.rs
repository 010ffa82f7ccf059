//! A real Active Directory domain (Samba) in a temporary folder, on a loopback address of its own. Needs root: a domain controller
//! listens on the ports of one. It is made once for each target folder, people included, and copied for each test.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use data_encoding::BASE64;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustix::fd::AsFd as _;
use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

use crate::process::readable;
use crate::{Process, binary, step};

/// The domain.
pub const DOMAIN: &str = "DC=ad,DC=example,DC=test";
/// Where people and groups stand.
pub const STAFF: &str = "OU=Staff,DC=ad,DC=example,DC=test";
/// How many are in the group [`MANY`].
pub const MANY_MEMBERS: usize = 3_000;
/// A group larger than what a controller shows at a time.
pub const MANY: &str = "CN=Many,OU=Staff,DC=ad,DC=example,DC=test";
/// The NetBIOS name of the domain.
pub const SHORT_DOMAIN: &str = "ADEX";
const ADMIN: &str = "administrator@ad.example.test";
const PASSWORD: &str = "Passw0rd!23";
const SBIN: [&str; 2] = ["/usr/sbin", "/sbin"];
/// Changed whenever what a template holds changes.
const TEMPLATE: &str = "samba-template-1";
/// Making the template, on a slow machine.
const TEMPLATE_TIMEOUT: Duration = Duration::from_secs(300);

/// Instances of this process so far: each has its own address.
static INSTANCES: AtomicU8 = AtomicU8::new(1);

/// A running domain controller.
pub struct Samba {
    process: Process,
    address: Ipv4Addr,
    folder: TempDir,
}

/// Person n signs in as this.
pub fn login(person: usize) -> String {
    format!("notary{person:04}")
}

/// The entry of a person.
pub fn dn(person: usize) -> String {
    format!("CN=Notary {person:04},{STAFF}")
}

/// The password of people who have one.
pub fn password() -> &'static str {
    "Passw0rd!77"
}

impl Samba {
    /// Starts a domain with the people of [`MANY`].
    ///
    /// # Errors
    /// When Samba is not installed or does not start, or this is not root.
    pub fn start() -> Result<Self> {
        ensure!(rustix::process::geteuid().is_root(), "a domain controller needs root");
        let template = template()?;
        let folder = tempfile::Builder::new().prefix("isoloir-samba-").tempdir()?;
        let home = folder.path();
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(template.join("domain")).arg(home);
        Process::run("cp", copy, step())?.success("cp")?;
        let configuration = home.join("domain/etc/smb.conf");
        let text = fs::read_to_string(&configuration)?;
        let [_, _, pid_high, pid_low] = std::process::id().to_be_bytes();
        let address = Ipv4Addr::new(127, 64 + INSTANCES.fetch_add(1, Ordering::Relaxed) % 64, pid_high, pid_low.max(1));
        let text = text.replace(&template.display().to_string(), &home.display().to_string());
        fs::write(&configuration, text.replace("127.0.0.1/8", &format!("{address}/8")))?;
        certificates(home, address)?;
        fs::write(home.join("password"), PASSWORD)?;
        let process = serve(home, address)?;
        let mut domain = Self { process, address, folder };
        domain.wait_until_it_answers()?;
        Ok(domain)
    }

    pub fn url(&self) -> String {
        format!("ldaps://{}", self.address)
    }

    /// The `[directory.ldap]` table that reads it, signed in as this.
    pub fn configuration(&self, account: &str) -> String {
        format!(
            "[directory.ldap]\nurl = {:?}\nca_file = {:?}\nbind_dn = {account:?}\nbind_password_file = {:?}\n\
             base_dn = {STAFF:?}\ninterval_s = 3600\n",
            self.url(),
            self.folder.path().join("ca.pem").display().to_string(),
            self.folder.path().join("password").display().to_string(),
        )
    }

    /// A file with this password.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn password_file(&self, password: &str) -> Result<PathBuf> {
        let file = self.folder.path().join("other-password");
        fs::write(&file, password)?;
        Ok(file)
    }

    /// Applies LDIF changes as the administrator of the domain.
    ///
    /// # Errors
    /// When the domain refuses one.
    pub fn change(&self, ldif: &str) -> Result<()> {
        let file = self.folder.path().join("change.ldif");
        fs::write(&file, ldif)?;
        let mut command = Command::new(binary::installed("ldapmodify", &[])?);
        command.args(["-x", "-H", &self.url(), "-D", ADMIN, "-y"]).arg(self.folder.path().join("password"));
        command.arg("-f").arg(&file).env("LDAPTLS_CACERT", self.folder.path().join("ca.pem"));
        Process::run("ldapmodify", command, step())?.success("ldapmodify").map(drop)
    }

    /// Gives a person [`password`], and their account this `userAccountControl`.
    ///
    /// # Errors
    /// When the domain refuses.
    pub fn set_password(&self, person: usize, control: u32) -> Result<()> {
        let quoted = format!("\"{}\"", password());
        let utf16: Vec<u8> = quoted.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let password = format!("replace: unicodePwd\nunicodePwd:: {}\n-\n", BASE64.encode(&utf16));
        let control = format!("replace: userAccountControl\nuserAccountControl: {control}\n");
        self.change(&format!("dn: {}\nchangetype: modify\n{password}{control}", dn(person)))
    }

    fn wait_until_it_answers(&mut self) -> Result<()> {
        let until = Instant::now() + step();
        while TcpStream::connect((self.address, 636)).is_err() {
            if Instant::now() > until || readable(&[self.process.pidfd().as_fd()], Duration::from_millis(20))? {
                bail!("samba does not accept connections{}", self.process.last_words());
            }
        }
        Ok(())
    }
}

fn serve(home: &Path, address: Ipv4Addr) -> Result<Process> {
    let domain = home.join("domain");
    let mut serve = Command::new(binary::installed("samba", &SBIN)?);
    serve.env("TDB_NO_FSYNC", "1").args(["-i", "-s"]).arg(domain.join("etc/smb.conf"));
    serve.args(["--debug-stdout", "-d", "1"]);
    let path = |name: &str| home.join(name).display().to_string();
    for option in [
        "server services=ldap, cldap, kdc".to_owned(),
        format!("interfaces={address}/8"),
        "bind interfaces only=yes".to_owned(),
        format!("log file={}", path("log.%m")),
        format!("pid directory={}", path("domain/run")),
        format!("ncalrpc dir={}", path("domain/run/ncalrpc")),
        format!("winbindd socket directory={}", path("domain/run/winbindd")),
        format!("ntp signd socket directory={}", path("domain/run/ntp")),
        "nbt port=0".to_owned(),
        "tls enabled=yes".to_owned(),
        format!("tls keyfile={}", path("dc.key")),
        format!("tls certfile={}", path("dc.pem")),
        format!("tls cafile={}", path("ca.pem")),
    ] {
        serve.arg(format!("--option={option}"));
    }
    Process::spawn("samba", serve)
}

/// The domain to copy from, made by whoever comes first.
fn template() -> Result<PathBuf> {
    let home = binary::target()?.join(TEMPLATE);
    fs::create_dir_all(&home)?;
    let lock = fs::File::create(home.join("lock"))?;
    flock(&lock, FlockOperation::LockExclusive).context("lock")?;
    let done = home.join("done");
    if !done.exists() {
        let _ = fs::remove_dir_all(home.join("domain"));
        provision(&home)?;
        fs::write(home.join("people.ldif"), entries())?;
        let mut add = Command::new(binary::installed("ldbadd", &[])?);
        add.env("TDB_NO_FSYNC", "1").arg("-H").arg(home.join("domain/private/sam.ldb")).arg(home.join("people.ldif"));
        Process::run("ldbadd", add, TEMPLATE_TIMEOUT)?.success("ldbadd")?;
        fs::write(done, "")?;
    }
    Ok(home)
}

fn provision(home: &Path) -> Result<()> {
    let domain = home.join("domain");
    fs::create_dir_all(domain.join("run"))?;
    let mut make = Command::new(binary::installed("samba-tool", &SBIN)?);
    make.env("TDB_NO_FSYNC", "1").args(["domain", "provision"]);
    make.arg(format!("--targetdir={}", domain.display())).arg(format!("--domain={SHORT_DOMAIN}"));
    make.arg(format!("--adminpass={PASSWORD}"));
    make.args([
        "--realm=AD.EXAMPLE.TEST",
        "--server-role=dc",
        "--dns-backend=NONE",
        "--host-name=dc1",
        "--host-ip=127.0.0.1",
    ]);
    // Not every file system of a build has extended attributes.
    make.arg(format!("--option=posix:eadb={}", domain.join("eadb.tdb").display()));
    make.args(["--option=interfaces=127.0.0.1/8", "--option=bind interfaces only=yes"]);
    Process::run("samba-tool", make, TEMPLATE_TIMEOUT)?.success("samba-tool").map(drop)
}

fn entries() -> String {
    let mut ldif = format!("dn: {STAFF}\nobjectClass: organizationalUnit\n\n");
    for person in 1..=MANY_MEMBERS {
        let (dn, login) = (dn(person), login(person));
        // 544: enabled, and without a password for now.
        let _ = write!(
            ldif,
            "dn: {dn}\nobjectClass: user\nsAMAccountName: {login}\nuserPrincipalName: {login}@ad.example.test\n\
             displayName: Notary {person:04}\nmail: {login}@example.test\nuserAccountControl: 544\n\n"
        );
    }
    let _ = write!(ldif, "dn: {MANY}\nobjectClass: group\nsAMAccountName: Many\n");
    for person in 1..=MANY_MEMBERS {
        let _ = writeln!(ldif, "member: {}", dn(person));
    }
    ldif
}

fn certificates(home: &Path, address: Ipv4Addr) -> Result<()> {
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "Test Domain CA");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate()?;
    let mut own = CertificateParams::new(vec![address.to_string(), "dc1.ad.example.test".to_owned()])?;
    own.distinguished_name.push(DnType::CommonName, "dc1.ad.example.test");
    fs::write(home.join("ca.pem"), certificate.pem())?;
    fs::write(home.join("dc.pem"), own.signed_by(&key, &issuer)?.pem())?;
    let file = home.join("dc.key");
    fs::write(&file, key.serialize_pem())?;
    // Samba refuses a key that others may read.
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).context("dc.key")
}
