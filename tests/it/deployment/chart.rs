//! The chart: what it renders is valid for Kubernetes, confined, and keeps TLS whole; what would break that is refused.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tests::postgres::Database;
use tests::server::Setup;
use tests::{Finished, Process, binary, step};

use super::{repository, yaml};

const KUBERNETES: &str = "1.31";

const EXISTING_SECRETS: &str = r#"
publicUrl: https://chat.example.org
tls: { existingSecret: chat-certificate }
directory:
  ldap:
    enabled: true
    url: ldaps://directory.example.org
    bindDn: cn=svc,dc=example,dc=org
    baseDn: ou=people,dc=example,dc=org
    filter: (&(objectClass=inetOrgPerson)(!(employeeType=left)))
    existingSecret: chat-directory
backup: { existingClaim: chat-backup, existingSecret: chat-backup }
persistence: { existingClaim: chat-data }
"#;

const POSTGRESQL: &str = r#"
store: { postgresql: { enabled: true, existingSecret: chat-database, port: 5433 } }
networkPolicy: { enabled: true, database: [10.1.2.4/32] }
"#;

const NETWORK_POLICY: &str = r#"
networkPolicy:
  enabled: true
  devices: [10.0.0.0/8, "2001:db8::/32"]
"#;

const EVERYTHING: &str = r#"
publicUrl: https://chat.example.org:8443
image: { repository: registry.example.org/isoloir, pullSecrets: [{ name: registry }], digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000" }
service: { port: 8443, loadBalancerClass: example.org/lan, loadBalancerSourceRanges: [10.0.0.0/8], annotations: { a: b } }
ingress: { enabled: true, controller: haproxy, className: haproxy, host: chat.example.org, annotations: { haproxy.org/timeout-tunnel: 1h } }
tls: { existingSecret: chat-certificate }
directory:
  ldap: { enabled: true, url: "ldap://directory.example.org:1389", startTls: true, bindDn: cn=svc, baseDn: dc=org, existingSecret: chat-directory }
metrics: { enabled: true }
networkPolicy:
  enabled: true
  devices: [10.0.0.0/8]
  directory: [10.1.2.3/32]
  metrics: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: monitoring } } }]
persistence: { storageClass: fast, accessMode: ReadWriteOncePod, size: 20Gi, annotations: { a: b } }
podAnnotations: { a: b }
podLabels: { c: d }
nodeSelector: { disk: ssd }
tolerations: [{ key: dedicated, operator: Exists, effect: NoSchedule }]
affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: zone, operator: Exists }] }] } } }
priorityClassName: high
logLevel: warn
"#;

/// What is rendered for some values, in a folder of its own.
struct Rendered {
    documents: Vec<Value>,
    folder: TempDir,
}

fn helm(arguments: &[&str], values: &Path) -> Result<Finished> {
    let mut helm = Command::new(binary::tool("helm")?);
    helm.args(arguments).arg(repository("helm")).arg("--values").arg(values);
    Process::run("helm", helm, step())
}

fn template(values: &str) -> Result<(Finished, TempDir)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("values.yaml");
    fs::write(&file, values)?;
    Ok((helm(&["template", "chat"], &file)?, folder))
}

/// Renders, lints and validates.
fn rendered(values: &str) -> Result<Rendered> {
    let (printed, folder) = template(values)?;
    let manifests = folder.path().join("manifests.yaml");
    fs::write(&manifests, printed.success("helm template")?.stdout.join("\n"))?;
    helm(&["lint", "--strict", "--quiet"], &folder.path().join("values.yaml"))?.success("helm lint")?;
    let mut validate = Command::new(binary::tool("kubernetes-validate")?);
    validate.args(["--strict", "-k", KUBERNETES]).arg(&manifests);
    Process::run("kubernetes-validate", validate, step())?.success("kubernetes-validate")?;
    Ok(Rendered { documents: yaml(&manifests)?, folder })
}

impl Rendered {
    fn all(&self, kind: &str) -> Vec<&Value> {
        self.documents.iter().filter(|document| document["kind"] == kind).collect()
    }

