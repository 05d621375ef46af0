//! Accounts that logged on to machines.

use defender_client::paging::Paging;
use defender_client::request::Quota;
use defender_client::sign_in::Permission;
use defender_rows::event::Kind;

use super::names::{DatasetName, Strategy};
use super::spec::{DatasetSpec, Route, StrategySpec};

/// Accounts, and where they logged on.
pub static SPEC: DatasetSpec = DatasetSpec {
    name: DatasetName::DeviceUsers,
    description: "Accounts that logged on to machines, and where",
    enabled: true,
    permissions: &[Permission::defender("User.Read.All")],
    kinds: &[Kind::User],
    on_devices: true,
    strategies: &[
        StrategySpec {
            name: Strategy::PerDevice,
            route: Route {
                path: "/api/machines/{id}/logonusers",
                paging: Paging::Single,
                quota: Quota::documented(100, 1_500),
                purpose: "accounts that logged on to one machine",
            },
            catalogue: None,
        },
        HUNTING,
    ],
    changes: None,
    automatic: &[Strategy::PerDevice, Strategy::Hunting],
};

/// All machines by a few queries.
const HUNTING: StrategySpec = StrategySpec {
    name: Strategy::Hunting,
    route: Route {
        path: "/v1.0/security/runHuntingQuery",
        paging: Paging::Shards { query: (LOGONS, BY_ACCOUNT), by: "DeviceId" },
        // Microsoft promises "at least 45" a minute; the hour is that of the API before.
        quota: Quota::documented(45, 1_500),
        purpose: "query: accounts that logged on to machines in the past 30 days",
    },
    catalogue: None,
};

/// Logons of people: not of computers, whose names end in `$`, nor of the system's own accounts. Accounts of a domain,
/// a computer or Entra ID have identifiers that begin like these; other platforms than Windows give none.
const LOGONS: &str = r#"DeviceLogonEvents
| where ActionType == "LogonSuccess"
| where isempty(AccountSid) or AccountSid startswith "S-1-5-21-" or AccountSid startswith "S-1-12-1-"
| where not(AccountName endswith "$")"#;

/// One row for each account on each device, in an order that does not change.
const BY_ACCOUNT: &str = r#"| summarize lastSeen = max(Timestamp), logonTypes = strcat_array(array_sort_asc(make_set(LogonType)), ","), isLocalAdmin = countif(IsLocalAdmin) > 0, deviceName = take_any(DeviceName) by deviceId = DeviceId, accountSid = AccountSid, accountDomain = AccountDomain, accountName = AccountName
| order by deviceId asc, accountSid asc, accountDomain asc, accountName asc"#;
