//! What real recorders write down of the double is replayed: the same events as of the double itself.

use crate::double::Double;
use crate::packages::{self, SCRIPTS};
use crate::support::program::{Output, Program};
use defender_double::service::{CLIENT_ID, CLIENT_SECRET, TENANT_ID};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Devices, and software from files: texts, compressed texts and bytes.
const DATASETS: &str = r#"
datasets.devices.enabled = true
datasets.software = { enabled = true, strategy = "files" }
datasets.vulnerabilities.enabled = false
datasets.recommendations.enabled = false
datasets.device_users.enabled = false
"#;

/// What identifies the events of a run: kind, operation, key and hash of each.
type Events = BTreeSet<String>;

fn events(output: &Output) -> Events {
    assert_eq!(output.code, 0, "{}", output.stderr);
    let event = |line| serde_json::from_str::<Value>(line).expect("an event");
    let events = output.stdout.lines().map(event).map(|event| {
        let member = |name: &str| event[name].to_string();
        [member("kind"), member("op"), member("key"), member("hash")].join(" ")
    });
    events.collect()
}

/// Runs the source with answers of a service that is reached through a proxy, and trusted by an authority.
fn run(folder: &Path, proxy: &str, authority: &Path) -> Events {
    let sandbox = format!("[sandbox]\nproxy = {proxy:?}\nca_file = {authority:?}\n");
    let secrets = "[source.secrets]\nclient_secret = { env = \"DEFENDER_CLIENT_SECRET\" }\n";
    std::fs::write(folder.join("run.toml"), format!("{}{secrets}{sandbox}", source())).expect("written");
    let program = Program::new().current_dir(folder).env("DEFENDER_CLIENT_SECRET", CLIENT_SECRET);
    let events = events(&program.args(["run", "--once", "--config", "run.toml"]).run());
    assert!(events.len() > 100, "{events:?}");
    events
}

fn source() -> String {
    format!("[source.config]\ntenant_id = {TENANT_ID:?}\nclient_id = {CLIENT_ID:?}\n{DATASETS}")
}

/// The double's own events. Each recorder has a double to itself, which counts its calls.
fn true_events() -> Events {
    let double = Double::start();
    run(double.folder(), double.proxy(), &double.folder().join("ca.pem"))
}

fn replay(folder: &Path, file: &str, matching: &str) -> Output {
    std::fs::write(folder.join("replay.toml"), source()).expect("written");
    let program = Program::new().current_dir(folder);
    program.args(["replay", file, "--match", matching, "--config", "replay.toml"]).run()
}

/// Has a script of `record.mjs` record a double.
fn recorded(recorder: &str, file: &str, packages: &Path) -> Double {
    let double = Double::start();
    let mut node = Command::new("node");
    node.arg(Path::new(SCRIPTS).join("record.mjs")).args([recorder, file]).env("DOUBLE_PACKAGES", packages);
    if let Some(browser) = packages::browser() {
        node.env("DOUBLE_BROWSER", browser);
    }
    assert_eq!(double.read(&mut node), Ok(Double::facts("device")), "{recorder}");
    double
}

fn hold(recorders: &[(&str, &str)]) {
    let Some(packages) = packages::node() else { return };
    let wanted = true_events();
    for (recorder, file) in recorders {
        let double = recorded(recorder, file, &packages);
        let found = events(&replay(double.folder(), file, "path"));
        assert!(found == wanted, "{recorder}: {:?}", found.symmetric_difference(&wanted).take(9).collect::<Vec<_>>());
    }
}

#[test]
fn recordings_of_node_are_replayed() {
    hold(&[("polly", "polly.har"), ("axios", "axios.har")]);
}

#[test]
fn recordings_of_a_browser_are_replayed() {
    if packages::browser().is_some() {
        hold(&[
            ("chrome_har", "chrome.har"),
            ("playwright_embed", "embed.har"),
            ("playwright_attach", "attach.har"),
            ("playwright_zip", "attach.zip"),
        ]);
    }
}

#[test]
fn recordings_of_mitmproxy_are_replayed() {
    let Some(mitmdump) = packages::mitmdump() else { return };
    let wanted = true_events();
    let double = Double::start();
    let recorder = Mitmdump::start(&mitmdump, &double, &[]);
    let authority = double.folder().join("mitmproxy/mitmproxy-ca-cert.pem");
    assert!(run(double.folder(), &recorder.address, &authority) == wanted, "the proxy changes nothing");
    recorder.end();
    for matching in ["exact", "path"] {
        assert!(events(&replay(double.folder(), "mitmproxy.har", matching)) == wanted, "{matching}");
    }
}

#[test]
fn recordings_without_bodies_are_named() {
    let lacks_body = |double: &Double, file: &str| {
        let output = replay(double.folder(), file, "path");
        let said = format!("{file} entry ");
        assert!(output.code != 0 && output.stdout.is_empty(), "{}", output.stderr);
        assert!(output.stderr.contains(&said) && output.stderr.contains(" holds no body; "), "{}", output.stderr);
        assert!(!output.stderr.contains("endpoints.login"), "{}", output.stderr);
    };
    if let (Some(packages), Some(_)) = (packages::node(), packages::browser()) {
        lacks_body(&recorded("playwright_omit", "omit.har", &packages), "omit.har");
    }
    if let Some(mitmdump) = packages::mitmdump() {
        let double = Double::start();
        let recorder = Mitmdump::start(&mitmdump, &double, &["--set", "stream_large_bodies=1"]);
        run(double.folder(), &recorder.address, &double.folder().join("mitmproxy/mitmproxy-ca-cert.pem"));
        recorder.end();
        lacks_body(&double, "mitmproxy.har");
    }
}

/// A running mitmproxy, which writes `mitmproxy.har` when it ends.
struct Mitmdump {
    child: Child,
    /// What it says, kept open so that it can go on saying it.
    _messages: BufReader<ChildStdout>,
    /// Its address as a proxy.
    address: String,
}

impl Mitmdump {
    fn start(program: &Path, double: &Double, args: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(["--mode", &format!("upstream:{}", double.proxy()), "--listen-host", "127.0.0.1"])
            .args(["--listen-port", "0", "--set", "ssl_verify_upstream_trusted_ca=ca.pem"])
            .args(["--set", "confdir=mitmproxy", "--set", "hardump=mitmproxy.har", "--flow-detail", "0"])
            .args(args)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUNBUFFERED", "1")
            .current_dir(double.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let mut messages = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        while !line.contains("listening at ") {
            line.clear();
            assert_ne!(messages.read_line(&mut line).expect("text"), 0, "it ended early");
        }
        let (_, address) = line.trim_end().rsplit_once(' ').expect("an address");
        let address = format!("http://{}", address.trim_end_matches('.'));
        Self { child, _messages: messages, address }
    }

    /// Interrupts it and waits until it has written.
    fn end(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill is there").success());
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Drop for Mitmdump {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
