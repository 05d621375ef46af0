use super::value::Column;
use super::{Plan, read, write};
use crate::api::{TABLES, Type};
use crate::period::Period;
use crate::wire::testing::{query, raw, tenant};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

/// Rows of `DeviceLogonEvents`, which have more columns than these.
fn logons() -> Vec<Json> {
    let row = |device: &str, sid: &str, kind: &str, day: u32, admin: u32, logon: i64| {
        json!({
            "DeviceId": device, "AccountSid": sid, "LogonType": kind, "Timestamp": format!("2026-01-0{day}T00:00:00.0000000Z"),
            "IsLocalAdmin": admin, "LogonId": logon, "RemotePort": null,
        })
    };
    vec![
        row("b", "S-1-5-21-1", "Network", 2, 0, 178_681_322),
        row("a", "S-1-5-18", "Service", 3, 1, 1_541_723_995),
        row("b", "S-1-5-21-1", "Interactive", 1, 1, 9),
        row("a", "", "Network", 1, 0, 20),
    ]
}

fn run(text: &str, rows: &[Json]) -> Result<String, String> {
    let plan = Plan::of(text).map_err(|error| format!("{error:?}"))?;
    let rows = rows.iter().map(|row| read(row.as_object().unwrap(), &plan.source)).collect();
    let rows = plan.steps.iter().fold(rows, |rows, step| step.rows(rows, 0));
    let mut out = Vec::new();
    for row in &rows {
        write(row, &plan.columns, &mut out);
    }
    Ok(String::from_utf8(out).unwrap())
}

fn ran(stages: &str) -> String {
    run(&format!("DeviceLogonEvents | {stages}"), &logons()).unwrap_or_else(|error| panic!("{stages}: {error}"))
}

fn columns(text: &str) -> Vec<(String, Type)> {
    Plan::of(text).unwrap().columns.into_iter().map(|Column { name, of }| (name, of)).collect()
}

#[test]
fn tables_have_the_columns_of_their_rows() {
    let tenant = tenant(1);
    for table in TABLES {
        let rows = raw(&tenant, *table.rows, query(Period(40), ""));
        let wanted: BTreeSet<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        assert!(!rows.is_empty() && wanted.len() == table.columns.len(), "{}", table.name);
        let columns: Vec<Column> =
            table.columns.iter().map(|(name, of)| Column { name: (*name).into(), of: *of }).collect();
        for (row, _) in rows.iter().take(50) {
            let row: Map<String, Json> = serde_json::from_slice(row).unwrap();
            assert_eq!(row.keys().map(String::as_str).collect::<BTreeSet<_>>(), wanted, "{}", table.name);
            for (value, column) in read(&row, &columns).iter().zip(&columns) {
                let is_nothing = matches!(row[&column.name], Json::Null) || row[&column.name] == "";
                assert!(is_nothing || *value != super::Value::Null, "{}.{}: {row:?}", table.name, column.name);
            }
        }
    }
}

#[test]
fn columns_come_from_the_query_and_the_table() {
    let projected = columns("DeviceInfo | project OSPlatform, DeviceId, IsAzureADJoined, OSBuild, Timestamp");
    let names: Vec<&str> = projected.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["OSPlatform", "DeviceId", "IsAzureADJoined", "OSBuild", "Timestamp"]);
    let types: Vec<Type> = projected.iter().map(|(_, of)| *of).collect();
    assert_eq!(types, [Type::Text, Type::Text, Type::Bool, Type::Long, Type::Time]);
    assert_eq!(columns("DeviceInfo | where DeviceId == \"x\" | take 0").len(), columns("DeviceInfo").len());
    let summed = columns(
        "DeviceLogonEvents | summarize n = count(), any = countif(IsLocalAdmin) > 0, max(LogonId) by id = DeviceId",
    );
    let shown: Vec<String> = summed.iter().map(|(name, of)| format!("{name}:{}", of.name())).collect();
    assert_eq!(shown, ["id:string", "n:long", "any:bool", "max_LogonId:long"]);
    assert_eq!(columns("DeviceInfo | count"), [("Count".to_owned(), Type::Long)]);
    assert_eq!(
        columns("DeviceInfo | extend OSBuild = DeviceId | project OSBuild"),
        [("OSBuild".to_owned(), Type::Text)]
    );
}

