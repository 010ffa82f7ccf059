//! `cargo xtask bundle`: the two programs as static files for any Linux, what stands around them in one archive, the build
//! context of the image, and the sums of it all. Never takes anything from the machine but compilers; two builds of one commit
//! by the same compilers are to be the same.

mod elf;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};
use tests::{Process, binary};

use crate::cargo;
use crate::requirements::{self, Requirements};

/// Static: no C library of the host, which an image `FROM scratch` does not have.
const TARGET: &str = requirements::STATIC_TARGET;
/// `[profile.dist]` of the workspace.
const PROFILE: &str = "dist";
const COMPILER: &str = "musl-gcc";
const PROGRAMS: [&str; 2] = ["pro-server", "isoloir"];
/// What an administrator wants beside the programs, by its path in the repository.
const AROUND: [&str; 10] = [
    "LICENSE",
    "README.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "docs",
    "docker/compose.yaml",
    "docker/compose.organization.yaml",
    "docker/compose.postgresql.yaml",
    "helm",
    "protocol/spec",
];
const UNIT: &str = "pro-server/pro-server.service";
/// The client's unit, for a service of one person.
const AGENT_UNIT: &str = "client-cli/isoloir-agent.service";

/// A compiler is missing and cannot be installed from here.
const CODE_MISSING: u8 = 2;

/// Builds the bundle and says what is in it.
///
/// # Errors
/// When a step fails, or a program is not what it has to be.
pub fn run() -> Result<ExitCode> {
    if let Requirements::Missing(line) = requirements::meet(requirements::Purpose::Bundle)? {
        eprintln!("The bundle needs a compiler that is not installed. Install it, then run this again:\n{line}");
        return Ok(ExitCode::from(CODE_MISSING));
    }
    build()?;
    Ok(ExitCode::SUCCESS)
}

/// As [`run`], when the compilers are there.
pub fn build() -> Result<()> {
    let folder = binary::bundle()?;
    let built = compile()?;
    // From the beginning: nothing of an earlier bundle may stay in it.
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&folder)?,
    }
    for program in PROGRAMS {
        let path = folder.join(program);
        fs::copy(built.join(program), &path).with_context(|| format!("{program} was not built"))?;
        elf::ensure_static(&path)?;
        answers(&path)?;
    }
    let mut files = PROGRAMS.map(|program| folder.join(program)).to_vec();
    files.push(archive(&folder)?);
    image(&folder)?;
    sums(&folder, &files)?;
    for file in &files {
        eprintln!("{:>8.1} MB  {}", fs::metadata(file)?.len() as f64 / 1e6, file.display());
    }
    eprintln!("── image: docker build --tag isoloir/pro-server:{} {}", version(), folder.join("image").display());
    Ok(())
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Compiles both programs; returns their folder.
fn compile() -> Result<PathBuf> {
    let mut build = cargo::command(&["build", "--locked", "--profile", PROFILE, "--target", TARGET, "--bins"]);
    build.args(["--package", "pro-server", "--package", "client-cli"]);
    build.env(format!("CC_{}", TARGET.replace('-', "_")), COMPILER);
    // Panics name source files: by their place in the repository and in the registry, not on this machine.
    let registries = registries();
    let flags: Vec<String> = registries.iter().map(|folder| format!("--remap-path-prefix={folder}/=")).collect();
    build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    let flags: Vec<String> = registries.iter().map(|folder| format!("-ffile-prefix-map={folder}/=")).collect();
    build.env(format!("CFLAGS_{}", TARGET.replace('-', "_")), flags.join(" "));
    cargo::step("bundle: compile", build)?;
    Ok(binary::target()?.join(TARGET).join(PROFILE))
}

/// The folders that cargo unpacks registries into, which say who built it and where. The workspace's own sources are named by
/// relative paths anyway, and flags that depend on its place would let no two clones share a cache.
fn registries() -> Vec<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let folders = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let mut folders: Vec<String> =
        folders.into_iter().flatten().flatten().map(|registry| registry.path().display().to_string()).collect();
    folders.sort();
    folders
}

/// Runs the program with nothing in its environment.
fn answers(program: &Path) -> Result<()> {
    let mut command = Command::new(program);
    command.arg("--version").env_clear();
    let name = program.display().to_string();
    let said = Process::run(&name, command, tests::step())?.success(&name)?.stdout.concat();
    ensure!(said.contains(version()), "{name} says “{said}”");
    Ok(())
}

/// Everything for a machine without containers, as one archive with one folder in it.
fn archive(folder: &Path) -> Result<PathBuf> {
    let name = format!("isoloir-{}-x86_64-linux", version());
    let staged = folder.join(&name);
    fs::create_dir(&staged)?;
    for program in PROGRAMS {
        fs::hard_link(folder.join(program), staged.join(program))?;
    }
    for path in AROUND {
        copy(&cargo::root().join(path), &staged.join(path))?;
    }
    copy(&cargo::root().join(UNIT), &staged.join("pro-server.service"))?;
    copy(&cargo::root().join(AGENT_UNIT), &staged.join("isoloir-agent.service"))?;
    let file = folder.join(format!("{name}.tar.gz"));
    let mut tar = Command::new("tar");
    // Without its name and the time of the build.
    tar.args([
        "--create",
        "--use-compress-program=gzip --no-name",
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--format=ustar",
    ]);
    tar.arg(format!("--mtime=@{}", commit_time_s()?)).args(["--mode=go=rX,u+rw", "--file"]).arg(&file);
    tar.arg("--directory").arg(folder).arg(&name);
    cargo::step("bundle: archive", tar)?;
    fs::remove_dir_all(&staged)?;
    Ok(file)
}

/// The time of everything in the archive, so that it depends on the commit alone.
fn commit_time_s() -> Result<u64> {
    let mut git = Command::new("git");
    git.args(["log", "-1", "--format=%ct"]).current_dir(cargo::root());
    let said = Process::run("git", git, tests::step())?;
    // Outside a clone there is no commit.
    Ok(said.stdout.first().and_then(|line| line.trim().parse().ok()).unwrap_or_default())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    if from.is_file() {
        fs::copy(from, to).with_context(|| from.display().to_string())?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// The build context: the Dockerfile, one program, an empty folder.
fn image(folder: &Path) -> Result<()> {
    let image = folder.join("image");
    fs::create_dir_all(image.join("empty"))?;
    fs::copy(cargo::root().join("docker/Dockerfile"), image.join("Dockerfile"))?;
    fs::hard_link(folder.join("pro-server"), image.join("pro-server"))?;
    Ok(())
}

/// `SHA256SUMS`, as `sha256sum --check` reads it.
fn sums(folder: &Path, files: &[PathBuf]) -> Result<()> {
    let mut lines = String::new();
    for file in files {
        let mut hasher = Sha256::new();
        io::copy(&mut File::open(file)?, &mut hasher)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        lines.push_str(&format!("{}  {name}\n", data_encoding::HEXLOWER.encode(&hasher.finalize())));
    }
    fs::write(folder.join("SHA256SUMS"), lines).context("SHA256SUMS")
}
