//! What the product is held against, in the same run and folder: `scp` through a throwaway OpenSSH server on a free loopback port,
//! a plain copy over TLS, and the disk alone. It must never touch the machine's own SSH keys, configuration or service.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::{Process, binary, step};

use super::link::one_object;
use super::{Load, part, usage};

/// Durable small writes, of which the middle one is the floor.
const COMMITS: usize = 51;
/// How long the server of `scp` may take until it answers, and until its last process has ended.
const SSH_TIMEOUT: Duration = Duration::from_secs(10);

/// A copy of a file.
#[derive(Clone, Copy, Debug)]
pub struct Copied {
    pub seconds: f64,
    /// Of both ends.
    pub cpu_s: f64,
}

pub struct Tls {
    pub open_ms: f64,
    pub rtt_p50_ms: f64,
    pub rtt_p99_ms: f64,
    pub copy: Copied,
}

/// A file that looks random.
///
/// # Errors
/// When it cannot be written.
pub fn random_file(folder: &Path, name: &str, mebibytes: u64) -> Result<PathBuf> {
    let path = folder.join(name);
    let mut file = File::create(&path)?;
    let mut random = blake3::Hasher::new().update(name.as_bytes()).finalize_xof();
    let mut block = vec![0_u8; 1 << 20];
    for _ in 0..mebibytes {
        random.fill(&mut block);
        file.write_all(&block)?;
    }
    file.sync_all()?;
    Ok(path)
}

/// TLS 1.3 over TCP between two processes.
///
/// # Errors
/// When a program fails.
pub fn tls(folder: &Path, file: &Path, load: &Load) -> Result<Tls> {
    let to = folder.join("over-tls");
    let mut command = part("tls-serve")?;
    command.arg("--to").arg(&to);
    let mut serving = Process::spawn("bench tls-serve", command)?;
    let parsed = |line: &str| serde_json::from_str::<Value>(line).ok();
    let ready = serving.next_line(step(), parsed)?;
    let mut command = part("tls-drive")?;
    command.args(["--port", &ready["port"].to_string(), "--certificate"]);
    command.arg(ready["certificate"].as_str().context("a certificate")?).arg("--file").arg(file);
    command.args(["--opens", &load.opens.to_string(), "--pings", &load.pings.to_string()]);
    let drove = one_object(Process::run("bench tls-drive", command, step() * 2)?.success("bench tls-drive")?.stdout)?;
    let served = serving.next_line(step(), parsed)?;
    fs::remove_file(&to)?;
    let number = |value: &Value, name: &str| value[name].as_f64().with_context(|| format!("no {name}"));
    Ok(Tls {
        open_ms: number(&drove, "open_p50_us")? / 1e3,
        rtt_p50_ms: number(&drove, "rtt_p50_us")? / 1e3,
        rtt_p99_ms: number(&drove, "rtt_p99_us")? / 1e3,
        copy: Copied {
            seconds: number(&drove, "seconds")?,
            cpu_s: number(&drove, "cpu_s")? + number(&served, "cpu_s")?,
        },
    })
}

/// One durable write of a block, the middle one of many: what no store that keeps its word can undercut.
///
/// # Errors
/// When the disk fails.
pub fn durable_write_ms(folder: &Path) -> Result<f64> {
    let path = folder.join("durable");
    let mut file = File::create(&path)?;
    let mut taken = Vec::with_capacity(COMMITS);
    for _ in 0..COMMITS {
        let started = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        taken.push(started.elapsed());
    }
    fs::remove_file(&path)?;
    Ok(super::figure::percentile_ms(&taken, 50))
}

/// The file read and written once, synced at the end: the floor of any copy.
///
/// # Errors
/// When the disk fails.
pub fn disk(folder: &Path, file: &Path) -> Result<Copied> {
    let own = std::process::id();
    let (started, before) = (Instant::now(), usage::cpu_s(own)?);
    let to = folder.join("over-nothing");
    let (mut from, mut target) = (File::open(file)?, File::create(&to)?);
    let mut block = vec![0_u8; 64 * 1024];
    loop {
        let read = from.read(&mut block)?;
        if read == 0 {
            break;
        }
        target.write_all(block.get(..read).unwrap_or_default())?;
    }
    target.sync_all()?;
    fs::remove_file(&to)?;
    Ok(Copied { seconds: started.elapsed().as_secs_f64(), cpu_s: usage::cpu_s(own)? - before })
}

