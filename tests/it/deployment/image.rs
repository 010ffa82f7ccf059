//! The image: built from nothing but the bundle, small, one program in it; and a container of it, started as the compose file
//! says, that serves clients on other hosts and keeps its data over a new start.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::client::Client;
use tests::container::{Container, Engine, Run};
use tests::netns::{Host, NetNs};
use tests::{Process, binary, step};

use super::{bundled, repository, yaml};

const IMAGE: &str = "isoloir/pro-server:test";
const IMAGE_BYTES_MAX: u64 = 32_000_000;
/// Of the image, and of nobody on the host.
const USER: &str = "65532";

/// The service of the compose file.
fn service() -> Result<Value> {
    let compose = yaml(&repository("docker/compose.yaml"))?;
    let service = compose.first().map(|document| document["services"]["pro-server"].clone());
    service.filter(Value::is_object).context("the compose file has no service pro-server")
}

/// What the compose file asks for, as options of `podman run`.
fn options(service: &Value) -> Result<Vec<String>> {
    ensure!(service["read_only"] == true, "the root is not read-only");
    // Without the flag podman would put writable folders over some of the root.
    let mut options = vec![String::from("--read-only"), String::from("--read-only-tmpfs=false")];
    let texts = |key: &str| service[key].as_array().into_iter().flatten().filter_map(Value::as_str);
    options.extend(texts("cap_drop").map(|capability| format!("--cap-drop={capability}")));
    options.extend(texts("security_opt").map(|option| format!("--security-opt={}", option.trim_end_matches(":true"))));
    options.push(format!("--user={}", service["user"].as_str().context("no user")?));
    options
        .push(format!("--ulimit=core={0}:{0}", service["ulimits"]["core"].as_u64().context("no limit of core dumps")?));
    options.push(format!(
        "--stop-timeout={}",
        service["stop_grace_period"].as_str().context("no grace")?.trim_end_matches('s')
    ));
    Ok(options)
}

/// Every file and folder below, except what the engine and the kernel mount.
fn content(root: &Path) -> Result<BTreeSet<PathBuf>> {
    const MOUNTED: [&str; 5] = ["dev", "etc", "proc", "run", "sys"];
    let mut found = BTreeSet::new();
    let mut left = vec![root.to_path_buf()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            let name = path.strip_prefix(root)?.to_path_buf();
            if MOUNTED.iter().any(|mounted| name == Path::new(mounted)) {
                continue;
            }
            // The volume is looked at elsewhere.
            if entry.file_type()?.is_dir() && name != Path::new("data") {
                left.push(path);
            }
            found.insert(name);
        }
    }
    Ok(found)
}

fn status_of(process: u32) -> Result<impl Fn(&str) -> Result<String>> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    Ok(move |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(&format!("{key}:")));
        line.map(|value| value.split_whitespace().collect::<Vec<_>>().join(" ")).with_context(|| format!("no {key}"))
    })
}

/// Nothing of the container can be written but its volume, and the process can do nothing that any user could not.
fn ensure_confined(container: &Container<'_>) -> Result<()> {
    let process = container.id()?;
    let says = status_of(process)?;
    assert_eq!(says("Uid")?, [USER; 4].join(" "));
    assert_eq!(says("Gid")?, [USER; 4].join(" "));
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert_eq!(says(set)?.trim_start_matches('0'), "", "{set}");
    }
    assert_eq!(says("NoNewPrivs")?, "1");

    let root = PathBuf::from(format!("/proc/{process}/root"));
    let written = fs::write(root.join("written"), "x").map_err(|error| error.kind());
    assert_eq!(written, Err(ErrorKind::ReadOnlyFilesystem), "not even root can write there");
    let expected = ["backup", "data", "usr", "usr/bin", "usr/bin/pro-server"].map(PathBuf::from);
    assert_eq!(content(&root)?, BTreeSet::from(expected), "one program and two folders for its data");

    let limits = fs::read_to_string(format!("/proc/{process}/limits"))?;
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).context("no core limit")?;
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
    Ok(())
}

