//! The judge complains where it has to: a run that is whole, and what is wrong with it after each kind of damage.

use crate::consumer::Follower;
use crate::judge::{Judge, Kind};
use crate::life::{Life, Setting};
use crate::tenant::{DAYS, Double};
use crate::world::{Memory, Place, World};
use defender_double::draw::Draw;
use source_host::contract::Operation;
use source_host::simulate::Line;
use std::collections::BTreeSet;

/// A whole run, and everything that it had to say.
struct Whole {
    tenant: String,
    due: BTreeSet<String>,
    lines: Vec<String>,
    exported: String,
}

fn whole(memory: Memory) -> Whole {
    let double = Double::start();
    double.on_day(DAYS[1]);
    let world = World::new(&double, Place::Pipe, memory, Draw::seed(5));
    let end = Life::start(world.program(&["run"]), Setting::default()).finish().expect("it ends");
    assert_eq!(end.code, Some(0), "{}", end.messages);
    let lines = String::from_utf8(end.output).expect("text").lines().map(str::to_owned).collect();
    let exported = match memory {
        Memory::Position => String::new(),
        Memory::Inventory => {
            let output = world.program(&["inventory", "export"]).output().expect("it can be started");
            String::from_utf8(output.stdout).expect("text")
        }
    };
    Whole { tenant: double.tenant().id(), due: world.due(&double, DAYS[1]), lines, exported }
}

impl Whole {
    /// What the judge says of some bytes, kind by kind.
    fn judged(&self, bytes: &[u8], exported: Option<&str>) -> BTreeSet<Kind> {
        let mut judge = Judge::new(self.tenant.clone());
        judge.expect(self.due.clone(), BTreeSet::new());
        judge.hear(bytes, true);
        judge.settle();
        judge.once_each(Some(0));
        if let Some(exported) = exported {
            judge.compare(exported);
        }
        judge.findings.iter().map(|finding| finding.kind).collect()
    }

    fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// An asset somewhere in the middle.
    fn middle(&self) -> usize {
        let is_asset = |at: &usize| self.lines[*at].contains(r#""op":"upsert""#);
        (self.lines.len() / 2..).find(is_asset).expect("an asset")
    }
}

#[test]
fn a_run_that_is_whole_is_whole() {
    for memory in [Memory::Position, Memory::Inventory] {
        let whole = whole(memory);
        assert!(whole.lines.len() > 300, "{}", whole.lines.len());
        let exported = (memory == Memory::Inventory).then_some(whole.exported.as_str());
        assert_eq!(whole.judged(whole.text().as_bytes(), exported), BTreeSet::new());
    }
}

#[test]
fn an_asset_that_is_lost_is_missed() {
    let whole = whole(Memory::Position);
    let assets = whole.lines.iter().enumerate().filter(|(_, line)| line.contains(r#""op":"upsert""#));
    for (at, line) in assets.step_by(31) {
        let mut lines = whole.lines.clone();
        lines.remove(at);
        let found = whole.judged((lines.join("\n") + "\n").as_bytes(), None);
        assert_eq!(found, BTreeSet::from([Kind::Lost]), "{line}");
    }
}

#[test]
fn what_is_invented_or_torn_or_renumbered_is_found() {
    let whole = whole(Memory::Position);
    let (text, at) = (whole.text(), whole.middle());
    let line = &whole.lines[at];
    let changed = |new: &str| text.replacen(line.as_str(), new, 1);
    let of = |kinds: &[Kind]| kinds.iter().copied().collect::<BTreeSet<_>>();
    let renamed = line.replacen(r#""key":"mde:"#, r#""key":"mde:x"#, 1);
    assert_eq!(whole.judged(changed(&renamed).as_bytes(), None), of(&[Kind::Invented, Kind::Lost]));
    let related =
        line.replacen(r#""refs":["#, r#""refs":[{"rel":"has","key":"mde:t:device:x"},"#, 1).replacen("},]", "}]", 1);
    assert_eq!(whole.judged(changed(&related).as_bytes(), None), of(&[Kind::Invented]));
    let deleted = line.replacen(r#""op":"upsert""#, r#""op":"delete""#, 1);
    assert_eq!(whole.judged(changed(&deleted).as_bytes(), None), of(&[Kind::Invented, Kind::Lost]));
    let torn = &line[..line.len() / 2];
    assert_eq!(whole.judged(changed(torn).as_bytes(), None), of(&[Kind::Corrupt, Kind::Lost]));
    // A half line that the next one was put behind.
    let joined = text.replacen(&format!("{line}\n"), torn, 1);
    assert_eq!(whole.judged(joined.as_bytes(), None), of(&[Kind::Corrupt, Kind::Lost]));
    assert_eq!(whole.judged(&text.as_bytes()[..text.len() - 9], None), of(&[Kind::Corrupt]), "the end is a mark");
    let twice = format!("{text}{line}\n");
    assert_eq!(whole.judged(twice.as_bytes(), None), of(&[Kind::Number, Kind::Repeated]));
    let (head, tail) = line.split_at(line.find(r#""hash":""#).expect("a hash") + 8);
    let other = format!("{text}{head}{}{}\n", "0".repeat(64), &tail[64..]);
    assert!(whole.judged(other.as_bytes(), None).contains(&Kind::Number), "one number, two events");
}

#[test]
fn what_comes_again_is_what_was_cut_and_nothing_else() {
    let whole = whole(Memory::Position);
    let again = |part: &str, cut: Option<usize>| {
        let line = whole.lines.iter().find(|line| line.contains(part) && line.contains(r#""op":"upsert""#));
        let mut judge = Judge::new(whole.tenant.clone());
        judge.hear(format!("{}{}\n", whole.text(), line.expect("one")).as_bytes(), true);
        judge.findings.clear();
        judge.once_each(cut);
        judge.findings.len()
    };
    for (kind, found) in [("device", 0), ("ip_address", 0), ("user", 0), ("application", 0), ("software", 1)] {
        let part = format!(r#""kind":"{kind}""#);
        assert_eq!(again(&part, Some(1)), found, "{kind}");
        assert_eq!(again(&part, None), 1, "{kind}: an inventory knows");
    }
    assert_eq!(again(r#""kind":"device""#, Some(0)), 1, "nobody was asked to end");
}

#[test]
fn an_inventory_that_has_something_else_is_found() {
    let whole = whole(Memory::Inventory);
    let text = whole.text();
    let less: String = whole.exported.lines().skip(1).map(|line| format!("{line}\n")).collect();
    assert_eq!(whole.judged(text.as_bytes(), Some(&less)), BTreeSet::from([Kind::Inventory]));
    let broken = format!("{}{{\n", whole.exported);
    assert_eq!(whole.judged(text.as_bytes(), Some(&broken)), BTreeSet::from([Kind::Inventory]));
}

/// Two days of a tenant with an inventory: what is gone has to be told as gone, and a CVE that concerns no device any
/// more is not gone.
#[test]
fn what_is_gone_must_go_and_what_nobody_tells_may_stay() {
    let double = Double::start();
    let draw = (0..).map(Draw::seed).find(|draw| draw.at("reading").below(4) == 1).expect("one of four");
    let world = World::new(&double, Place::Pipe, Memory::Inventory, draw);
    let mut lines: Vec<String> = Vec::new();
    let mut truth = Vec::new();
    for day in DAYS {
        double.on_day(day);
        truth.push((world.due(&double, day), world.lasting(&double, day)));
        let end = Life::start(world.program(&["run"]), Setting::default()).finish().expect("it ends");
        assert_eq!(end.code, Some(0), "{}", end.messages);
        lines.extend(String::from_utf8(end.output).expect("text").lines().map(str::to_owned));
    }
    assert!(truth[0].1.difference(&truth[1].1).next().is_some(), "a CVE concerns nobody any more");
    let judged = |lines: &[String], lasting: bool| {
        let mut judge = Judge::new(double.tenant().id());
        for (due, of_catalogue) in &truth {
            judge.expect(due.clone(), if lasting { of_catalogue.clone() } else { BTreeSet::new() });
        }
        // Of the first day not everything is true on the second: that is what the judge of each day looks at.
        judge.hear((lines.join("\n") + "\n").as_bytes(), true);
        judge.findings.clear();
        judge.settle();
        judge.findings.iter().map(|finding| finding.kind).collect::<BTreeSet<_>>()
    };
    assert_eq!(judged(&lines, true), BTreeSet::new());
    assert_eq!(judged(&lines, false), BTreeSet::from([Kind::Invented]), "a CVE is no longer due");
    let gone: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].contains(r#""op":"delete""#)).collect();
    assert!(gone.len() > 5, "{}", gone.len());
    for at in gone.into_iter().step_by(5) {
        let mut without = lines.clone();
        let line = without.remove(at);
        assert_eq!(judged(&without, true), BTreeSet::from([Kind::Invented]), "{line}");
    }
    let is_of_catalogue = |line: &&String| {
        let said = Line::read(line, &double.tenant().id()).expect("an event");
        said.operation == Operation::Upsert && truth[1].1.contains(&said.key)
    };
    let cve = lines.iter().find(is_of_catalogue).expect("one");
    let deleted = cve.replacen(r#""op":"upsert""#, r#""op":"delete""#, 1);
    let mut judge = Judge::new(double.tenant().id());
    truth.iter().for_each(|(due, lasting)| judge.expect(due.clone(), lasting.clone()));
    judge.hear(format!("{deleted}\n").as_bytes(), true);
    assert_eq!(judge.findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(), [Kind::Invented]);
}

#[test]
fn a_file_that_loses_a_whole_line_is_found() {
    let mut follower = Follower::default();
    assert_eq!(follower.look(b"1\n2\nha").as_deref(), Some(&b"1\n2\nha"[..]));
    // The half line is cut off, and its event comes again.
    assert_eq!(follower.look(b"1\n2\n3\n").as_deref(), Some(&b"3\n"[..]));
    assert_eq!(follower.look(b"1\n3\n4\n"), None);
    assert_eq!(follower.look(b"1\n2\n"), None);
}
