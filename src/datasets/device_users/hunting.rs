//! Logons of the past 30 days over all machines, by queries of advanced hunting.
//!
//! The query gives its columns the names that `logonusers` has, one row for each account on each device, so that both
//! become the same events under the same keys. What differs: hunting looks back 30 days instead of the time that data
//! is kept; it knows every security identifier, and whether the account administers the device, but not when it was
//! first seen there nor whether it administers a domain.
//!
//! What the list of devices says of a device is part of the event, so a device that is not in a list of which a part
//! could not be read is left for the next run: its events would look changed, and changed back.

use std::borrow::Cow;

use super::{Account, Field, emit};
use crate::datasets::{MapScope, Outcome, Paging, Route, Strategy, StrategySpec, Subject};
use crate::event::Kind;
use crate::http::Quota;
use crate::receipt::RejectReason;
use crate::record::{DeviceFacts, DeviceTexts, Record, device_id};
use crate::roster::Coverage;

/// All machines by a few queries.
pub(super) const STRATEGY: StrategySpec = StrategySpec {
    name: Strategy::Hunting,
    route: Route {
        path: "/v1.0/security/runHuntingQuery",
        paging: Paging::Shards { query: (LOGONS, BY_ACCOUNT) },
        // Microsoft promises "at least 45" a minute; the hour is that of the API before.
        quota: Quota::documented(45, 1_500),
        purpose: "query: accounts that logged on to machines in the past 30 days",
    },
    map,
    catalogue: None,
};

const LOG_NAME: &str = "hunting.DeviceLogonEvents";

/// Logons of people: not of computers, whose names end in `$`, nor of the system's own accounts. Accounts of a domain,
/// a computer or Entra ID have identifiers that begin like these; other platforms than Windows give none.
const LOGONS: &str = r#"DeviceLogonEvents
| where ActionType == "LogonSuccess"
| where isempty(AccountSid) or AccountSid startswith "S-1-5-21-" or AccountSid startswith "S-1-12-1-"
| where not(AccountName endswith "$")"#;

/// One row for each account on each device, in an order that does not change.
const BY_ACCOUNT: &str = r#"| summarize lastSeen = max(Timestamp), logonTypes = strcat_array(array_sort_asc(make_set(LogonType)), ","), isLocalAdmin = countif(IsLocalAdmin) > 0, deviceName = take_any(DeviceName) by deviceId = DeviceId, accountSid = AccountSid, accountDomain = AccountDomain, accountName = AccountName
| order by deviceId asc, accountSid asc, accountDomain asc, accountName asc"#;

/// One account on the device that the row names; and the account, when it is met first.
fn map(row: &str, _subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    let text = row;
    let row = match Record::<Field>::parse(text) {
        Ok(row) => row,
        Err(reason) => return Outcome::Rejected(reason),
    };
    let (Some(id), Some(account)) = (row.text(Field::DeviceId), Account::read(&row)) else {
        return Outcome::Rejected(RejectReason::NoIdentity);
    };
    let id = device_id(id, scope.tolerated);
    let name: Option<Cow<'_, str>> = row.text(Field::DeviceName);
    // A result that was cut off comes again in parts.
    if !scope.seen.receive_result(Kind::User, scope.events.keys().user_on_device(&id, &account.uid).as_str()) {
        return Outcome::Duplicate;
    }
    let roster = scope.roster.take();
    let unknown = DeviceFacts { id: &id, hostname: name.as_deref(), ..DeviceFacts::default() };
    let found = roster.as_deref().and_then(|roster| roster.find(&id));
    if found.is_none() && roster.as_deref().is_some_and(|roster| roster.coverage() == Coverage::Part) {
        return Outcome::Rejected(RejectReason::UnknownDevice);
    }
    let facts = found.as_ref().map_or(unknown, DeviceTexts::facts);
    match scope.filter.row(&facts) {
        Some(reason) => Outcome::Filtered(reason),
        None => emit(text, &row, &account, facts, LOG_NAME, scope),
    }
}
