//! The double as a program, with an authority, as a person would start it for a client whose hosts are fixed.

use crate::support::double::Running;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::{Path, PathBuf};
use std::process::Command;

const KEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/double/tests/keys");

/// The same tenant at every start.
const TENANT: [&str; 12] = [
    "--seed",
    "7",
    "--day",
    "3",
    "--devices",
    "30",
    "--software-per-device",
    "30",
    "--findings-per-device",
    "20",
    "--recommendations",
    "10",
];

/// A running double; it ends with the test.
pub(crate) struct Double {
    _double: Running,
    folder: tempfile::TempDir,
    /// Its address as a proxy.
    proxy: String,
}

impl Double {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let certificate = std::fs::read_to_string(Path::new(KEYS).join("certificate.pem")).expect("a certificate");
        let key = STANDARD.encode(std::fs::read(Path::new(KEYS).join("key.pk8.der")).expect("a key"));
        let lines: Vec<&str> = key.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("text")).collect();
        let key = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
        std::fs::write(path.join("application.pem"), format!("{certificate}{key}")).expect("written");
        let scenario = "[application]\ncertificates = [\"application.pem\"]\n";
        std::fs::write(path.join("scenario.toml"), scenario).expect("written");
        let scenario = ["--scenario", "scenario.toml", "--ca", "authority.pem", "--ca-out", "ca.pem"];
        let double = Running::start(path, &[&TENANT[..], &scenario].concat());
        let (_, rest) = double.greeting.split_once("through the proxy ").expect("a proxy");
        let proxy = rest.split(',').next().expect("an address").to_owned();
        Self { _double: double, folder, proxy }
    }

    /// Its folder, which holds its authority as `ca.pem`.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its address as a proxy, which stands for the real hosts.
    pub(crate) fn proxy(&self) -> &str {
        &self.proxy
    }

    /// How many facts of a name are true.
    pub(crate) fn facts(name: &str) -> usize {
        let output = Command::new(env!("CARGO_BIN_EXE_source-host"))
            .arg("double")
            .args(TENANT)
            .arg("--truth")
            .output()
            .expect("the program is built and can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let facts = String::from_utf8(output.stdout).expect("text");
        let count = facts.lines().filter(|line| line.starts_with(&format!("{{\"fact\":\"{name}\""))).count();
        assert_ne!(count, 0, "there is no fact {name}");
        count
    }

    /// Has a client read it: what it prints, or how it fails.
    pub(crate) fn read(&self, client: &mut Command) -> Result<usize, String> {
        let file = |name: &str| -> PathBuf { self.folder.path().join(name) };
        for name in ["NO_PROXY", "no_proxy", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
            client.env_remove(name);
        }
        client
            .env("HTTPS_PROXY", &self.proxy)
            .env("REQUESTS_CA_BUNDLE", file("ca.pem"))
            .env("SSL_CERT_FILE", file("ca.pem"))
            .env("NODE_EXTRA_CA_CERTS", file("ca.pem"))
            .env("DOUBLE_TENANT", defender_double::service::TENANT_ID)
            .env("DOUBLE_CLIENT", defender_double::service::CLIENT_ID)
            .env("DOUBLE_SECRET", defender_double::service::CLIENT_SECRET)
            .env("DOUBLE_CERTIFICATE", file("application.pem"))
            .env("DOUBLE_FOLDER", self.folder.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(self.folder.path());
        let output = client.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stdout);
        let wrong = String::from_utf8_lossy(&output.stderr);
        match (output.status.success(), said.trim().parse()) {
            (true, Ok(number)) => Ok(number),
            _ => Err(format!("{said}{wrong}")),
        }
    }
}
