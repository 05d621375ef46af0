//! A small source of items, read page by page, that keeps every promise of the contract. Its mark names the promise
//! that it breaks instead; each is broken in the one place that asks for it.
#![cfg(target_family = "wasm")]

mod about;
mod config;
mod position;
mod service;
mod session;

use config::Config;
use service::{Service, Trouble};
use session::Session;
use std::cell::RefCell;
use test_guest::bindings::export;
use test_guest::bindings::exports::pipeline::source::source::{self, Guest, GuestSession};
use test_guest::bindings::pipeline::source::types::{
    Descriptor, Error, Estimate, Failure, Finding, Limits, Report, Secret, Severity, Step,
};
use test_guest::mark;

struct Component;

export!(Component with_types_in test_guest::bindings);

impl Guest for Component {
    type Session = Exported;

    fn describe() -> Descriptor {
        #[cfg(feature = "files")]
        let _ = std::fs::read_dir("/");
        about::descriptor()
    }

    fn check(config: String, secrets: Vec<Secret>) -> Result<Report, Error> {
        let config = Config::parse(&config, &secrets)?;
        let mut service = Service::new(config.secret);
        for _ in 0..if mark::is("check") { 3 } else { 1 } {
            match service.page(1) {
                Ok(_) => {}
                Err(Trouble::Wait(_)) => return Err(Error::Throttled(failure("the service is busy", "try later"))),
                Err(Trouble::Down) => return Err(Error::Unavailable(failure("the service is down", "try later"))),
                Err(Trouble::Fatal(error)) => return Err(error),
            }
        }
        let finding = Finding {
            severity: Severity::Info,
            subject: about::DATASET.into(),
            message: "items can be read".into(),
            remedy: String::new(),
        };
        Ok(Report { findings: vec![finding], estimates: vec![] })
    }

    fn plan(config: String, secrets: Option<Vec<Secret>>, _: Option<String>) -> Result<Report, Error> {
        Config::parse_text(&config)?;
        if mark::is("plan") {
            let _ = Service::new(String::new()).page(1);
        }
        if mark::is("plan-counts")
            && let Some(secrets) = secrets
        {
            let mut service = Service::new(Config::parse(&config, &secrets)?.secret);
            let _ = service.page(1).or_else(|_| service.page(1));
        }
        let estimate = Estimate {
            dataset: about::DATASET.into(),
            strategy: about::STRATEGY.into(),
            permissions: vec![],
            calls: None,
            calls_rule: "one per page".into(),
            minutes: None,
            rows: None,
            bytes: None,
        };
        Ok(Report { findings: vec![], estimates: vec![estimate] })
    }
}

/// A session behind the methods that take it by reference.
struct Exported(RefCell<Session>);

impl GuestSession for Exported {
    fn open(config: String, secrets: Vec<Secret>, checkpoint: Option<String>) -> Result<source::Session, Error> {
        let session = Session::open(&config, &secrets, checkpoint.as_deref())?;
        Ok(source::Session::new(Self(RefCell::new(session))))
    }

    fn next(&self, limits: Limits) -> Result<Step, Error> {
        self.0.borrow_mut().next(limits)
    }
}

/// Why and what to do.
fn failure(message: &str, remedy: &str) -> Failure {
    let remedy = if mark::is("errors") { String::new() } else { remedy.to_owned() };
    Failure { message: message.to_owned(), remedy, retry_after_ms: None }
}
