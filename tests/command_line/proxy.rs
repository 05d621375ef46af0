//! A configured proxy: every request goes through it, or none goes at all.

use crate::support::program::Program;
use crate::support::relay::{Passed, Relay};
use crate::support::server::Server;
use crate::support::source::{self, program, token};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// No output may hold it.
const PASSWORD: &str = "pAsSwOrD";

/// Writes a configuration that reads the devices of a server through a proxy, if there is one.
fn configure(folder: &Path, server: &Server, proxy: Option<&str>) {
    source::configure(folder, server, 1000, "");
    let path = folder.join("c.toml");
    let text = std::fs::read_to_string(&path).expect("text");
    let proxy = proxy.map(|proxy| format!("[sandbox]\nproxy = {proxy:?}")).unwrap_or("[sandbox]".into());
    std::fs::write(path, text.replace("[sandbox]", &proxy)).expect("written");
}

#[test]
fn every_request_goes_through_it() {
    let (http, socks) = (Relay::http(), Relay::socks());
    for (proxy, relay, credentials) in [
        (format!("http://{}", http.address), &http, None),
        // `user:pAsSwOrD` in Base64, RFC 7617.
        (format!("HTTP://user:{PASSWORD}@{}/", http.address), &http, Some("Basic dXNlcjpwQXNTd09yRA==")),
        (format!("socks5://{}", socks.address), &socks, None),
        (format!("socks5h://user:{PASSWORD}@{}", socks.address), &socks, Some("user:pAsSwOrD")),
    ] {
        let server = Server::handmade(token);
        let folder = tempfile::tempdir().expect("a folder");
        configure(folder.path(), &server, Some(&proxy));
        let before = relay.seen().len();
        let run = program(folder.path(), "run").args(["-vv", "--datasets", "devices"]);
        // The environment neither adds a proxy nor takes one away.
        let run = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
            .iter()
            .fold(run, |run, name| run.env(name, "http://127.0.0.1:9"));
        let run = run.env("NO_PROXY", "*").env("no_proxy", "127.0.0.1").env("REQUEST_METHOD", "GET").run();
        assert_eq!(run.code, 0, "{proxy}: {}", run.stderr);
        let passed = &relay.seen()[before..];
        assert!(!server.asked().is_empty());
        assert_eq!(passed.len(), server.asked().len(), "{proxy}: {passed:?}");
        let is_credential = |passed: &Passed| passed.credentials.as_deref() == credentials;
        assert!(passed.iter().all(is_credential), "{proxy}: {passed:?}");
        assert!(!run.stderr.contains(PASSWORD) && !run.stdout.contains(PASSWORD), "{}", run.stderr);
    }
}

#[test]
fn nothing_is_taken_from_the_environment() {
    let server = Server::handmade(token);
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), &server, None);
    let relay = Relay::http();
    let proxy = format!("http://{}", relay.address);
    let run = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
        .iter()
        .fold(program(folder.path(), "run").args(["--datasets", "devices"]), |run, name| run.env(name, &proxy));
    let run = run.run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(relay.seen().is_empty() && !server.asked().is_empty(), "{:?}", relay.seen());
}

#[test]
fn nothing_goes_past_one_that_does_not_work() {
    let server = Server::handmade(token);
    let folder = tempfile::tempdir().expect("a folder");
    for scheme in ["http", "https", "socks5", "socks5h"] {
        // One that hangs up, and one that is not there.
        let proxy = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = proxy.local_addr().expect("an address");
        let hangs_up = std::thread::spawn(move || drop(proxy.accept()));
        for _ in 0..2 {
            configure(folder.path(), &server, Some(&format!("{scheme}://user:{PASSWORD}@{address}")));
            let check = program(folder.path(), "check").arg("-vv").run();
            assert_eq!(check.code, 1, "{scheme}: {}", check.stderr);
            assert!(!check.stderr.contains(PASSWORD) && !check.stdout.contains(PASSWORD), "{}", check.stderr);
        }
        // Whether it was asked or not, it ends.
        let _ = TcpStream::connect(address);
        hangs_up.join().expect("no panic");
    }
    assert!(server.asked().is_empty(), "{:?}", server.asked());
}

#[test]
fn a_slip_is_refused_before_anything_is_asked() {
    let server = Server::handmade(token);
    let folder = tempfile::tempdir().expect("a folder");
    for slip in [
        "htp://user:pAsSwOrD@proxy.example:3128",
        "htps://proxy.example:3128",
        "ftp://proxy.example:3128",
        "socks4://proxy.example:1080",
        "user:pAsSwOrD@proxy.example:3128",
        "proxy:3128",
        "proxy.example",
        "http:proxy.example:3128",
        "http://",
        "http://:3128",
        "http://proxy.example:99999",
        "http://proxy.example:0",
        "http://proxy.example:3128/path",
        "http://user:pAsSwOrD#1@proxy.example:3128",
        "http://proxy.example:3128?x=1",
    ] {
        configure(folder.path(), &server, Some(slip));
        for verb in ["validate", "check", "plan", "run", "record"] {
            let more: &[&str] = if verb == "record" { &["--out", "tape"] } else { &[] };
            let output = program(folder.path(), verb).args(more).run();
            assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{verb} {slip}: {}", output.stderr);
            assert!(
                output.stderr.contains("sandbox.proxy: ") && output.stderr.contains("write it like"),
                "{}",
                output.stderr
            );
            assert!(!output.stderr.contains(PASSWORD), "{}", output.stderr);
        }
    }
    assert!(server.asked().is_empty(), "{:?}", server.asked());
}

#[test]
fn one_that_refuses_is_named_with_what_it_said() {
    let folder = tempfile::tempdir().expect("a folder");
    for (status, part) in
        [("407 Proxy Authentication Required", "HTTP 407"), ("403 Forbidden", "let it allow this host")]
    {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let over = Arc::new(AtomicBool::new(false));
        let refusing = std::thread::spawn({
            let over = Arc::clone(&over);
            move || {
                while let Ok((mut stream, _)) = listener.accept() {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    let mut request = [0; 2048];
                    let read = stream.read(&mut request).unwrap_or_default();
                    assert!(request[..read].starts_with(b"CONNECT login.microsoftonline.com:443 "));
                    let _ = write!(stream, "HTTP/1.1 {status}\r\n\r\n");
                }
            }
        });
        let config = format!(
            "[source.config]\ntenant_id = \"contoso.example\"\nclient_id = \"c\"\n[source.secrets]\n\
             client_secret = {{ env = \"S\" }}\n[sandbox]\nproxy = \"http://user:{PASSWORD}@{address}\"\n"
        );
        std::fs::write(folder.path().join("c.toml"), config).expect("written");
        for verb in ["check", "run"] {
            let program = Program::new().current_dir(folder.path()).env("S", "s");
            let output = program.args([verb, "--config", "c.toml"]).run();
            assert_eq!(output.code, 1, "{verb}: {}", output.stderr);
            assert!(!output.stderr.contains(PASSWORD), "{}", output.stderr);
            let told: Vec<&str> = output.stderr.lines().filter(|line| line.contains(&address.to_string())).collect();
            assert!(told.len() == 1 && told[0].contains(part), "{verb} {status}: {}", output.stderr);
            assert!(output.stderr.contains("sandbox.proxy"), "{}", output.stderr);
        }
        over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(address);
        refusing.join().expect("no panic");
    }
}