/// `scp` of OpenSSH with its own keys, to itself.
///
/// # Errors
/// When a program is missing or fails.
pub fn scp(folder: &Path, file: &Path) -> Result<Copied> {
    let ssh = folder.join("ssh");
    fs::create_dir(&ssh)?;
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o700))?;
    for key in ["host", "user"] {
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(ssh.join(key));
        Process::run("ssh-keygen", command, step())?.success("ssh-keygen")?;
    }
    fs::copy(ssh.join("user.pub"), ssh.join("authorized"))?;
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let mut server = serve_ssh(&ssh, port)?;
    let to = folder.join("over-ssh");
    let copied = copy_by_scp(&ssh, port, file, &to);
    let idle_until = Instant::now() + SSH_TIMEOUT;
    while usage::has_children(server.id())? && Instant::now() < idle_until {
        std::thread::yield_now();
    }
    server.kill()?;
    let (_, server_cpu_s) = usage::wait(&mut server)?;
    let copied = copied?;
    ensure!(fs::metadata(&to)?.len() == fs::metadata(file)?.len(), "scp copied only a part");
    fs::remove_file(&to)?;
    fs::remove_dir_all(&ssh)?;
    Ok(Copied { cpu_s: copied.cpu_s + server_cpu_s, ..copied })
}

fn serve_ssh(ssh: &Path, port: u16) -> Result<std::process::Child> {
    let sshd = binary::installed("sshd", &["/usr/sbin"])?;
    // Debian's service makes this folder; a throwaway server needs it too.
    if rustix::process::geteuid().is_root() {
        fs::create_dir_all("/run/sshd")?;
    }
    let setting = |name: &str, file: &str| format!("{name}={}", ssh.join(file).display());
    let mut command = Command::new(sshd);
    command.args(["-D", "-e", "-f", "/dev/null", "-p", &port.to_string()]);
    for option in [
        String::from("ListenAddress=127.0.0.1"),
        setting("HostKey", "host"),
        setting("AuthorizedKeysFile", "authorized"),
        setting("PidFile", "pid"),
        String::from("UsePAM=no"),
        String::from("StrictModes=no"),
        String::from("PermitRootLogin=prohibit-password"),
        String::from("Subsystem=sftp internal-sftp"),
    ] {
        command.args(["-o", &option]);
    }
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let until = Instant::now() + SSH_TIMEOUT;
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        ensure!(child.try_wait()?.is_none() && Instant::now() < until, "sshd does not serve");
        std::thread::yield_now();
    }
    Ok(child)
}

fn copy_by_scp(ssh: &Path, port: u16, file: &Path, to: &Path) -> Result<Copied> {
    let user = rustix::process::geteuid().as_raw().to_string();
    let account = Process::run(
        "id",
        {
            let mut command = Command::new("id");
            command.args(["-un", &user]);
            command
        },
        step(),
    )?;
    let name = account.success("id")?.stdout.concat();
    let mut command = Command::new("scp");
    command.args(["-q", "-B", "-F", "/dev/null", "-P", &port.to_string(), "-i"]).arg(ssh.join("user"));
    command.args(["-o", "StrictHostKeyChecking=no", "-o", "IdentitiesOnly=yes", "-o"]);
    command.arg(format!("UserKnownHostsFile={}", ssh.join("known").display()));
    command.arg(file).arg(format!("{name}@127.0.0.1:{}", to.display()));
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().context("scp")?;
    let (status, cpu_s) = usage::wait(&mut child)?;
    ensure!(status.success(), "scp ended with {status}");
    // scp itself syncs nothing; a copy that may be lost is not the same copy.
    File::open(to)?.sync_all()?;
    Ok(Copied { seconds: started.elapsed().as_secs_f64(), cpu_s })
}
