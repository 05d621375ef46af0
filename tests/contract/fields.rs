//! No value of the service is lost on the way to OCSF: it is somewhere in the body, as it was or in the standard's form.

use crate::support::{body, complete, handmade_run};
use serde_json::Value;
use source_host::clock;
use source_host::contract::{Event, Operation};
use std::collections::HashMap;

/// Members that say nothing about the asset.
const NOTHING: [&str; 1] = ["@odata.type"];

/// Values that every machine has, and that are left out on purpose.
const LOOPBACK: [&str; 4] = ["127.0.0.1", "::1", "000000000000", "SoftwareLoopback"];

/// Words of the service, and the standard's words for them.
const WORDS: [(&str, &str, &str); 8] = [
    ("osPlatform", "Windows10", "Windows 10"),
    ("osPlatform", "Windows11", "Windows 11"),
    ("osPlatform", "WindowsServer2019", "Windows Server 2019"),
    ("osPlatform", "WindowsServer2022", "Windows Server 2022"),
    ("osArchitecture", "64-bit", "64"),
    ("osArchitecture", "x64", "x86"),
    ("status", "Active", "New"),
    ("status", "Exception", "Suppressed"),
];

fn leaves<'a>(name: &'a str, value: &'a Value, out: &mut Vec<(&'a str, String)>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => out.push((name, number.to_string())),
        Value::String(text) => out.push((name, text.clone())),
        Value::Array(items) => items.iter().for_each(|item| leaves(name, item, out)),
        Value::Object(members) => members.iter().for_each(|(name, value)| leaves(name, value, out)),
    }
}

/// A time in any of the service's layouts as OCSF has it.
fn millis(text: &str) -> Option<String> {
    let spaced = text.replacen(' ', "T", 1);
    let full = if spaced.len() == 10 { format!("{spaced}T00:00:00") } else { spaced };
    let zoned = if full.ends_with('Z') || full.contains('+') { full } else { format!("{full}Z") };
    Some(clock::parse(&zoned)?.as_millis().to_string())
}

fn is_in(name: &str, text: &str, ocsf: &[(&str, String)]) -> bool {
    let word = WORDS.iter().find(|(member, word, _)| (*member, *word) == (name, text));
    let spellings = [Some(text.to_owned()), millis(text), word.map(|(_, _, word)| (*word).to_owned())];
    let bare = |text: &str| text.replace(':', "").to_lowercase();
    ocsf.iter().any(|(_, found)| {
        spellings
            .iter()
            .flatten()
            .any(|wanted| found == wanted || (wanted.len() > 3 && found.contains(wanted.as_str())))
            || (text.len() == 12 && bare(found) == text.to_lowercase())
    })
}

fn upserts(events: Vec<Event>) -> Vec<Event> {
    events.into_iter().filter(|event| matches!(event.operation, Operation::Upsert)).collect()
}

#[test]
fn every_value_is_somewhere() {
    let strategies: [&[&str]; 2] =
        [&[], &["datasets.vulnerabilities.strategy=per_device", "datasets.recommendations.strategy=per_device"]];
    for changes in strategies {
        let prepare = || changes.iter().fold(handmade_run(), |run, change| run.set(change));
        let native = upserts(complete(prepare().set("format=native")).sink.events);
        let ocsf: HashMap<String, Value> = upserts(complete(prepare()).sink.events)
            .into_iter()
            .map(|event| (event.key.clone(), body(&event)))
            .collect();
        let mut lost = Vec::new();
        for event in &native {
            let record = body(event);
            let (mut wanted, mut found) = (Vec::new(), Vec::new());
            leaves("", &record, &mut wanted);
            leaves("", &ocsf[&event.key], &mut found);
            for (name, text) in wanted {
                let left_out = text.is_empty() || NOTHING.contains(&name) || LOOPBACK.contains(&text.as_str());
                if !left_out && !is_in(name, &text, &found) {
                    lost.push(format!("{} {name} = {text}", event.kind));
                }
            }
        }
        lost.sort();
        lost.dedup();
        assert!(lost.is_empty(), "{lost:#?}");
        assert!(native.len() > 80);
    }
}
