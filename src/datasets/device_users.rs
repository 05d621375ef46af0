//! Who logged on to which machine: `/api/machines/{id}/logonusers` of each, or the logons of all by hunting queries.

pub(super) mod hunting;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use defender_rows::event::{Content, Draft, Format, JsonWriter, Kind, Refs, Relation};
use defender_rows::record::{DeviceFacts, Record, Value, field_table};
use defender_rows::tally::RejectReason;

use crate::catalog::DatasetName;
use crate::datasets::mapping::{MapScope, Outcome, Subject};
use crate::ocsf::architecture::Architecture;
use crate::ocsf::platform::{self, Platform};
use crate::ocsf::{self, Source, class, device, observable};

const LOG_NAME: &str = "machines.logonusers";

field_table! {
    /// Members of a logged-on user, and the columns beside them that `hunting` asks for. Source: samples of "List machine
    /// logon users", older and newer; there is no property table.
    Field {
        Id = "id",
        AccountName = "accountName",
        AccountDomain = "accountDomain",
        AccountSid = "accountSid",
        FirstSeen = "firstSeen",
        LastSeen = "lastSeen",
        MostPrevalentMachineId = "mostPrevalentMachineId",
        LeastPrevalentMachineId = "leastPrevalentMachineId",
        LogonTypes = "logonTypes",
        LogOnMachinesCount = "logOnMachinesCount",
        IsDomainAdmin = "isDomainAdmin",
        IsOnlyNetworkUser = "isOnlyNetworkUser",
        DeviceId = "deviceId",
        DeviceName = "deviceName",
        IsLocalAdmin = "isLocalAdmin",
    }
}

/// Members that are about the account, whatever the device.
const ACCOUNT_FIELDS: [(Field, &str); 5] = [
    (Field::Id, "id"),
    (Field::AccountName, "accountName"),
    (Field::AccountDomain, "accountDomain"),
    (Field::AccountSid, "accountSid"),
    (Field::IsDomainAdmin, "isDomainAdmin"),
];

/// An account as a row names it.
struct Account<'a> {
    /// SID, else `domain\name`: what identifies it.
    uid: Cow<'a, str>,
    /// `domain\name`, where `uid` is the SID.
    uid_alt: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
    domain: Option<Cow<'a, str>>,
    sid: Option<Cow<'a, str>>,
    is_admin: bool,
}

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
    row.content(&mut content, &[Field::LastSeen, Field::DeviceName]);
    content.device(&facts);
    let draft = Draft {
        content,
        kind: Kind::User,
        key: keys.user_on_device(facts.id, &account.uid),
        refs: Refs::default().with(Relation::LoggedOn, &keys.device(facts.id)).with(Relation::PartOf, &asset),
    };
    let is_native = scope.events.format() == Format::Native;
    let dataset = DatasetName::DeviceUsers.as_str();
    if scope.seen.announce(Kind::User, asset.as_str()) {
        let mut content = Content::default();
        for (field, _) in ACCOUNT_FIELDS {
            content.fact(row.peek(field).map(Value::raw));
        }
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

impl<'a> Account<'a> {
    fn read(row: &Record<'a, Field>) -> Option<Self> {
        let id = row.peek(Field::Id).and_then(|value| value.text().flatten());
        let sid = row.text(Field::AccountSid);
        let (id_domain, id_name) = match id.as_deref().map(|id| id.split_once('\\').ok_or(id)) {
            Some(Ok((domain, name))) => (Some(domain.to_owned()), Some(name.to_owned())),
            Some(Err(name)) => (None, Some(name.to_owned())),
            None => (None, None),
        };
        let given = id.clone();
        let present = |text: Option<String>| text.filter(|text| !text.is_empty()).map(Cow::Owned);
        let name = row.text(Field::AccountName).or_else(|| present(id_name));
        let domain = row.text(Field::AccountDomain).or_else(|| present(id_domain));
        // Very old answers have bare names as ids, which collide across domains.
        let qualified = match (id, &domain, &name) {
            (Some(id), _, _) if id.contains('\\') => Some(id),
            (_, Some(domain), Some(name)) => Some(Cow::Owned(format!("{domain}\\{name}"))),
            (id, _, name) => id.or_else(|| name.clone()),
        };
        let (uid, uid_alt) = match (&sid, qualified) {
            (Some(sid), qualified) => (sid.clone(), qualified),
            (None, qualified) => (qualified?, None),
        };
        // An identifier that neither is what identifies the account nor its name stays under its own name.
        let is_said = |text: &Option<Cow<'_, str>>| text.is_some() && *text == given;
        if is_said(&name) || is_said(&uid_alt) || given.as_ref() == Some(&uid) {
            row.skip(Field::Id);
        }
        let is_admin = row.peek(Field::IsDomainAdmin).and_then(Value::flag) == Some(true);
        Some(Self { uid, uid_alt, name, domain, sid, is_admin })
    }

    /// Writes `user`; with `account` on a device whose kind of accounts is known.
    fn write(&self, out: &mut JsonWriter, platform: Option<Option<&Platform<'_>>>) {
        out.object_member("user", |out| {
            out.text_member("uid", &self.uid);
            out.optional_text("uid_alt", self.uid_alt.as_deref());
            out.optional_text("name", self.name.as_deref());
            out.optional_text("domain", self.domain.as_deref());
            let (id, kind) = if self.is_admin { (2, "Admin") } else { (0, "Unknown") };
            out.integer_member("type_id", id);
            out.text_member("type", kind);
            let Some(platform) = platform else { return };
            out.object_member("account", |out| {
                out.text_member("name", self.name.as_deref().unwrap_or(&self.uid));
                out.optional_text("uid", self.sid.as_deref());
                if platform.is_some_and(Platform::is_windows) {
                    out.integer_member("type_id", 2);
                    out.text_member("type", "Windows Account");
                }
            });
        });
    }

    fn label(&self) -> &str {
        self.uid_alt.as_deref().unwrap_or(&self.uid)
    }
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
    // The row has a time, but of the device that happens to mention the account first.
    let time = scope.events.started_ms();
    let source = Source { log_name, profiles: &[], original_uid: &[&account.uid], original_time: None };
    ocsf::emit(scope.events, draft, &class::USER, &source, |out| {
        ocsf::informational(out);
        ocsf::time(out, time);
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
    let first_seen = row.time(Field::FirstSeen);
    let last_seen = row.time(Field::LastSeen);
    let time = last_seen.unwrap_or(scope.events.collected_ms());
    let original_time = last_seen.and(row.peek(Field::LastSeen).and_then(Value::string));
    let source = Source {
        log_name,
        profiles: &["host"],
        original_uid: &[facts.id, "/", account.label()],
        original_time: original_time.as_deref(),
    };
    ocsf::emit(scope.events, draft, &class::USER, &source, |out| {
        ocsf::informational(out);
        ocsf::time(out, time);
        let device_name = facts.hostname.unwrap_or(facts.id);
        ocsf::message(out, &["account ", account.label(), " on ", device_name]);
        account.write(out, Some(platform.as_ref()));
        device::short(out, facts, platform.as_ref(), &Architecture::default());
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
            ("user.name", observable::USER_NAME, account.name.as_deref()),
            ("user.uid", observable::USER_UID, Some(&account.uid)),
            ("device.hostname", observable::HOSTNAME, hostname),
        ],
    );
}
