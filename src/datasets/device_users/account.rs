//! An account as a row names it, and whether it is one of the tenant or of a device alone.
//!
//! **The rule.** An account is known by its security identifier, else by `domain\\name`. It is the same account on every
//! device, unless it exists on each device anew: `root`, `\\svc`, `NT AUTHORITY\\SYSTEM`, `S-1-5-18`, and what is named with
//! the device for its domain. Such a one is only told of as an account on its device; nothing would be true of all of
//! them together. Where a row says neither, it is taken for local: two accounts that are told apart can be joined later,
//! two that were made one cannot be told apart.

use std::borrow::Cow;

use defender_rows::event::{Content, JsonWriter, OcsfVersion};
use defender_rows::record::{DeviceFacts, Record, Value};

use super::field::Field;
use crate::ocsf::platform::{self, Platform};
use crate::ocsf::version;
use crate::ocsf::word::captioned;

/// Whose accounts a local domain has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// Whoever has one on the device.
    Anybody,
    /// Parts of the system, not people.
    System,
}

/// Domains of accounts that each device has for itself. Windows names them in its own language where it has one.
const LOCAL_DOMAINS: [(&str, Of); 11] = [
    (".", Of::Anybody),
    ("localhost", Of::Anybody),
    ("NT AUTHORITY", Of::System),
    ("NT SERVICE", Of::System),
    ("BUILTIN", Of::Anybody),
    ("Window Manager", Of::System),
    ("Font Driver Host", Of::System),
    ("IIS APPPOOL", Of::System),
    ("NT VIRTUAL MACHINE", Of::System),
    ("WORKGROUP", Of::Anybody),
    ("NT-AUTORIT\u{c4}T", Of::System),
];

/// Beginning of the security identifiers of Microsoft Entra.
const OF_ENTRA: &str = "S-1-12-1-";

/// Beginnings of security identifiers that are the same nowhere else: of domains and machines, and of Microsoft Entra.
/// All others are well known, and each device has them.
const OF_ONE_AUTHORITY: [&str; 2] = ["S-1-5-21-", OF_ENTRA];

/// The domain of accounts that exist in Microsoft Entra alone, as Windows names it.
const ENTRA_DOMAIN: &str = "AzureAD";

/// A number of `user.account.type_id`, and its caption.
pub(super) type AccountType = Option<(i64, &'static str)>;

/// An account.
pub(super) struct Account<'a> {
    /// SID, else `domain\name`: what identifies it.
    pub(super) uid: Cow<'a, str>,
    /// `domain\name`, where `uid` is the SID.
    uid_alt: Option<Cow<'a, str>>,
    pub(super) name: Option<Cow<'a, str>>,
    domain: Option<Cow<'a, str>>,
    sid: Option<Cow<'a, str>>,
    is_admin: Option<bool>,
}

impl<'a> Account<'a> {
    /// The account of a row; `None` if it names none.
    pub(super) fn read(row: &Record<'a, Field>) -> Option<Self> {
        let id = row.peek(Field::Id).and_then(|value| value.text().flatten());
        let sid = row.text(Field::AccountSid);
        let present = |text: &str| Some(text).filter(|text| !text.is_empty()).map(|text| Cow::Owned(text.to_owned()));
        let (id_domain, id_name) = match id.as_deref().map(|id| id.split_once('\\').ok_or(id)) {
            Some(Ok((domain, name))) => (present(domain), present(name)),
            Some(Err(name)) => (None, present(name)),
            None => (None, None),
        };
        let name = row.text(Field::AccountName).or(id_name);
        let domain = row.peek(Field::AccountDomain).and_then(|value| value.text().flatten());
        let is_domain = domain.as_deref().is_some_and(is_name);
        let domain = row.text_if(Field::AccountDomain, is_domain).filter(|_| is_domain).or(id_domain);
        // Very old answers have bare names as ids, which collide across domains.
        let qualified = match (&id, &domain, &name) {
            (Some(id), Some(_), _) if id.contains('\\') && !id.starts_with('\\') => Some(id.clone()),
            (_, Some(domain), Some(name)) => Some(Cow::Owned(format!("{domain}\\{name}"))),
            (Some(id), None, _) => present(id.trim_start_matches('\\')),
            (id, _, name) => id.clone().or_else(|| name.clone()),
        };
        let (uid, uid_alt) = match (&sid, qualified) {
            (Some(sid), qualified) => (sid.clone(), qualified),
            (None, qualified) => (qualified?, None),
        };
        // An identifier that is neither what identifies the account nor its name stays under its own name.
        let is_said = |text: &Option<Cow<'_, str>>| text.is_some() && *text == id;
        if is_said(&name) || is_said(&uid_alt) || id.as_ref() == Some(&uid) {
            row.skip(Field::Id);
        }
        let is_admin = row.peek(Field::IsDomainAdmin).and_then(Value::flag);
        Some(Self { uid, uid_alt, name, domain, sid, is_admin })
    }

