//! Queries: those that our own code sends, those of people, and many that are made up, right and wrong.

use defender_double::draw::Draw;

/// Queries that people write, in forms that the double knows.
pub(crate) const OF_PEOPLE: &[&str] = &[
    "DeviceInfo",
    "DeviceInfo | take 10",
    "DeviceInfo | where OSPlatform startswith \"Windows\" and IsAzureADJoined == true | project DeviceId, DeviceName, OSBuild",
    "DeviceInfo | where isnotempty(OSPlatform) | summarize arg_max(Timestamp, *) by DeviceId",
    "DeviceInfo | summarize n = count() by OSPlatform, OSVersion | order by n desc, OSPlatform asc",
    "DeviceInfo | where Timestamp > ago(7d) | distinct DeviceId, DeviceName",
    "DeviceInfo | where hash(DeviceId, 4) == 1 | count",
    "DeviceLogonEvents | where LogonType in~ (\"interactive\", 'RemoteInteractive') | top 5 by Timestamp desc",
    "DeviceLogonEvents | extend who = AccountName, Bits = strlen(AccountSid) | project who, Bits | limit 5",
    "DeviceLogonEvents | summarize countif(IsLocalAdmin), dcount(AccountName), make_set(LogonType), min(Timestamp) by DeviceId",
    "DeviceTvmSoftwareVulnerabilities | where CveId == @\"CVE-2024-1\" \"234\" or VulnerabilitySeverityLevel =~ \"critical\"",
    "DeviceTvmSoftwareInventory | where EndOfSupportDate < datetime(2027-01-01) // a remark\n| summarize n = count() by SoftwareName",
    "DeviceTvmSecureConfigurationAssessment | where ConfigurationImpact >= 5.5 and not(IsCompliant) | count;",
    "IdentityInfo | where AccountUpn !contains \"admin\" | project AccountUpn, Enabled = IsAccountEnabled",
];

/// Stages that are made up of pieces, most of which do not fit each other.
const VALUES: &[&str] = &[
    "DeviceId",
    "Timestamp",
    "IsLocalAdmin",
    "LogonId",
    "RemotePort",
    "AccountSid",
    "\"x\"",
    "'a\\\\b'",
    "@\"c:\\d\"",
    "1",
    "2.5",
    "true",
    "1d",
    "datetime(2026-01-01)",
    "ago(2h)",
    "now()",
    "tostring(LogonId)",
    "tolower(AccountName)",
    "strlen(DeviceName)",
    "hash(DeviceId, 3)",
    "hash(LogonId)",
    "isempty(AccountSid)",
    "isnull(LogonId)",
    "not(IsLocalAdmin)",
    "Nothing",
    "max(LogonId)",
    "\"a\" \"b\"",
    "\"a\\\"b\"",
    "(DeviceId)",
    "strcat_array(AccountSid, \",\")",
    "hash(DeviceId, \"a\")",
    "strlen(1)",
    "AND",
];

const OPERATORS: &[&str] = &[
    "==",
    "!=",
    "<",
    ">=",
    "=~",
    "!~",
    "startswith",
    "!endswith",
    "contains_cs",
    "in",
    "and",
    "or",
    "=",
    "AND",
    "like",
    "",
];

const AGGREGATES: &[&str] = &[
    "count()",
    "n = count()",
    "countif(IsLocalAdmin)",
    "countif(DeviceId)",
    "max(LogonId)",
    "m = max(DeviceName)",
    "min(Timestamp)",
    "sum(LogonId)",
    "sum(DeviceName)",
    "take_any(DeviceName)",
    "make_set(LogonType)",
    "dcount(AccountName)",
    "any = countif(IsLocalAdmin) > 0",
    "kinds = strcat_array(array_sort_asc(make_set(LogonType)), \",\")",
    "LogonId",
    "last = max(Timestamp)",
    "kind = take_any(LogonType)",
    "arg_max(Timestamp, *)",
];

const KEYS: &[&str] = &["DeviceId", "who = AccountName", "LogonId", "IsLocalAdmin", "Nothing", "d = DeviceId"];

const SHAPES: u64 = 11;

fn one<'t>(draw: Draw, of: &'t [&'t str]) -> &'t str {
    of[usize::try_from(draw.below(of.len() as u64)).unwrap_or(0)]
}

fn some(draw: Draw, of: &[&str]) -> String {
    let count = 1 + draw.at("count").below(3);
    (0..count).map(|at| one(draw.at("one").nth(at), of)).collect::<Vec<_>>().join(", ")
}

fn condition(draw: Draw) -> String {
    let operator = one(draw.at("operator"), OPERATORS);
    let (left, right) = (one(draw.at("left"), VALUES), one(draw.at("right"), VALUES));
    match operator {
        "in" => format!("{left} in ({})", some(draw.at("list"), VALUES)),
        "and" | "or" if draw.at("deeper").chance(700) => {
            format!("{} {operator} {}", condition(draw.at("first")), condition(draw.at("second")))
        }
        operator => format!("{left} {operator} {right}"),
    }
}

fn stage(draw: Draw) -> String {
    let word = |name: &'static str| one(draw.at(name), &["asc", "desc", ""]).to_owned();
    match draw.at("shape").below(SHAPES) {
        0..=3 => format!("where {}", condition(draw.at("where"))),
        4 => format!(
            "project {}",
            some(draw.at("project"), &[VALUES, &["a = LogonId", "b = DeviceId", "a = 1"]].concat())
        ),
        5 => format!(
            "extend {}",
            some(draw.at("extend"), &["a = LogonId", "LogonId = DeviceId", "b = not(IsLocalAdmin)", "a = 2"])
        ),
        6 => format!("summarize {} by {}", some(draw.at("columns"), AGGREGATES), some(draw.at("by"), KEYS)),
        7 => format!("summarize {}", some(draw.at("columns"), AGGREGATES)),
        8 => format!("order by {} {}", one(draw.at("key"), KEYS), word("order")),
        9 => format!(
            "top {} by {} {}",
            one(draw.at("most"), &["3", "0", "x", "1.5"]),
            one(draw.at("key"), KEYS),
            word("order")
        ),
        _ => one(
            draw.at("plain"),
            &["count", "take 5", "take 0", "distinct DeviceId, LogonId", "distinct Nothing", "limit x"],
        )
        .to_owned(),
    }
}

/// Queries that are made up, the same ones at every time.
pub(crate) fn made_up(count: u64) -> Vec<String> {
    (0..count)
        .map(|number| {
            let draw = Draw::seed(2026).at("query").nth(number);
            let stages = (0..=draw.at("stages").below(2)).map(|at| format!(" | {}", stage(draw.at("stage").nth(at))));
            format!("DeviceLogonEvents{}", stages.collect::<String>())
        })
        .collect()
}