    fn one(&self, kind: &str) -> Result<&Value> {
        self.all(kind).first().copied().with_context(|| format!("no {kind}"))
    }
}

#[test]
fn whatever_is_chosen_the_pod_is_alone_and_confined() -> Result<()> {
    for values in ["", EXISTING_SECRETS, POSTGRESQL, NETWORK_POLICY, EVERYTHING] {
        let rendered = rendered(values)?;
        let deployment = &rendered.one("Deployment")?["spec"];
        assert_eq!(deployment["replicas"], 1);
        assert_eq!(deployment["strategy"]["type"], "Recreate");
        let pod = &deployment["template"]["spec"];
        assert_eq!(pod["automountServiceAccountToken"], false);
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
        let container = &pod["containers"][0];
        let context = &container["securityContext"];
        assert_eq!(context["readOnlyRootFilesystem"], true);
        assert_eq!(context["allowPrivilegeEscalation"], false);
        assert_eq!(context["capabilities"]["drop"][0], "ALL");
        for (probe, path) in [("startupProbe", "/readyz"), ("readinessProbe", "/readyz"), ("livenessProbe", "/healthz")]
        {
            assert_eq!(container[probe]["httpGet"]["path"], path);
            assert_eq!(container[probe]["httpGet"]["scheme"], "HTTPS");
        }
        let service = &rendered.one("Service")?["spec"];
        assert_eq!(service["type"], "LoadBalancer");
        assert_eq!(service["externalTrafficPolicy"], "Local");
        assert!(rendered.all("Secret").is_empty(), "secrets are the customer's own objects");
    }
    Ok(())
}

#[test]
fn the_network_policy_opens_what_is_served_and_nothing_else() -> Result<()> {
    let policy = rendered(NETWORK_POLICY)?.one("NetworkPolicy")?["spec"].clone();
    assert_eq!(policy["egress"], serde_json::json!([]), "without a directory the server calls nobody");
    assert_eq!(policy["ingress"].as_array().map(Vec::len), Some(1));
    assert_eq!(policy["ingress"][0]["from"][1]["ipBlock"]["cidr"], "2001:db8::/32");

    let policy = rendered(POSTGRESQL)?.one("NetworkPolicy")?["spec"].clone();
    assert_eq!(policy["egress"].as_array().map(Vec::len), Some(2), "names and the database");
    assert_eq!(policy["egress"][1]["ports"][0]["port"], 5433);
    assert_eq!(policy["egress"][1]["to"][0]["ipBlock"]["cidr"], "10.1.2.4/32");

    let policy = rendered(EVERYTHING)?.one("NetworkPolicy")?["spec"].clone();
    assert_eq!(policy["egress"][1]["ports"][0]["port"], 1389);
    assert_eq!(policy["egress"][1]["to"][0]["ipBlock"]["cidr"], "10.1.2.3/32");
    assert_eq!(policy["ingress"].as_array().map(Vec::len), Some(2));
    Ok(())
}

#[test]
fn an_ingress_passes_tls_through() -> Result<()> {
    let ingress = rendered(EVERYTHING)?.one("Ingress")?.clone();
    assert_eq!(ingress["metadata"]["annotations"]["haproxy.org/ssl-passthrough"], "true");
    assert_eq!(ingress["spec"]["tls"], Value::Null);
    Ok(())
}