#[test]
fn a_container_serves_clients_on_other_hosts() -> Result<()> {
    let engine = Engine::new()?;
    engine.build(&bundled("image")?, IMAGE)?;
    let image = engine.image(IMAGE)?;
    let bytes = image["Size"].as_u64().context("no size")?;
    ensure!(bytes <= IMAGE_BYTES_MAX, "the image has {bytes} bytes");
    assert_eq!(image["Config"]["User"], format!("{USER}:{USER}"));

    let network = NetNs::start()?;
    let [a, b, c, d] = NetNs::address(Host::Server);
    let folder = tempfile::Builder::new().prefix("isoloir-container-").tempdir()?;
    let mut options = options(&service()?)?;
    options.push(format!("--env=PRO_SERVER__HTTP__PUBLIC_URL=https://{a}.{b}.{c}.{d}:8443"));
    let place = network.place(Host::Server);
    let run = |name| Run { image: IMAGE, name, place: &place, options: &options };
    let container = engine.run(&run("first"))?;
    ensure_confined(&container)?;
    container.exec(&["pro-server", "health"])?;

    container.put("people.csv", "login,name,mail\nada,Ada,\ngrace,Grace,\n")?;
    container.exec(&["pro-server", "people", "import", "/data/people.csv"])?;
    let (mut first, mut second) = (
        Client::new(folder.path(), "ada", network.place(Host::First))?,
        Client::new(folder.path(), "grace", network.place(Host::Second))?,
    );
    for client in [&mut first, &mut second] {
        let printed = container.exec(&["pro-server", "enrollment-code", "create", client.login(), "--json"])?.concat();
        let code: Value = serde_json::from_str(&printed)?;
        client.enroll(code["link"].as_str().context("no link")?)?;
        client.start_agent()?;
    }
    first.deliver("grace", "from host to host")?;

    // Another container on the same volume is the same organization.
    let organization = container.ready.organization_fingerprint.clone();
    container.stop()?;
    let container = engine.run(&run("second"))?;
    assert_eq!(container.ready.organization_fingerprint, organization);
    second.deliver("ada", "still here")?;
    container.stop()
}

#[test]
fn the_dockerfile_is_clean() -> Result<()> {
    let mut lint = Command::new(binary::tool("hadolint")?);
    lint.args(["--no-color", "--failure-threshold", "style"]).arg(repository("docker/Dockerfile"));
    let linted = Process::run("hadolint", lint, step())?;
    assert_eq!(linted.code, Some(0), "{}{}", linted.stdout.join("\n"), linted.stderr);
    Ok(())
}

#[test]
fn the_compose_files_say_what_the_image_needs() -> Result<()> {
    let service = service()?;
    assert_eq!(service["user"], format!("{USER}:{USER}"));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(service["image"], format!("isoloir/pro-server:${{ISOLOIR_VERSION:-{version}}}"));
    let ports: Vec<&str> = service["ports"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert_eq!(ports, ["8443:8443/tcp", "8443:8443/udp"]);
    let more = yaml(&repository("docker/compose.organization.yaml"))?;
    let mount = &more.first().context("empty")?["services"]["pro-server"]["volumes"][0];
    assert_eq!(mount, "./isoloir:/etc/isoloir:ro");
    let database = yaml(&repository("docker/compose.postgresql.yaml"))?;
    let database = database.first().context("empty")?;
    let environment = &database["services"]["pro-server"]["environment"];
    assert_eq!(environment["PRO_SERVER__STORE__URL_FILE"], "/run/secrets/store-url");
    assert_eq!(environment["PRO_SERVER__STORE__CA_FILE"], "/run/secrets/store-ca");
    for (secret, file) in [("store-url", "./store-url"), ("store-ca", "./store-ca.pem")] {
        assert_eq!(database["secrets"][secret]["file"], file);
    }
    Ok(())
}