    /// Whether it is of this device alone.
    pub(super) fn is_local(&self, device: &DeviceFacts<'_>) -> bool {
        if let Some(sid) = &self.sid {
            return starts(sid, "S-1-") && !OF_ONE_AUTHORITY.iter().any(|authority| starts(sid, authority));
        }
        self.domain.is_none() || self.local_domain().is_some() || self.has_domain_of(device)
    }

    /// Whose accounts its domain has, if each device has that domain.
    fn local_domain(&self) -> Option<Of> {
        let domain = self.domain.as_deref()?;
        LOCAL_DOMAINS.iter().find(|(local, _)| local.eq_ignore_ascii_case(domain)).map(|(_, of)| *of)
    }

    /// Whether its domain is the device itself.
    fn has_domain_of(&self, device: &DeviceFacts<'_>) -> bool {
        let label = device.hostname.and_then(|name| name.split('.').next());
        self.domain.as_deref().zip(label).is_some_and(|(domain, label)| domain.eq_ignore_ascii_case(label))
    }

    /// Adds what names it to the content of an event, whatever the case of its letters. The key says what identifies it.
    pub(super) fn content(&self, content: &mut Content) {
        for text in [&self.domain, &self.name] {
            content.fact(text.as_deref().map(str::to_ascii_lowercase).as_deref());
        }
    }

    /// Writes `user`; with `account` on a device, of the type that is given.
    pub(super) fn write(&self, out: &mut JsonWriter, account: Option<AccountType>) {
        out.object_member("user", |out| {
            out.text_member("uid", &self.uid);
            out.optional_text("uid_alt", self.uid_alt.as_deref());
            out.optional_text("name", self.name.as_deref());
            out.optional_text("domain", self.domain.as_deref());
            let (id, kind) = self.user_type();
            captioned(out, ("type_id", id), ("type", kind));
            let Some(account) = account else { return };
            out.object_member("account", |out| {
                out.text_member("name", self.name.as_deref().unwrap_or(&self.uid));
                out.repeat("uid", self.sid.as_deref());
                if let Some((id, kind)) = account {
                    captioned(out, ("type_id", id), ("type", kind));
                }
            });
        });
    }

    /// `user.type_id`: the service says of some whether they administer a domain, and of others nothing.
    fn user_type(&self) -> (i64, &'static str) {
        match self.is_admin {
            Some(true) => (2, "Admin"),
            _ if self.local_domain() == Some(Of::System) => (3, "System"),
            Some(false) => (1, "User"),
            None => (0, "Unknown"),
        }
    }

    /// `user.account.type_id` on a device; `None` where nothing tells.
    ///
    /// | account | type |
    /// |---|---|
    /// | of Microsoft Entra, by its security identifier or domain | Azure AD Account |
    /// | of a domain | ActiveDirectory Account, and before that had a number LDAP Account |
    /// | of the device | Windows, Mac OS or Linux Account, by its platform |
    pub(super) fn account_type(
        &self,
        device: &DeviceFacts<'_>,
        platform: Option<&Platform<'_>>,
        release: OcsfVersion,
    ) -> AccountType {
        let is_of_entra = self.sid.as_deref().is_some_and(|sid| starts(sid, OF_ENTRA))
            || self.domain.as_deref().is_some_and(|domain| domain.eq_ignore_ascii_case(ENTRA_DOMAIN));
        if is_of_entra {
            return Some((6, "Azure AD Account"));
        }
        // Where no domain is said it is only taken for local. A machine gives its accounts identifiers of its own, like a
        // domain; its name in the place of the domain tells them apart.
        if self.domain.is_some() && !self.is_local(device) && !self.has_domain_of(device) {
            return Some(match release >= version::ACTIVE_DIRECTORY_ACCOUNT {
                true => (19, "ActiveDirectory Account"),
                false => (1, "LDAP Account"),
            });
        }
        match platform?.os_type_id {
            platform::WINDOWS_ID => Some((2, "Windows Account")),
            platform::LINUX_ID => Some((9, "Linux Account")),
            platform::MACOS_ID => Some((7, "Mac OS Account")),
            _ => None,
        }
    }

    /// What people call it.
    pub(super) fn label(&self) -> &str {
        self.uid_alt.as_deref().unwrap_or(&self.uid)
    }
}

fn starts(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(start))
}

/// Whether a text names something: what only separates is no domain.
fn is_name(text: &str) -> bool {
    text.bytes().any(|byte| byte != b'\\')
}
