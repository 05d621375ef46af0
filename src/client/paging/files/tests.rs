//! The walk over files, their lists, and what is late.

use super::*;
use crate::request::HttpConfig;

const SUFFIX: BlobHosts = BlobHosts::Below("*.blob.core.windows.net");

fn files(at: Option<(&str, u32)>) -> Files {
    let at = at.map(|(snapshot, file)| Place { snapshot: snapshot.to_owned(), file, ..Place::default() });
    Files::new(&Origin::https("api.security.microsoft.com"), "/api/x".into(), SUFFIX, at, None)
}

/// The snapshot and the next file.
fn at(files: &Files) -> Option<(String, u32)> {
    files.place(Mark::default()).map(|place| (place.snapshot, place.file))
}

/// Patience for six attempts, in pauses of which nobody knows how long they are.
fn retry() -> Retry {
    let config =
        HttpConfig { user_agent: "", timeout_ms: 1, max_attempts: 6, max_wait_ms: 3_600_000, max_in_flight: 1 };
    Retry::new(config, None, 7)
}

fn file(files: &Files) -> Option<String> {
    match files.wanted() {
        Some(Wanted::File(_, words)) => Some(words),
        _ => None,
    }
}

fn list(snapshot: &str, files: u32) -> Vec<u8> {
    let links: Vec<_> = (0..files).map(|n| format!(r#""https://a.blob.core.windows.net/{n}.json.gz?sig=s""#)).collect();
    format!(r#"{{"exportFiles":[{}],"generatedTime":"{snapshot}"}}"#, links.join(",")).into_bytes()
}

#[test]
fn files_follow_the_list() {
    let mut files = files(None);
    assert_eq!(files.wanted(), Some(Wanted::List("https://api.security.microsoft.com/api/x".into())));
    assert_eq!(at(&files), None);
    assert_eq!(files.listed(&list("t", 2), 0), Ok(Listed::Same));
    assert!(
        matches!(files.wanted(), Some(Wanted::File(link, words)) if link.contains("/0.json") && words == "file 1 of 2 of /api/x")
    );
    files.advance();
    assert!(matches!(files.wanted(), Some(Wanted::File(link, _)) if link.contains("/1.json")));
    assert_eq!(at(&files), Some(("t".into(), 1)));
    files.advance();
    assert_eq!(files.wanted(), None);
}

#[test]
fn the_same_snapshot_goes_on_and_another_one_starts_over() {
    let mut same = files(Some(("t", 1)));
    assert_eq!(same.listed(&list("t", 2), 0), Ok(Listed::Same));
    assert_eq!(at(&same), Some(("t".into(), 1)));
    let mut other = files(Some(("t", 1)));
    assert_eq!(other.listed(&list("u", 2), 0), Ok(Listed::Other));
    assert_eq!(at(&other), Some(("u".into(), 0)));
}

#[test]
fn a_list_that_lacks_the_next_file_is_told_apart() {
    for index in [2, 3, u32::MAX] {
        let mut behind = files(Some(("t", index)));
        assert_eq!(behind.listed(&list("t", 2), 0), Ok(Listed::Short), "{index}");
        assert!(behind.is_resumed());
    }
    let mut shrunk = files(None);
    shrunk.listed(&list("t", 2), 0).unwrap();
    shrunk.advance();
    assert_eq!(shrunk.missed(Mark::default(), true, LIST_OLD_MS, &retry()), Missed::Later);
    assert!(matches!(shrunk.wanted(), Some(Wanted::List(_))), "addresses that are too old");
    assert_eq!(shrunk.listed(&list("t", 1), 0), Ok(Listed::Short));
    assert!(!shrunk.is_resumed());
    assert_eq!(files(None).listed(&list("t", 0), 0), Ok(Listed::Same), "an export without a file");
}

/// Lets a file that cannot be read be asked for until it is given up. When, and how many lists were asked for.
fn until_lost(files: &mut Files, is_dead: bool) -> (u64, u32) {
    let (mut now_ms, mut lists) = (0, 0);
    loop {
        match files.turn(now_ms).0 {
            Turn::Wait(millis, _) => now_ms += millis,
            Turn::Next | Turn::Late => match files.wanted() {
                Some(Wanted::List(_)) => {
                    lists += 1;
                    files.listed(&list("t", 2), now_ms).unwrap();
                }
                Some(Wanted::File(_, words)) if words.starts_with("file 2 ") => files.advance(),
                Some(_) => {
                    if files.missed(Mark::default(), is_dead, now_ms, &retry()) == Missed::Lost {
                        return (now_ms, lists);
                    }
                }
                None => panic!("a file that was not read is not over"),
            },
        }
    }
}

#[test]
fn a_bad_file_is_come_back_to_for_a_minute_without_using_up_the_lists() {
    for (is_dead, most) in [(true, LISTS_MAX), (false, 1)] {
        let mut files = files(None);
        let (passed_ms, lists) = until_lost(&mut files, is_dead);
        assert!((60_000..200_000).contains(&passed_ms), "{passed_ms} ms");
        assert_eq!(lists, most);
        assert!(files.turn(passed_ms).0 == Turn::Next && files.wanted().is_none(), "all others were read");
    }
}

#[test]
fn others_are_read_before_a_late_one_is_due() {
    let mut files = files(None);
    files.listed(&list("t", 3), 0).unwrap();
    let reached = Mark { rows: 5, digest: 9 };
    assert_eq!(files.turn(0), (Turn::Next, Mark::default()));
    assert_eq!(files.missed(reached, false, 0, &retry()), Missed::Later);
    for words in ["file 2 of 3 of /api/x", "file 3 of 3 of /api/x"] {
        assert_eq!((files.turn(0).0, file(&files).as_deref()), (Turn::Next, Some(words)));
        files.advance();
    }
    let Turn::Wait(millis, true) = files.turn(0).0 else { panic!("it is not due yet") };
    assert!(matches!(files.turn(1).0, Turn::Wait(_, false)), "the rest of a wait");
    assert_eq!(files.turn(millis), (Turn::Late, reached), "it goes on where it broke off");
    assert_eq!(file(&files).as_deref(), Some("file 1 of 3 of /api/x"));
    files.advance();
    assert!(files.is_over());
}

#[test]
fn late_files_are_known_to_a_checkpoint() {
    let mut before = files(None);
    before.listed(&list("t", 3), 0).unwrap();
    let reached = Mark { rows: 5, digest: 9 };
    before.turn(0);
    before.missed(reached, false, 0, &retry());
    let place = before.place(Mark { rows: 2, digest: 3 }).unwrap();
    let origin = Origin::https("api.security.microsoft.com");
    let mut after = Files::new(&origin, "/api/x".into(), SUFFIX, Some(place), None);
    assert_eq!(after.listed(&list("t", 3), 0), Ok(Listed::Same));
    assert_eq!(after.turn(0), (Turn::Next, Mark { rows: 2, digest: 3 }));
    after.advance();
    assert_eq!(after.turn(0), (Turn::Next, Mark::default()));
    after.advance();
    assert_eq!(after.turn(0), (Turn::Late, reached));
    assert_eq!(file(&after).as_deref(), Some("file 1 of 3 of /api/x"));
    assert_eq!(after.listed(&list("t", 2), 0), Ok(Listed::Short), "one that was read is gone");
}

#[test]
fn storage_in_trouble_is_left_alone() {
    let mut files = files(None);
    files.listed(&list("t", 100), 0).unwrap();
    for _ in 0..3 {
        assert_eq!(files.turn(0).0, Turn::Next);
        files.missed(Mark::default(), true, 0, &retry());
    }
    let Turn::Wait(millis, true) = files.turn(0).0 else { panic!("a fourth file was asked for at once") };
    assert_eq!(files.turn(millis).0, Turn::Late);
    files.advance();
    assert_eq!(files.turn(millis).0, Turn::Next, "it answers again");
}

#[test]
fn files_elsewhere_are_refused() {
    for link in [
        "http://a.blob.core.windows.net/f",
        "https://a.blob.core.windows.net:8443/f",
        "https://blob.core.windows.net/f",
        "https://a.b.blob.core.windows.net/f",
        "https://a.blob.core.windows.net@evil.example/f",
        "https://a.blob.core.windows.net.evil.example/f",
        "https://api.security.microsoft.com/f",
        "/f",
        "",
    ] {
        let body = format!(r#"{{"exportFiles":["{link}"],"generatedTime":"t"}}"#);
        let error = files(None).listed(body.as_bytes(), 0).unwrap_err();
        assert_eq!(error.cause, Cause::Protocol, "{link}");
        assert!(!error.message.contains("evil"), "no text of the service in messages");
    }
    let at = BlobHosts::At(Origin::parse("http://127.0.0.1:8081").unwrap());
    assert!(at.trusted("http://127.0.0.1:8081/f?sig=s").is_some() && at.trusted("http://127.0.0.1:8080/f").is_none());
}

/// Never asked for, not even before its turn, and named; the others are read.
#[test]
fn a_file_elsewhere_does_not_cost_the_others() {
    let link = |n: u8| format!(r#""https://a.blob.core.windows.net/{n}?sig=s""#);
    for odd in [r#""https://evil.example/f""#, r#""""#, "null", "7", "{}"] {
        for bad in 0..3 {
            let links: Vec<_> = (0..3).map(|n| if n == bad { odd.to_owned() } else { link(n) }).collect();
            let body = format!(r#"{{"exportFiles":[{}],"generatedTime":"t"}}"#, links.join(","));
            let mut files = files(None);
            assert_eq!(files.listed(body.as_bytes(), 0), Ok(Listed::Same), "{odd}");
            let (mut asked, mut errors) = (Vec::new(), Vec::new());
            while !files.is_over() {
                assert!(files.turn(0).0 == Turn::Next);
                match files.pass_over() {
                    Some(error) => errors.push(error),
                    None => {
                        asked.extend(files.wanted());
                        files.advance();
                    }
                }
            }
            let [error] = &errors[..] else { panic!("{errors:?}") };
            assert_eq!(error.cause, Cause::Protocol);
            assert!(
                error.message.contains(&format!("file {} of 3", bad + 1)) && !error.message.contains("evil"),
                "{error}"
            );
            assert_eq!(asked.len(), 2, "{asked:?}");
            assert!(asked.iter().all(|it| matches!(it, Wanted::File(link, _) if link.contains("windows.net"))));
        }
    }
}

#[test]
fn another_spelling_of_a_storage_host_is_the_same_host() {
    for link in [
        "https://A.blob.core.windows.net/f?sig=s",
        "https://a.blob.core.windows.net:443/f?sig=s",
        "https://a.blob.core.windows.net./f?sig=s",
    ] {
        assert_eq!(SUFFIX.trusted(link).as_deref(), Some("https://a.blob.core.windows.net/f?sig=s"), "{link}");
    }
    let blank = SUFFIX.trusted("https://a.blob.core.windows.net/my file.gz?sig=s");
    assert_eq!(blank.as_deref(), Some("https://a.blob.core.windows.net/my%20file.gz?sig=s"));
}

#[test]
fn what_is_no_list_is_refused() {
    for body in ["", "{}", "[]", r#"{"exportFiles":[]}"#, r#"{"exportFiles":[1],"generatedTime":"t"}"#, "<html>"] {
        assert_eq!(files(None).listed(body.as_bytes(), 0).unwrap_err().cause, Cause::Protocol, "{body}");
    }
    assert_eq!(files(None).listed(br#"{"exportFiles":[],"generatedTime":"t"}"#, 0), Ok(Listed::Same));
}
