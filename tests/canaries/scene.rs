//! A tenant whose answers repeat what they were asked with, and the program in a folder of its own.

use crate::support::HANDMADE_TENANT;
use crate::support::program::{Output, Program};
use crate::support::relay::Relay;
use crate::support::server::Server;
use crate::support::service::{VULNERABILITIES, handmade_body};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// With characters that each spelling spells in its own way.
pub(crate) const SECRET: &str = "cAnArY~5eCrEt+8Q/x=1;\"q\\z";
pub(crate) const TOKEN: &str = "eyJcAnArYtOkEn.q7Zp-_81xKw.sIgNaTuRe3";
/// As it is meant; in an address it is percent-encoded.
pub(crate) const SIGNATURE: &str = "cAnArY+5aS/sIgN8q1Kd0=";
pub(crate) const PASSWORD: &str = "cAnArYpRoXyWoRd7";

/// Everything that must not come out.
pub(crate) const SECRETS: [(&str, &str); 4] =
    [("the client secret", SECRET), ("the token", TOKEN), ("the signature", SIGNATURE), ("the password", PASSWORD)];

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nothing.
    None,
    /// The sign-in is refused, with everything that it was sent.
    SignIn,
    /// The answer with the token is none that can be read.
    Garbled,
    /// Requests are refused with what they were sent.
    Refused,
    /// Answers about rows hold what they were asked with.
    Rows,
    /// The file of an export is refused, with its address.
    File,
}

pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) server: Server,
    pub(crate) relay: Relay,
}

/// What the sign-in was sent; no token was given yet that anybody could know.
fn echo_of_sign_in() -> Vec<u8> {
    let words = format!("{SECRET} {PASSWORD} client_secret={}", encoded(SECRET));
    json!({ "error": SECRET, "error_codes": [7_000_215], "error_description": words, "trace_id": PASSWORD })
        .to_string()
        .into_bytes()
}

/// What requests were sent.
fn echo() -> Vec<u8> {
    let words = format!("{SECRET} {TOKEN} https://x/?sig={} {PASSWORD}", encoded(SIGNATURE));
    json!({
        "error": { "code": TOKEN, "message": words, "target": SECRET },
        "error_description": words,
        "trace_id": TOKEN,
    })
    .to_string()
    .into_bytes()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The rows of the hand-made tenant, as a file of an export.
fn export() -> Vec<u8> {
    let page: Value = serde_json::from_slice(&handmade_body(VULNERABILITIES)).expect("a page");
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    for row in page["value"].as_array().expect("rows") {
        writeln!(packer, "{row}").expect("in memory");
    }
    packer.finish().expect("in memory")
}

impl Scene {
    pub(crate) fn new(trouble: Trouble) -> Self {
        let server = Server::handmade(move |asked| answer(trouble, asked));
        let scene = Self { folder: tempfile::tempdir().expect("a folder"), server, relay: Relay::http() };
        scene.configure();
        scene
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn configure(&self) {
        let (Server { login, api, .. }, proxy) = (&self.server, self.relay.address);
        let text = format!(
            r#"
[source.config]
tenant_id = "{HANDMADE_TENANT}"
client_id = "00000000-0000-4000-8000-000000000001"
auth = {{ kind = "client_secret" }}
http = {{ max_wait_secs = 1 }}
endpoints = {{ login = "http://{login}", defender = "http://{api}", blob = "http://{api}" }}
datasets = {{ software = {{ strategy = "bulk" }}, vulnerabilities = {{ strategy = "files" }} }}
[source.secrets]
client_secret = {{ env = "SAMPLE_SECRET" }}
[sandbox]
proxy = "http://user:{PASSWORD}@{proxy}"
[sandbox.hosts]
"{login}" = "login.microsoftonline.com"
"{api}" = ["api.security.microsoft.com", "export.blob.core.windows.net"]
[state]
path = "inventory.db"
inventory = true
[sink]
path = "events.ndjson"
"#
        );
        std::fs::write(self.path().join("c.toml"), text).expect("written");
    }

    /// The program in the folder, as much of a talker as it can be.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        Program::new().current_dir(self.path()).env("SAMPLE_SECRET", SECRET).args(args).arg("-vv").run()
    }

    /// Everything in the folder but the configuration, which has the password.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut files, mut folders) = (Vec::new(), vec![self.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                match entry.path() {
                    path if path.is_dir() => folders.push(path),
                    path if path.ends_with("c.toml") => {}
                    path => files.push((path.clone(), std::fs::read(path).expect("a file"))),
                }
            }
        }
        files
    }
}

fn answer(trouble: Trouble, asked: &str) -> Option<(u16, Vec<u8>)> {
    if asked.starts_with("POST ") {
        return Some(match trouble {
            Trouble::SignIn => (401, echo_of_sign_in()),
            Trouble::Garbled => (200, format!("{{\"access_token\":\"{TOKEN}\", {SECRET}").into_bytes()),
            _ => {
                let token = json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": TOKEN });
                (200, token.to_string().into_bytes())
            }
        });
    }
    if asked.contains("/export/") {
        return Some(if trouble == Trouble::File { (403, echo()) } else { (200, export()) });
    }
    if asked.contains("SoftwareVulnerabilitiesExport") {
        let link = format!("https://api.security.microsoft.com/export/1.json.gz?sv=2021&sig={}", encoded(SIGNATURE));
        let list = json!({ "exportFiles": [link], "generatedTime": "2026-01-01T00:00:00Z" });
        return Some((200, list.to_string().into_bytes()));
    }
    match trouble {
        Trouble::Refused => Some((403, echo())),
        Trouble::Rows if asked.contains("/api/machines?") => {
            let row = json!({ "id": "1", "computerDnsName": "pc", "echo": String::from_utf8(echo()).expect("text") });
            Some((200, json!({ "value": [row] }).to_string().into_bytes()))
        }
        _ => None,
    }
}
