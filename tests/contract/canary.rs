//! Secrets stay in: they are searched for in everything that comes out, on every path that fails.

use crate::support::run;
use crate::support::service::{MACHINES, TOKEN, handmade_answer, handmade_behind, harness};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use source_host::contract::ErrorLine;
use source_host::engine::CallError;
use source_host::runner::RunError;
use source_host::testing::{FakeTransport, Reply, TestRun};
use source_host::transport::TransportError;

const SECRET: &str = "cAnArY~sEcReT.8Q/x+1";
const ACCESS: &str = "eyJcAnArY.tOkEn-_9.sIg";

/// The spellings in which a canary could get out.
fn spellings() -> Vec<String> {
    let mut spellings = Vec::new();
    for canary in [SECRET, ACCESS] {
        let percent: String = canary.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let form = canary.replace('~', "%7E").replace('/', "%2F").replace('+', "%2B");
        spellings.extend([canary.into(), percent, form, canary.replace('/', "%2F").replace('+', "%2B")]);
        spellings.extend([STANDARD.encode(canary), URL_SAFE_NO_PAD.encode(canary), canary[..9].into()]);
    }
    spellings
}

fn everything(run: &TestRun) -> String {
    let mut out = format!("{:?}\n{:?}\n{:?}\n", run.receipt, run.waits, run.positions);
    for event in &run.sink.events {
        out.push_str(&format!("{event:?}\n{}\n", event.document));
    }
    if let Some(error) = &run.error {
        out.push_str(&format!("{error}\n{error:?}\n"));
        if let RunError::Call(CallError::Source(error)) = error {
            out.push_str(&ErrorLine(error).to_string());
        }
    }
    out
}

#[test]
fn canaries_never_come_out() {
    let token = || Reply::json(format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{ACCESS}"}}"#));
    // Answers that echo what was sent, as debugging proxies do.
    let echo = |status: u16| {
        Reply::status(status).body(format!(
            r#"{{"error":{{"code":"{ACCESS}","message":"{SECRET} {ACCESS}","target":"{ACCESS}"}},"error_description":"{SECRET}"}}"#
        ))
    };
    let entra = |status: u16| {
        Reply::status(status).body(format!(
            r#"{{"error":"{SECRET}","error_codes":[7000215],"error_description":"AADSTS7000215 {SECRET}","trace_id":"{SECRET}"}}"#
        ))
    };
    let next = format!(r#"{{"value":[],"@odata.nextLink":"https://evil.example/?t={ACCESS}&s={SECRET}"}}"#);
    let scripts: Vec<(&str, FakeTransport)> = vec![
        ("all is well", FakeTransport::new().on("POST", TOKEN, token())),
        ("sign-in refused", FakeTransport::new().on("POST", TOKEN, entra(401))),
        ("sign-in refused with an echo", FakeTransport::new().on("POST", TOKEN, echo(400))),
        ("sign-in in trouble", FakeTransport::new().on("POST", TOKEN, echo(503))),
        (
            "sign-in answers nonsense",
            FakeTransport::new().on("POST", TOKEN, Reply::json(format!("<{ACCESS}{SECRET}>"))),
        ),
        ("sign-in lost", FakeTransport::new().on("POST", TOKEN, Reply::fail(TransportError::Reset))),
        ("token cut", FakeTransport::new().on("POST", TOKEN, token().truncated_after(60))),
        ("401", FakeTransport::new().on("POST", TOKEN, token()).on("GET", MACHINES, echo(401))),
        ("403", FakeTransport::new().on("POST", TOKEN, token()).on("GET", "/api/", echo(403))),
        ("400", FakeTransport::new().on("POST", TOKEN, token()).on("GET", "/api/", echo(400))),
        ("429", FakeTransport::new().on("POST", TOKEN, token()).on("GET", "/api/", echo(429))),
        ("500", FakeTransport::new().on("POST", TOKEN, token()).on("GET", "/api/", echo(500))),
        (
            "html",
            FakeTransport::new().on("POST", TOKEN, token()).on("GET", "/api/", Reply::json(format!("<{ACCESS}>"))),
        ),
        ("foreign link", FakeTransport::new().on("POST", TOKEN, token()).on("GET", MACHINES, Reply::json(next))),
    ];
    for (name, rules) in scripts {
        let network = handmade_behind(rules);
        let run = run(harness(&network).secret("client_secret", SECRET).limits(10, u32::MAX));
        let form = network.requests().into_iter().find(|seen| seen.url.path().ends_with(TOKEN)).expect("a sign-in");
        let body = String::from_utf8_lossy(&form.body).into_owned();
        assert!(body.contains("cAnArY"), "{name}: the secret is sent to the sign-in service");
        let out = everything(&run);
        assert!(run.error.is_some() || run.receipt.is_some(), "{name}");
        for spelling in spellings() {
            assert!(!out.contains(&spelling), "{name}: {spelling} in {out}");
        }
        for seen in network.requests() {
            let is_api = seen.url.host() == Some("api.security.microsoft.com");
            assert!(is_api || !seen.headers.contains_key("authorization"), "{name}: a token for {}", seen.url);
            assert!(!seen.url.to_string().contains("cAnArY"), "{name}: {}", seen.url);
            assert!(seen.body.is_empty() || seen.url.path().ends_with(TOKEN), "{name}: a body for {}", seen.url);
        }
    }
}

#[test]
fn a_secret_under_a_wrong_name_is_not_repeated() {
    let network = FakeTransport::new().answer(handmade_answer);
    for name in ["client_secrt", "password"] {
        let run = run(harness(&network).without_secrets().secret(name, SECRET));
        let out = everything(&run);
        assert!(out.contains("invalid-config") && !out.contains("cAnArY"), "{out}");
    }
    let run = run(harness(&network).without_secrets());
    assert!(everything(&run).contains("client_secret"));
    assert!(network.requests().is_empty(), "noticed before any request");
}

#[test]
fn a_secret_in_the_configuration_is_not_repeated() {
    for config in [
        format!(r#"{{"tenant_id":"t","client_id":"c","client_secret":"{SECRET}"}}"#),
        format!(r#"{{"tenant_id":"t","client_id":"c","auth":{{"kind":"{SECRET}"}}}}"#),
        format!(r#"{{"tenant_id":"t","client_id":"c","auth":"{SECRET}"}}"#),
        format!(r#"{{"tenant_id":"t","client_id":"c","cloud":["{SECRET}"]}}"#),
        format!(r#"{{"tenant_id":"t","client_id":"c","x":"{SECRET}"#),
    ] {
        let network = FakeTransport::new();
        let out = everything(&run(harness(&network).config(config)));
        assert!(out.contains("invalid-config") && !out.contains("cAnArY"), "{out}");
    }
}
