//! Stored positions: of every layout, and damaged in every way.

use proptest::prelude::*;

use super::*;

#[test]
fn checkpoints_of_earlier_layouts_are_read() {
    for text in [include_str!("fixtures/checkpoint-1.json"), include_str!("fixtures/checkpoint-2.json")] {
        let rest = Given::of(&service(), open(&service(), &config("devices,vulnerabilities"), Some(text.trim())), MANY);
        assert_eq!(rest.receipt("vulnerabilities").emitted, 3);
    }
}

/// A checkpoint of each kind of place that a run comes to, with the configuration that it is of.
fn of_every_stage() -> Vec<(&'static str, String, String)> {
    let limits = Limits { max_events: 1, max_bytes: u32::MAX };
    let given = |service: &Service, config: &str, checkpoint: Option<&str>| {
        Given::of(service, open(service, config, checkpoint), limits)
    };
    let mut found = Vec::new();
    let mut take = |stage: &'static str, mark: &str, given: &Given, config: &str| {
        let found_last = given.checkpoints.iter().rfind(|(_, text)| text.contains(mark));
        let (_, text) = found_last.unwrap_or_else(|| panic!("no run comes to a place with {mark}"));
        found.push((stage, config.to_owned(), text.clone()));
    };
    let by_device = config("devices,vulnerabilities");
    let tenant = service();
    tenant.on(DEVICES_AFTER_2, [Reply::page(&[device(2), device(3)])]);
    tenant.on("/api/machines?$top=10000&$skip=2", last_page(device(3)));
    tenant.on(&of_device(3, "vulnerabilities"), [Reply::page(&[cve(1), cve(2)])]);
    let run = given(&tenant, &by_device, None);
    take("start", r#""opened":1"#, &run, &by_device);
    take("pages", r#""skip""#, &run, &by_device);
    take("subjects", r#""after""#, &run, &by_device);
    take("end", r#""end":true"#, &run, &by_device);
    let by_files = files::by_files();
    take("files", r#""file""#, &given(&files::exports(), &by_files, None), &by_files);
    let (service, between) = changes::with_changes();
    let automatic = changes::automatic();
    take("changes", r#""survey""#, &given(&service, &automatic, Some(&between)), &automatic);
    found.push(("between runs", automatic, between));
    found
}

/// Whether a text is refused with the right case, before any request.
fn is_refused(config: &str, text: &str) -> bool {
    let service = Service::new();
    let secrets = [("client_secret".to_owned(), "s".to_owned())];
    let opened = Session::open(config, &secrets, Some(text), service.collaborators());
    assert!(service.log.borrow().is_empty(), "a request was made");
    opened.err().is_some_and(|error| error.cause == Cause::InvalidCheckpoint)
}

#[test]
fn no_byte_of_a_checkpoint_can_change() {
    for (stage, config, text) in of_every_stage() {
        let parsed = Config::parse(&config).unwrap();
        let check = |damaged: &[u8], what: &str, at: usize| {
            // What is no text comes from no host.
            let Ok(damaged) = std::str::from_utf8(damaged) else { return };
            let error = Checkpoint::read(damaged, &parsed).map(|_| ());
            let cause = error.map_err(|error| error.cause);
            assert_eq!(cause, Err(Cause::InvalidCheckpoint), "{stage}: {what} at byte {at}: {damaged}");
        };
        assert!(Checkpoint::read(&text, &parsed).is_ok(), "{stage}: {text}");
        let bytes = text.as_bytes();
        for at in 0..bytes.len() {
            for bit in 0..7 {
                let mut flipped = bytes.to_vec();
                flipped[at] ^= 1 << bit;
                check(&flipped, "a bit flipped", at);
            }
            let (before, after) = bytes.split_at(at);
            check(&[before, &after[1..]].concat(), "one removed", at);
            check(&[before, b" ", after].concat(), "one put in", at);
            check(&[before, &after[..1], after].concat(), "one twice", at);
            check(before, "all removed", at);
            if after.get(1).is_some_and(|next| *next != after[0]) {
                check(&[before, &[after[1], after[0]], &after[2..]].concat(), "two swapped", at);
            }
        }
        for end in [" ", "\n", "}", "\u{0}"] {
            check(&[bytes, end.as_bytes()].concat(), "something put behind", bytes.len());
        }
        check(&[bytes, bytes].concat(), "the same put behind", bytes.len());
    }
}

proptest! {
    #[test]
    fn no_character_can_be_another_one(
        stage in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), other: char, is_more: bool,
    ) {
        let stages = of_every_stage();
        let (_, config, text) = stage.get(&stages);
        let at = at.index(text.len());
        let behind = &text[at + usize::from(!is_more)..];
        let damaged = format!("{}{other}{behind}", &text[..at]);
        prop_assert!(damaged == *text || is_refused(config, &damaged), "{damaged}");
    }

    #[test]
    fn no_two_bytes_can_change_places(
        stage in any::<prop::sample::Index>(), one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(),
    ) {
        let stages = of_every_stage();
        let (_, config, text) = stage.get(&stages);
        let mut bytes = text.clone().into_bytes();
        bytes.swap(one.index(text.len()), other.index(text.len()));
        let damaged = String::from_utf8(bytes).unwrap();
        prop_assert!(damaged == *text || is_refused(config, &damaged), "{damaged}");
    }
}

/// Layout 2 has no checksum: the list tells that there is no such file.
#[test]
fn a_file_behind_the_last_is_no_place_to_end_at() {
    let (config, limits) = (files::by_files(), Limits { max_events: 1, max_bytes: u32::MAX });
    let given = Given::of(&files::exports(), open(&files::exports(), &config, None), limits);
    let (_, text) = given.checkpoints.iter().rfind(|(_, text)| text.contains(r#""file":1"#)).unwrap();
    let rest = text.split_once(r#"","#).unwrap().1;
    let older = format!(r#"{{"version":2,{rest}"#);
    let service = files::exports();
    let whole = Given::of(&service, open(&service, &config, Some(&older)), MANY);
    assert_eq!(whole.receipt("vulnerabilities").completeness, Completeness::Complete);
    for index in ["2", "3", "4294967295"] {
        let damaged = older.replace(r#""file":1"#, &format!(r#""file":{index}"#));
        let service = files::exports();
        let given = Given::of(&service, open(&service, &config, Some(&damaged)), MANY);
        assert_eq!(given.end.unwrap().unwrap_err().cause, Cause::InvalidCheckpoint, "{index}");
        assert_eq!(service.asked("/1") + service.asked("/2"), 0);
    }
}
