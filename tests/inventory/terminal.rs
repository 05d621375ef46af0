//! What the tenant wrote, as the verbs of the inventory show it.

use crate::script::{World, complete, device, finding, key};
use crate::support::program::{Output, Program};
use crate::support::terminal::{first_unwanted, on_terminal, unwanted};
use source_host::inventory::Rules;

/// Verbs, each as a table for people, and as JSON.
fn verbs(odd: &str) -> Vec<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    vec![
        words(&["summary"]),
        words(&["changes", "--since", "1970-01-01"]),
        words(&["show", odd]),
        words(&["sql", "SELECT key, document FROM assets JOIN documents USING (id)"]),
        words(&["sql", &format!("SELECT 1 AS \"{odd}\"")]),
        words(&["export"]),
    ]
}

#[test]
fn people_see_no_hidden_characters_and_programs_get_them_as_they_are() {
    let id = format!("{}z", unwanted());
    let mut world = World::with(Rules::default());
    world.run(&[complete("devices", &[device(&id, 1)]), complete("vulnerabilities", &[finding(&id, "c", 1)])]);
    let odd = key("device", &id);
    let path = world.path();
    let path = path.to_str().expect("text");
    for verb in verbs(&odd) {
        let words: Vec<&str> = verb.iter().map(String::as_str).chain(["--path", path]).collect();
        let ask = |more: &[&str]| {
            let Output { code, stdout, stderr } = Program::new().arg("inventory").args(&words).args(more).run();
            assert_eq!((code, stderr.as_str()), (0, ""), "{words:?}");
            stdout
        };
        let is_json_always = verb[0] == "export";
        if !is_json_always {
            let table = ask(&[]);
            assert_eq!(first_unwanted(&table), None, "{words:?}: {table}");
            assert!(table.lines().count() < 40, "no line came of it");
        }
        let json = ask(&["--json"]);
        assert_eq!(json.contains(&id), verb[0] != "summary", "{words:?}: {json}");
        for more in [&[][..], &["--json"]] {
            let words: Vec<&str> = ["inventory"].iter().chain(&words).chain(more).copied().collect();
            let Some(shown) = on_terminal(std::path::Path::new("."), &words) else { return };
            assert_eq!(first_unwanted(&shown), None, "{words:?}: {shown}");
        }
    }
    let refused = Program::new().args(["inventory", "show", &format!("{odd}?"), "--path", path]).run();
    assert!(refused.code == 2 && first_unwanted(&refused.stderr).is_none(), "{}", refused.stderr);
    assert_eq!(refused.stderr.lines().count(), 1);
}
