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

use defender_rows::event::Kind;
use defender_rows::record::{DeviceFacts, DeviceTexts, Record, device_id, hostname};
use defender_rows::tally::RejectReason;

use super::account::Account;
use super::emit;
use super::field::Field;
use crate::datasets::mapping::{MapScope, Outcome, Subject};
use crate::memory::Coverage;

const LOG_NAME: &str = "hunting.DeviceLogonEvents";

/// One account on the device that the row names; and the account, when it is met first.
pub(in crate::datasets) fn map(row: &str, _subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    let text = row;
    let row = match Record::<Field>::parse(text) {
        Ok(row) => row,
        Err(reason) => return Outcome::Rejected(reason),
    };
    let (Some(id), Some(account)) = (row.text(Field::DeviceId), Account::read(&row)) else {
        return Outcome::Rejected(RejectReason::NoIdentity);
    };
    let id = device_id(id, scope.tolerated);
    let name: Option<Cow<'_, str>> = hostname(&row, Field::DeviceName);
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
