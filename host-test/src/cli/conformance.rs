//! `conformance`: which promises of the contract a component keeps.

use super::args::Conformance;
use super::demo::SAMPLE;
use super::exit::Exit;
use super::job;
use super::out::{Form, print, print_json};
use crate::config::{self, Settings};
use crate::conformance::{Case, Judgement, Unfit, Verdict, judge};
use crate::contract::{Secret, one_line};
use crate::engine::{self, EMBEDDED};
use crate::har::{self, Exchange};
use crate::replay::{ReplayOptions, ReplayTransport};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// What a secret reads while the kit listens, if the configuration names none.
const CANARY: &str = "conformance-canary-7c1d5e90";
/// The name that most sources have for it.
const CLIENT_SECRET: &str = "client_secret";

pub(super) async fn run(args: Conformance) -> Result<(), Exit> {
    let settings = args.config.as_deref().map(Settings::load).transpose()?;
    let case = case(&args, settings.as_ref())?;
    let sandbox = settings.map(|settings| settings.sandbox).unwrap_or_default();
    let judgements = judge(&job::engine(&sandbox)?, &case).await.map_err(|error| match error {
        Unfit::Load(error) => Exit::from(error),
        Unfit::Call(error) => Exit::from(error),
    })?;
    match args.json {
        true => print_json(&to_json(&case.name, &judgements)),
        false => print(&to_text(&case.name, &judgements), Form::Text),
    }?;
    match judgements.iter().filter(|judgement| judgement.verdict.is_broken()).count() {
        0 => Ok(()),
        broken => Err(Exit::failed(format!("{broken} of {} promises are broken, see above", judgements.len()))),
    }
}

fn case(args: &Conformance, settings: Option<&Settings>) -> Result<Case, Exit> {
    let path = args.component.as_deref().or_else(|| settings.and_then(|settings| settings.component.as_deref()));
    let (name, wasm) = match path {
        Some(path) => (path.display().to_string(), engine::read(path)?),
        None => ("the built-in component".to_owned(), EMBEDDED.to_vec()),
    };
    let exchanges = match (path, args.recordings.as_slice()) {
        (_, [_, ..]) => har::read_paths(&args.recordings, args.bound.bytes)?,
        (None, []) => har::parse(SAMPLE, "the bundled sample tenant")?,
        (Some(_), []) => Vec::new(),
    };
    let config = settings.map(|settings| settings.config.clone()).or_else(|| sign_in_config(&exchanges));
    Ok(Case { name, wasm, config, secrets: secrets(settings), exchanges, matching: args.matching.into() })
}

/// The configuration that signs in as the recordings do.
fn sign_in_config(exchanges: &[Exchange]) -> Option<Map<String, Value>> {
    ReplayTransport::new(exchanges.to_vec(), ReplayOptions::default()).sign_in_config()
}

/// The configured secrets where they are at hand, something to listen for where they are not.
fn secrets(settings: Option<&Settings>) -> Vec<Secret> {
    let canary = |name: &str| Secret { name: name.to_owned(), value: CANARY.to_owned() };
    let Some(settings) = settings else { return vec![canary(CLIENT_SECRET)] };
    let fetch = |name: &String| {
        let one = settings.secrets.iter().filter(|(known, reference)| *known == name && reference.is_passive());
        let one = one.map(|(name, reference)| (name.clone(), reference.clone())).collect();
        let fetched = config::resolve(&one).ok().and_then(|mut secrets| secrets.pop());
        fetched.unwrap_or_else(|| canary(name))
    };
    settings.secrets.keys().map(fetch).collect()
}

fn to_text(name: &str, judgements: &[Judgement]) -> String {
    let wide = |length: fn(&Judgement) -> usize| judgements.iter().map(length).max().unwrap_or_default();
    let (names, words) = (wide(|it| it.promise.name.len()), wide(|it| it.verdict.word().len()));
    let mut out = format!("{}\n\n", one_line(name));
    for Judgement { promise, verdict } in judgements {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{:words$}  {:names$}  {}", verdict.word(), promise.name, promise.text);
        let _ = writeln!(out, "{:words$}  {:names$}  → {}", "", "", one_line(verdict.evidence()));
    }
    let count = |wanted: fn(&Verdict) -> bool| judgements.iter().filter(|it| wanted(&it.verdict)).count();
    let _ = writeln!(
        out,
        "\n{} kept, {} broken, {} not applicable, {} not judged",
        count(|verdict| matches!(verdict, Verdict::Kept(_))),
        count(Verdict::is_broken),
        count(|verdict| matches!(verdict, Verdict::NotApplicable(_))),
        count(|verdict| matches!(verdict, Verdict::NotJudged(_))),
    );
    out
}

fn to_json(name: &str, judgements: &[Judgement]) -> Value {
    let verdict = |verdict: &Verdict| match verdict {
        Verdict::Kept(_) => "pass",
        Verdict::Broken(_) => "fail",
        Verdict::NotApplicable(_) => "not-applicable",
        Verdict::NotJudged(_) => "not-judged",
    };
    let promises: Vec<Value> = judgements
        .iter()
        .map(|it| {
            json!({
                "name": it.promise.name,
                "item": it.promise.item,
                "promise": it.promise.text,
                "verdict": verdict(&it.verdict),
                "evidence": it.verdict.evidence(),
            })
        })
        .collect();
    json!({ "component": name, "promises": promises })
}