#[test]
fn values_that_would_break_it_are_refused() -> Result<()> {
    let ingress = "ingress: { enabled: true, host: chat.example.org";
    let ldap = "directory: { ldap: { enabled: true, bindDn: cn=svc, baseDn: dc=org, existingSecret: s";
    for (values, about) in [
        (format!("{ingress}, tls: edge }}"), "tls"),
        (format!("{ingress}, tls: reencrypt }}"), "tls"),
        (format!("{ingress}, tls: {{ secretName: certificate }} }}"), "tls"),
        (format!("{ingress}, secretName: certificate }}"), "secretName"),
        (format!("{ingress}, annotations: {{ cert-manager.io/cluster-issuer: x }} }}"), "annotations"),
        (
            format!("{ingress}, annotations: {{ nginx.ingress.kubernetes.io/backend-protocol: HTTPS }} }}"),
            "annotations",
        ),
        (
            format!("{ingress}, annotations: {{ nginx.ingress.kubernetes.io/ssl-passthrough: 'false' }} }}"),
            "annotations",
        ),
        (String::from("ingress: { enabled: true }"), "host"),
        (format!("{ldap}, url: 'ldap://directory.example.org' }} }}"), "ldap"),
        (String::from("directory: { ldap: { enabled: true, url: 'ldaps://directory.example.org' } }"), "ldap"),
        (String::from("store: { postgresql: { enabled: true } }"), "postgresql"),
        (String::from("store: { postgresql: { enabled: true, existingSecret: s, url: 'postgres://a:b@c/d' } }"), "url"),
        (String::from("publicUrl: http://chat.example.org"), "publicUrl"),
        (String::from("publicUrl: https://chat.example.org/path"), "publicUrl"),
        (String::from("replicaCount: 2"), "replicaCount"),
        (String::from("networkPolicy: { enabled: true, devices: [chat.example.org] }"), "devices"),
    ] {
        let (printed, _folder) = template(&values)?;
        assert_ne!(printed.code, Some(0), "accepted: {values}");
        ensure!(printed.stderr.contains(about), "“{values}” is refused for another reason: {}", printed.stderr);
    }
    Ok(())
}

#[test]
fn the_server_takes_the_configuration_of_the_chart() -> Result<()> {
    let rendered = rendered(EXISTING_SECRETS)?;
    let folder = rendered.folder.path();
    let text = rendered.one("ConfigMap")?["data"]["server.toml"].as_str().context("no server.toml")?;
    fs::write(folder.join("server.toml"), text)?;
    for name in ["tls", "directory"] {
        fs::create_dir(folder.join(name))?;
    }
    let own = rcgen::generate_simple_self_signed(["chat.example.org".to_owned()])?;
    fs::write(folder.join("tls/tls.crt"), own.cert.pem())?;
    fs::write(folder.join("tls/tls.key"), own.signing_key.serialize_pem())?;
    fs::write(folder.join("directory/ca.pem"), own.cert.pem())?;
    fs::write(folder.join("directory/bind-password"), "password")?;
    let mut setup = Setup::in_folder(folder.join("data"));
    setup.config = Some(folder.join("server.toml"));
    setup.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut server = setup.start()?;
    assert_eq!(server.ready().url, "https://chat.example.org:443");
    server.stop()
}

#[test]
fn the_server_takes_the_database_of_the_chart() -> Result<()> {
    let rendered = rendered(POSTGRESQL)?;
    let (folder, database) = (rendered.folder.path(), Database::new()?);
    let text = rendered.one("ConfigMap")?["data"]["server.toml"].as_str().context("no server.toml")?;
    fs::write(folder.join("server.toml"), text)?;
    fs::create_dir(folder.join("store"))?;
    // The database of the suite has no certificate.
    fs::write(folder.join("store/url"), format!("{}?sslmode=disable\n", database.url()))?;
    let authority = rcgen::generate_simple_self_signed(["db.example.org".to_owned()])?;
    fs::write(folder.join("store/ca.pem"), authority.cert.pem())?;
    let mut setup = Setup::in_folder(folder.join("data"));
    setup.config = Some(folder.join("server.toml"));
    let mut server = setup.start()?;
    assert!(!folder.join("data/server.db").exists(), "the state is in the database");
    let volumes = &rendered.one("Deployment")?["spec"]["template"]["spec"]["volumes"];
    let sources = volumes.as_array().and_then(|volumes| volumes.last()).context("no volume")?;
    let secret = &sources["projected"]["sources"][1]["secret"];
    assert_eq!((&secret["name"], &secret["items"][0]["path"]), (&"chat-database".into(), &"store/url".into()));
    server.stop()
}

#[test]
fn the_chart_is_of_this_version() -> Result<()> {
    let chart = yaml(&repository("helm/Chart.yaml"))?.into_iter().next().context("empty")?;
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    Ok(())
}
