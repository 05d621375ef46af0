//! A source that attacks its host, in the way that its mark names. Attacks that only try something report how it went
//! as the message of an error.
#![cfg(target_family = "wasm")]

mod data;
mod network;
mod resources;

use std::time::Duration;
use test_guest::bindings::export;
use test_guest::bindings::exports::pipeline::source::source::{self, Guest, GuestSession};
use test_guest::bindings::pipeline::source::types::{
    Descriptor, Endpoint, Error, Failure, Limits, Report, Secret, Step, Wait, WaitReason,
};
use test_guest::mark;

struct Component;

export!(Component with_types_in test_guest::bindings);

impl Guest for Component {
    type Session = Session;

    fn describe() -> Descriptor {
        #[cfg(feature = "files")]
        let _ = std::fs::read_dir("/");
        #[cfg(feature = "sockets")]
        let _ = std::net::TcpStream::connect("127.0.0.1:22");
        match mark::mark() {
            "describe-spin" => resources::spin(),
            "describe-data" => data::alias_descriptor(descriptor()),
            _ => descriptor(),
        }
    }

    fn check(_: String, _: Vec<Secret>) -> Result<Report, Error> {
        Ok(Report { findings: vec![], estimates: vec![] })
    }

    fn plan(_: String, _: Option<Vec<Secret>>, _: Option<String>) -> Result<Report, Error> {
        Ok(Report { findings: vec![], estimates: vec![] })
    }
}

fn descriptor() -> Descriptor {
    let endpoint = |method: &str, host: &str, path: &str| Endpoint {
        host: host.into(),
        method: method.into(),
        path: path.into(),
        purpose: "attack".into(),
    };
    Descriptor {
        name: "hostile-source".into(),
        version: "0.1.0".into(),
        description: "Attacks its host.".into(),
        config_schema: "{}".into(),
        secrets: vec![],
        datasets: vec![],
        endpoints: vec![
            endpoint("GET", "api.example.com", "/v1/items"),
            endpoint("POST", "login.example.com", "/token"),
            endpoint("GET", "169.254.169.254", "/{rest...}"),
            endpoint("GET", "127.0.0.1", "/{rest...}"),
            endpoint("GET", "localhost", "/{rest...}"),
            endpoint("GET", "*", "/{rest...}"),
        ],
        schemas: vec![],
    }
}

struct Session;

impl GuestSession for Session {
    fn open(_: String, _: Vec<Secret>, _: Option<String>) -> Result<source::Session, Error> {
        Ok(source::Session::new(Self))
    }

    fn next(&self, _: Limits) -> Result<Step, Error> {
        match mark::mark() {
            "spin" => resources::spin(),
            "recurse" => Err(internal(resources::recurse(1).to_string())),
            "allocate" => resources::allocate(),
            "stderr" => resources::flood(),
            "sleep" => loop {
                std::thread::sleep(Duration::from_secs(3600));
            },
            "poll" => resources::busy_poll(),
            "handles" => resources::handles(),
            "random" => resources::random(),
            "long-header" => resources::long_header(),
            "exit" => std::process::exit(0),
            "panic" => panic!("{}", "p".repeat(100_000)),
            "surroundings" => Err(internal(resources::surroundings())),
            "requests" => Err(internal(network::requests())),
            "bodies" => Err(internal(network::bodies())),
            "hosts" => Err(internal(network::hosts())),
            "redirect" => Err(internal(network::redirect())),
            "methods" => Err(internal(network::methods())),
            "headers" => Err(internal(network::headers())),
            "lengths" => Err(internal(network::lengths())),
            "wait-zero" => Ok(waiting(0)),
            "wait-ever" => Ok(waiting(u64::MAX)),
            other => data::step(other),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        assert!(!mark::is("drop"), "it does not want to go");
    }
}

fn waiting(millis: u64) -> Step {
    Step::Wait(Wait { millis, reason: WaitReason::Retry, message: "because".into() })
}

fn internal(message: String) -> Error {
    Error::Internal(Failure { message, remedy: "none".into(), retry_after_ms: None })
}