#[test]
fn numbers_are_numbers() {
    assert_eq!(ran("order by LogonId asc | project LogonId | take 2"), r#"{"LogonId":9}{"LogonId":20}"#);
    assert_eq!(ran("order by LogonId | project LogonId | take 1"), r#"{"LogonId":1541723995}"#);
    assert_eq!(
        ran("summarize a = max(LogonId), b = min(LogonId), sum(LogonId)"),
        r#"{"a":1541723995,"b":9,"sum_LogonId":1720405346}"#
    );
    assert_eq!(ran("where LogonId > 20.5 | count"), r#"{"Count":2}"#);
    assert_eq!(ran("where LogonId in (9, 20) and RemotePort != 1 | count"), r#"{"Count":2}"#);
    assert_eq!(ran("where RemotePort == 0 or isnotnull(RemotePort) | count"), r#"{"Count":0}"#);
}

#[test]
fn rows_are_kept_by_what_holds() {
    let count = |wanted: &str| {
        let answer: Json = serde_json::from_str(&ran(&format!("where {wanted} | count"))).unwrap();
        answer["Count"].as_u64().unwrap()
    };
    for (wanted, rows) in [
        ("isempty(AccountSid) or AccountSid startswith \"s-1-5-21-\"", 3),
        ("not(AccountSid endswith \"8\") and LogonType == \"Network\"", 2),
        ("LogonType == \"network\"", 0),
        ("LogonType =~ \"network\" // a remark\n", 2),
        ("LogonType in~ (\"NETWORK\", 'service')", 3),
        ("LogonType !in (\"Network\")", 2),
        ("LogonType contains_cs \"net\" or LogonType !contains \"r\"", 0),
        ("IsLocalAdmin", 2),
        ("IsLocalAdmin == false", 2),
        ("Timestamp >= datetime(2026-01-02)", 2),
        ("Timestamp < ago(1d)", 0),
        ("AccountSid == \"S-1\" @\"-5-18\"", 1),
        ("(LogonType == \"Network\" or LogonType == \"Service\") and DeviceId == \"a\"", 2),
        ("strlen(tostring(LogonId)) == 1", 1),
    ] {
        assert_eq!(count(wanted), rows, "{wanted}");
    }
    let shards: u64 = (0..4).map(|n| count(&format!("hash(DeviceId, 4) == {n}"))).sum();
    assert_eq!(shards, 4);
    for n in 0..2 {
        let halves = count(&format!("hash(DeviceId, 4) == {n} or hash(DeviceId, 4) == {}", n + 2));
        assert_eq!(count(&format!("hash(DeviceId, 2) == {n}")), halves, "a remainder");
    }
    let shard = Plan::of("DeviceInfo | where OSPlatform == \"x\" and hash(DeviceId, 8) == 3").unwrap().shard();
    assert_eq!(shard, Some(crate::wire::Shard { of: 8, number: 3 }));
    let either = Plan::of("DeviceInfo | where OSPlatform == \"x\" or hash(DeviceId, 8) == 3").unwrap().shard();
    assert_eq!(either, None);
}

#[test]
fn rows_are_summed_up_and_ordered() {
    let query = "summarize last_ = max(Timestamp), kinds = strcat_array(array_sort_asc(make_set(LogonType)), \",\"), \
                 admin = countif(IsLocalAdmin) > 0, any_ = take_any(LogonType) by id = DeviceId, AccountSid \
                 | order by id asc, AccountSid asc";
    let time = |day| format!("2026-01-0{day}T00:00:00.0000000Z");
    let row = |id: &str, sid: &str, day, kinds: &str, admin: u32, any: &str| {
        let last = time(day);
        format!(
            r#"{{"id":"{id}","AccountSid":"{sid}","last_":"{last}","kinds":"{kinds}","admin":{admin},"any_":"{any}"}}"#
        )
    };
    let wanted = [
        row("a", "", 1, "Network", 0, "Network"),
        row("a", "S-1-5-18", 3, "Service", 1, "Service"),
        row("b", "S-1-5-21-1", 2, "Interactive,Network", 1, "Network"),
    ];
    assert_eq!(ran(query), wanted.concat());
    assert_eq!(ran("distinct DeviceId"), r#"{"DeviceId":"a"}{"DeviceId":"b"}"#);
    assert_eq!(ran("top 1 by Timestamp | project LogonType"), r#"{"LogonType":"Service"}"#);
    let latest = "summarize arg_max(Timestamp, *) by DeviceId | project DeviceId, LogonId";
    assert_eq!(ran(latest), r#"{"DeviceId":"a","LogonId":1541723995}{"DeviceId":"b","LogonId":178681322}"#);
    assert_eq!(
        columns("DeviceLogonEvents | summarize arg_max(Timestamp, *) by DeviceId")[..2].to_vec(),
        [("DeviceId".to_owned(), Type::Text), ("Timestamp".to_owned(), Type::Time),]
    );
    assert_eq!(run("DeviceLogonEvents | summarize count()", &[]).unwrap(), r#"{"count_":0}"#);
    assert_eq!(run("DeviceLogonEvents | summarize count() by DeviceId", &[]).unwrap(), "");
}

#[test]
fn what_the_language_forbids_is_refused_without_rows_too() {
    for query in [
        "",
        "print 1",
        "Nothing",
        "deviceinfo",
        "DeviceInfo | where Nothing == \"x\"",
        "DeviceInfo | order by Nothing",
        "DeviceInfo | project DeviceId, DeviceId",
        "DeviceInfo | project a = DeviceId, a = OSBuild",
        "DeviceInfo | where DeviceId == \"x\" AND DeviceName == \"y\"",
        "DeviceInfo | where DeviceId == \"x\" \"y\" DeviceName",
        "DeviceInfo | where DeviceId == \"a\\\"",
        "DeviceInfo | where DeviceId == \"a\\q\"",
        "DeviceInfo | where OSBuild == \"1\"",
        "DeviceInfo | where OSBuild startswith \"1\"",
        "DeviceInfo | where DeviceId < \"b\"",
        "DeviceInfo | where DeviceId",
        "DeviceInfo | where 1",
        "DeviceInfo | where not(OSBuild)",
        "DeviceInfo | where Timestamp > \"2026\"",
        "DeviceInfo | where hash(DeviceId, \"a\") == 1",
        "DeviceInfo | where hash(DeviceId, 0) == 0",
        "DeviceInfo | where max(OSBuild) > 1",
        "DeviceInfo | summarize a = countif(DeviceId)",
        "DeviceInfo | summarize a = max(Nothing) by DeviceId",
        "DeviceInfo | summarize DeviceId = max(OSBuild) by DeviceId",
        "DeviceInfo | summarize a = OSBuild",
        "DeviceTvmSoftwareVulnerabilities | order by CveTags asc",
        "DeviceTvmSoftwareVulnerabilities | distinct CveTags",
        "DeviceTvmSoftwareVulnerabilities | summarize max(CveTags)",
        "DeviceInfo | take x",
        "DeviceInfo | take 1.5",
        "DeviceInfo | count DeviceId",
        "DeviceInfo DeviceId",
        "DeviceInfo | where (DeviceId == \"x\"",
        "DeviceInfo | project kind == DeviceId",
        "DeviceInfo | summarize kind = take_any(OSPlatform)",
        "DeviceInfo | extend last = OSBuild",
        "DeviceInfo | project tostring(OSBuild)",
        "DeviceInfo | join DeviceLogonEvents on DeviceId",
        "let a = 1; DeviceInfo",
    ] {
        assert!(Plan::of(query).is_err(), "{query}");
    }
    assert!(Plan::of(&format!("DeviceInfo | where {}", "(".repeat(10_000))).is_err());
}
