//! `source-host run` against a server on this machine that answers like the hand-made tenant.

use super::program::Program;
use super::server::Server;
use std::path::Path;

/// The client secret of [`program`]. No output may hold it.
pub const SECRET: &str = "cAnArY~secret-8Q";
/// The access token of [`token`]. No output may hold it.
pub const TOKEN: &str = "eyJcAnArY.tOkEn.sIg";

/// Answers the token request, and nothing else.
pub fn token(asked: &str) -> Option<(u16, Vec<u8>)> {
    let body = format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{TOKEN}"}}"#);
    asked.starts_with("POST ").then(|| (200, body.into_bytes()))
}

/// Writes `c.toml`: the server as the service, `events` in a batch at most, and further sections.
pub fn configure(folder: &Path, server: &Server, events: usize, sections: &str) {
    let Server { login, api, .. } = server;
    let text = format!(
        r#"
[source.config]
tenant_id = "11111111-2222-4333-8444-555555555555"
client_id = "00000000-0000-4000-8000-000000000001"
auth = {{ kind = "client_secret" }}
endpoints = {{ login = "http://{login}", defender = "http://{api}" }}
datasets = {{ software = {{ strategy = "bulk" }}, vulnerabilities = {{ strategy = "bulk" }} }}
[source.secrets]
client_secret = {{ env = "SAMPLE_SECRET" }}
[sandbox]
max_batch_events = {events}
hosts = {{ "{login}" = "login.microsoftonline.com", "{api}" = "api.security.microsoft.com" }}
{sections}"#
    );
    std::fs::write(folder.join("c.toml"), text).expect("written");
}

/// A verb that reads `c.toml` of a folder, there.
pub fn program(folder: &Path, verb: &str) -> Program {
    Program::new().current_dir(folder).env("SAMPLE_SECRET", SECRET).args([verb, "--config", "c.toml"])
}
