//! Who logged on to which machine: `/api/machines/{id}/logonusers` of each, or the logons of all by hunting queries.

mod account;
mod field;
pub(super) mod hunting;
#[cfg(test)]
mod tests;

use defender_rows::event::{Content, Draft, Format, JsonWriter, Kind, Refs, Relation};
use defender_rows::record::{DeviceFacts, Record, Value};
use defender_rows::tally::RejectReason;

use crate::catalog::DatasetName;
use crate::datasets::mapping::{MapScope, Outcome, Subject};
use crate::ocsf::architecture::Architecture;
use crate::ocsf::platform;
use crate::ocsf::{self, Source, class, device, observable};
use account::Account;
use field::Field;

const LOG_NAME: &str = "machines.logonusers";

/// Members that are about the account, whatever the device.
const ACCOUNT_FIELDS: [(Field, &str); 5] = [
    (Field::Id, "id"),
    (Field::AccountName, "accountName"),
    (Field::AccountDomain, "accountDomain"),
    (Field::AccountSid, "accountSid"),
    (Field::IsDomainAdmin, "isDomainAdmin"),
];

/// What the content of a log-on leaves out: what moves with every sighting, what the facts about the device and the
/// account say, and what is added in one spelling.
const RETOLD_OR_VOLATILE: [Field; 8] = [
    Field::LastSeen,
    Field::DeviceId,
    Field::DeviceName,
    Field::Id,
    Field::AccountName,
    Field::AccountDomain,
    Field::AccountSid,
    Field::LogonTypes,
];

/// One account on the device that was asked about; and the account, when it is met first.
pub(super) fn map(row: &str, subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    let text = row;
    let row = match Record::<Field>::parse(text) {
        Ok(row) => row,
        Err(reason) => return Outcome::Rejected(reason),
    };
    let (Subject::Device(facts), Some(account)) = (subject, Account::read(&row)) else {
        return Outcome::Rejected(RejectReason::NoIdentity);
    };
    emit(text, &row, &account, facts, LOG_NAME, scope)
}

fn emit(
    text: &str,
    row: &Record<'_, Field>,
    account: &Account<'_>,
    facts: DeviceFacts<'_>,
    log_name: &'static str,
    scope: &mut MapScope<'_>,
) -> Outcome {
    let keys = scope.events.keys();
    let asset = keys.user(&account.uid);
    let mut content = Content::default();
    row.content(&mut content, &RETOLD_OR_VOLATILE);
    account.content(&mut content);
    content.fact(Some(&logon_types(row)));
    content.device(&facts);
    let mut refs = Refs::default().with(Relation::LoggedOn, &keys.device(facts.id));
    let is_of_the_tenant = !account.is_local(&facts);
    if is_of_the_tenant {
        refs.push(Relation::PartOf, &asset);
    }
    let draft = Draft { content, kind: Kind::User, key: keys.user_on_device(facts.id, &account.uid), refs };
    let is_native = scope.events.format() == Format::Native;
    let dataset = DatasetName::DeviceUsers.as_str();
    if is_of_the_tenant && scope.seen.announce(Kind::User, asset.as_str()) {
        let mut content = Content::default();
        account.content(&mut content);
        content.fact(row.peek(Field::IsDomainAdmin).map(Value::raw));
        let draft = Draft { kind: Kind::User, key: asset, refs: Refs::default(), content };
        if is_native {
            scope.events.native_part(draft, dataset, |out| {
                for (field, name) in ACCOUNT_FIELDS {
                    if let Some(value) = row.peek(field) {
                        out.name(name);
                        out.raw(value.raw());
                    }
                }
            });
        } else {
            emit_account(row, account, log_name, draft, scope);
        }
    }
    if is_native {
        scope.events.native(draft, dataset, text);
    } else {
        emit_logon(row, account, &facts, log_name, draft, scope);
    }
    row.account(scope.tolerated);
    Outcome::Emitted
}

/// The words of `logonTypes`, which is one text, in an order of their own.
fn logon_types(row: &Record<'_, Field>) -> String {
    let text = row.peek(Field::LogonTypes).and_then(|value| value.text().flatten()).unwrap_or_default();
    let mut words: Vec<&str> = text.split(',').map(str::trim).collect();
    words.sort_unstable();
    words.join(",")
}

/// The account as such. Nothing in it may depend on the device that mentions it first.
fn emit_account(
    row: &Record<'_, Field>,
    account: &Account<'_>,
    log_name: &'static str,
    draft: Draft,
    scope: &mut MapScope<'_>,
) {
    let release = scope.events.ocsf_version();
    let source = Source { log_name, profiles: &[], original_uid: &[&account.uid], moment: None };
    ocsf::emit(scope.events, draft, &class::USER, &source, |out| {
        ocsf::informational(out);
        ocsf::message(out, &["account ", account.label()]);
        account.write(out, None);
        observables(out, release, account, None);
        out.object_member("unmapped", |out| {
            if let Some(flag) = row.peek(Field::IsDomainAdmin) {
                out.name("isDomainAdmin");
                out.raw(flag.raw());
            }
        });
    });
}

/// The account on a device.
fn emit_logon(
    row: &Record<'_, Field>,
    account: &Account<'_>,
    facts: &DeviceFacts<'_>,
    log_name: &'static str,
    draft: Draft,
    scope: &mut MapScope<'_>,
) {
    let platform = platform::platform(facts.os_platform, scope.tolerated);
    let release = scope.events.ocsf_version();
    let kind = account.account_type(facts, platform.as_ref(), release);
    let first_seen = row.time(Field::FirstSeen);
    let last_seen = row.time(Field::LastSeen);
    let source =
        Source { log_name, profiles: &["host"], original_uid: &[facts.id, "/", account.label()], moment: None };
    ocsf::emit(scope.events, draft, &class::USER, &source, |out| {
        ocsf::informational(out);
        let device_name = facts.hostname.unwrap_or(facts.id);
        ocsf::message(out, &["account ", account.label(), " on ", device_name]);
        account.write(out, Some(kind));
        device::short(out, release, facts, platform.as_ref(), &Architecture::default());
        out.optional_integer("start_time", first_seen);
        out.optional_integer("end_time", last_seen);
        observables(out, release, account, facts.hostname);
        out.object_member("unmapped", |out| row.leftovers(out));
    });
}

fn observables(
    out: &mut JsonWriter,
    release: defender_rows::event::OcsfVersion,
    account: &Account<'_>,
    hostname: Option<&str>,
) {
    observable::write(
        out,
        release,
        &[
            (observable::USER_NAME, account.name.as_deref()),
            (observable::USER_UID, Some(&account.uid)),
            (observable::HOSTNAME, hostname),
        ],
    );
}
