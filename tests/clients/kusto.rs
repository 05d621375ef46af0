//! The double's part of the Kusto query language, held against Microsoft's own parser.

use crate::corpus::{OF_PEOPLE, made_up};
use crate::packages::{self, SCRIPTS};
use bytes::Bytes;
use defender_double::model::{Shape, Tenant};
use defender_double::period::ORIGIN;
use defender_double::scenario::Scenario;
use defender_double::service::{Answer, CLIENT_ID, CLIENT_SECRET, Piece, Service, TENANT_ID, Terms};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

const TABLES: &[&str] = &[
    "DeviceInfo",
    "DeviceLogonEvents",
    "DeviceNetworkInfo",
    "DeviceTvmSecureConfigurationAssessment",
    "DeviceTvmSoftwareInventory",
    "DeviceTvmSoftwareVulnerabilities",
    "IdentityInfo",
];

/// Queries that are made up.
const MADE_UP: u64 = 3000;

/// Names of .NET's types in the language.
fn of_language(wire: &str) -> &'static str {
    match wire {
        "String" => "string",
        "SByte" => "bool",
        "Int32" => "int",
        "Int64" => "long",
        "Double" => "real",
        "DateTime" => "datetime",
        "TimeSpan" => "timespan",
        "Object" => "dynamic",
        other => panic!("{other} is no type of an answer"),
    }
}

type Columns = Vec<(String, String)>;

/// The double without a socket, signed in.
struct Double {
    service: Service,
    token: String,
}

impl Double {
    fn new() -> Self {
        let shape = Shape { devices: 3, users: 5, findings_per_device: 2, software_per_device: 2, ..Shape::default() };
        let mut terms = Terms::default();
        terms.hunting.rows_per_quarter = u64::MAX;
        terms.token_life = Duration::from_secs(7 * 86_400);
        let mut double = Self {
            service: Service::new(Arc::new(Tenant::new(shape)), terms, Scenario::default()),
            token: String::new(),
        };
        let form = format!(
            "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}\
             &scope=https://graph.microsoft.com/.default"
        );
        let url = format!("https://login.microsoftonline.com/{TENANT_ID}/oauth2/v2.0/token");
        let (_, answer) = double.post(0, &url, form);
        double.token = answer["access_token"].as_str().expect("a token").to_owned();
        double
    }

    /// `nth` moves the clock on, so that no quota binds.
    fn post(&self, nth: u64, url: &str, body: String) -> (u16, Value) {
        let request = http::Request::post(url).header("authorization", format!("Bearer {}", self.token));
        let request = request.body(Bytes::from(body)).expect("a request");
        let Answer::Http(response) = self.service.answer(&request, ORIGIN + Duration::from_secs(nth)) else {
            panic!("no answer")
        };
        let bytes =
            response.body.flat_map(|piece| if let Piece::Data(data) = piece { data.to_vec() } else { Vec::new() });
        (response.status.as_u16(), serde_json::from_slice(&bytes.collect::<Vec<u8>>()).expect("JSON"))
    }

    /// Columns of a result; none if the query is refused.
    fn columns(&self, nth: u64, query: &str) -> Option<Columns> {
        let url = "https://graph.microsoft.com/v1.0/security/runHuntingQuery";
        let (status, answer) = self.post(nth, url, json!({ "Query": query }).to_string());
        let column = |one: &Value| {
            (
                one["name"].as_str().unwrap_or_default().to_owned(),
                of_language(one["type"].as_str().unwrap_or_default()).to_owned(),
            )
        };
        match status {
            200 => Some(answer["schema"].as_array()?.iter().map(column).collect()),
            400 => None,
            other => panic!("{other} to {query}: {answer}"),
        }
    }
}

/// What the parser says of a query.
struct Said {
    diagnostics: Vec<Value>,
    columns: Columns,
}

fn parse(packages: &Path, tables: &BTreeMap<&str, Columns>, queries: &[String]) -> Vec<Said> {
    let mut node = Command::new("node")
        .arg(Path::new(SCRIPTS).join("kusto.mjs"))
        .env("DOUBLE_PACKAGES", packages)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let input = json!({ "tables": tables, "queries": queries }).to_string();
    let mut stdin = node.stdin.take().expect("piped");
    stdin.write_all(input.as_bytes()).expect("written");
    drop(stdin);
    let output = node.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let texts = |pair: &Value| {
        (pair[0].as_str().unwrap_or_default().to_owned(), pair[1].as_str().unwrap_or_default().to_owned())
    };
    let one = |one: Value| Said {
        diagnostics: one["diagnostics"].as_array().cloned().unwrap_or_default(),
        columns: one["columns"].as_array().into_iter().flatten().map(texts).collect(),
    };
    said.into_iter().map(one).collect()
}

/// The queries that the component sends, to each of which the double says its own.
fn of_the_component() -> Vec<String> {
    let source = include_str!("../../src/catalog/device_users.rs");
    let text = |name: &str| {
        let (_, rest) = source.split_once(&format!("const {name}: &str = r#\"")).expect("a query");
        rest.split_once("\"#").expect("its end").0.to_owned()
    };
    let (logons, by_account) = (text("LOGONS"), text("BY_ACCOUNT"));
    vec![
        format!("{logons}\n{by_account}"),
        format!("{logons}\n| where hash(DeviceId, 16) == 3\n{by_account}"),
        "DeviceLogonEvents\n| take 1".to_owned(),
    ]
}

#[test]
fn what_the_double_accepts_the_language_accepts() {
    let Some(packages) = packages::node() else { return };
    let double = Double::new();
    let tables = TABLES.iter().map(|table| (*table, double.columns(0, table).expect("a table"))).collect();
    let ours = of_the_component();
    let must = ours.len() + OF_PEOPLE.len();
    let queries: Vec<String> =
        ours.into_iter().chain(OF_PEOPLE.iter().map(|text| (*text).to_owned())).chain(made_up(MADE_UP)).collect();
    let said = parse(&packages, &tables, &queries);
    assert_eq!(said.len(), queries.len());
    let (mut accepted, mut refused, mut wrong) = (0, 0, Vec::new());
    for (nth, (query, said)) in queries.iter().zip(&said).enumerate() {
        match double.columns(40 + 3 * nth as u64, query) {
            None if nth < must => wrong.push(format!("{query}\n  is refused by the double")),
            None => refused += 1,
            Some(_) if !said.diagnostics.is_empty() => {
                wrong.push(format!("{query}\n  is accepted, but {:?}", said.diagnostics));
            }
            Some(columns) if columns != said.columns => {
                wrong.push(format!("{query}\n  has the columns {columns:?}\n  and in the language {:?}", said.columns));
            }
            Some(_) => accepted += 1,
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), queries.len(), wrong.join("\n"));
    // There is something of both to see.
    assert!(accepted > 300 && refused > 300, "{accepted} accepted, {refused} refused");
}
