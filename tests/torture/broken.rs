//! The judge complains where it has to: a run that is whole, and what is wrong with it after each kind of damage.

use crate::consumer::Follower;
use crate::judge::{Judge, Kind};
use crate::life::{Life, Setting};
use crate::tenant::{DAYS, Double};
use crate::world::{Memory, Place, World};
use defender_double::draw::Draw;
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
        judge.expect(self.due.clone());
        judge.hear(bytes, true);
        judge.settle();
        judge.once_each();
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
    for (at, line) in assets.step_by(11) {
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
fn an_inventory_that_has_something_else_is_found() {
    let whole = whole(Memory::Inventory);
    let text = whole.text();
    let less: String = whole.exported.lines().skip(1).map(|line| format!("{line}\n")).collect();
    assert_eq!(whole.judged(text.as_bytes(), Some(&less)), BTreeSet::from([Kind::Inventory]));
    let broken = format!("{}{{\n", whole.exported);
    assert_eq!(whole.judged(text.as_bytes(), Some(&broken)), BTreeSet::from([Kind::Inventory]));
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
