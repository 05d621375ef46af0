//! Where and how an inventory is read: in folders that cannot be written, by its owner alone, as many rows as are asked for.

use crate::script::{World, complete, device};
use crate::support::program::{Output, Program};
use std::path::Path;

fn ask(path: &Path, args: &[&str]) -> Output {
    Program::new().arg("inventory").args(args).arg("--path").arg(path).run()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("readable").flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
}

#[cfg(unix)]
#[test]
fn an_inventory_in_a_folder_that_cannot_be_written_is_read() {
    let mut world = World::new();
    world.run(&[complete("devices", &[device("a", 1)])]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("copy of #1?.db");
    std::fs::copy(world.path(), &path).expect("copied");
    set_mode(&path, 0o444);
    set_mode(folder.path(), 0o555);
    let key = crate::script::key("device", "a");
    let questions: [(&[&str], &str); 6] = [
        (&["summary"], "device"),
        (&["changes", "--since", "1970-01-01"], "new"),
        (&["show", &key], "active"),
        (&["sql", "SELECT document FROM documents"], "\"content\":1"),
        (&["export"], "\"content\":1"),
        (&["verify"], "sound"),
    ];
    for (args, words) in questions {
        let Output { code, stdout, stderr } = ask(&path, args);
        assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
        assert!(stdout.contains(words), "{args:?}: {stdout}");
        // The superuser could, and must not either.
        assert_eq!(names(folder.path()), ["copy of #1?.db"], "{args:?} left something behind");
    }
    set_mode(folder.path(), 0o755);
}

#[cfg(unix)]
#[test]
fn what_a_run_makes_is_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let mut world = World::new();
    world.run(&[complete("devices", &[device("a", 1)])]);
    let folder = world.folder.path().to_owned();
    let mode = |name: &str| std::fs::metadata(folder.join(name)).expect("it is there").permissions().mode() & 0o777;
    let inventory = world.open();
    for name in ["inventory.db", "inventory.db-wal", "inventory.db-shm", "inventory.db.lock"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    assert_eq!(names(&folder).len(), 4, "{:?}", names(&folder));
    drop(inventory);
    set_mode(&world.path(), 0o640);
    let inventory = world.open();
    assert_eq!((mode("inventory.db"), mode("inventory.db-wal")), (0o640, 0o640), "who changed it had a reason");
    drop(inventory);
}

#[test]
fn rows_are_shown_up_to_a_limit() {
    let mut world = World::new();
    world.run(&[complete("devices", &[device("a", 1)])]);
    let count = |rows: u64| {
        format!("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {rows}) SELECT x FROM n")
    };
    let lines = |args: &[&str]| {
        let Output { code, stdout, stderr } = ask(&world.path(), args);
        assert_eq!(code, 0, "{stderr}");
        (stdout.lines().count(), stderr)
    };
    assert_eq!(lines(&["sql", &count(10_000)]), (10_001, String::new()), "all of them");
    let (shown, cut) = lines(&["sql", &count(10_001)]);
    assert_eq!(shown, 10_001);
    assert!(cut.contains("only the first 10000 rows") && cut.contains("--limit"), "{cut}");
    let (shown, cut) = lines(&["--json", "sql", &count(9), "--limit", "3"]);
    assert!(shown == 3 && cut.contains("first 3 rows"), "{shown} {cut}");
    assert_eq!(lines(&["sql", &count(30_000), "--limit", "0"]), (30_001, String::new()));
    assert_eq!(lines(&["--json", "sql", "SELECT 1 WHERE 0"]), (0, String::new()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_long_result_takes_no_more_memory_than_a_short_one() {
    let mut world = World::new();
    world.run(&[complete("devices", &[device("a", 1)])]);
    let peak = |rows: u64| {
        let statement = format!(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {rows})
             SELECT x, printf('%04000d', x) AS text FROM n"
        );
        let mut command = Program::new()
            .arg("inventory")
            .args(["sql", &statement, "--limit", "0", "--path"])
            .arg(world.path())
            .command();
        let mut child = command.stdout(std::process::Stdio::piped()).spawn().expect("it starts");
        let mut out = child.stdout.take().expect("piped");
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        let mut buffer = vec![0; 1 << 20];
        let mut bytes = 0;
        while let Ok(read @ 1..) = std::io::Read::read(&mut out, &mut buffer) {
            bytes += read;
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
            peak = peak.max(kib.unwrap_or_default());
        }
        assert!(child.wait().expect("it ends").success());
        (bytes, peak)
    };
    let ((few, low), (many, high)) = (peak(100), peak(12_000));
    assert!(few > 400_000 && many > 48_000_000, "{few} {many}");
    assert!(low > 0 && high < low + 16 * 1024, "{low} KiB became {high} KiB");
}
