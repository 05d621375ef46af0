//! Accounts of the directory.

use super::moment::Moment;
use super::names::{FIRST, SECOND};
use super::tenant::Tenant;
use crate::draw::Draw;
use crate::period::Period;

/// An account of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number in the tenant.
    pub index: u32,
    /// Entra object id.
    pub object_id: String,
    /// The name before the `@` and behind the backslash. Two accounts of different domains may share it.
    pub name: String,
    /// What people read.
    pub display_name: String,
    /// NetBIOS name of the domain, or `AzureAD` for an account that exists in the cloud alone.
    pub domain: &'static str,
    /// User principal name.
    pub principal: String,
    /// Security identifier that Windows uses: `S-1-5-21-…`, or `S-1-12-1-…` for an account of the cloud.
    pub sid: String,
    /// When it was made.
    pub created: Moment,
    /// First period in which it is disabled; in the far future for most.
    pub disabled: i64,
    /// Whether it administers a domain.
    pub is_domain_admin: bool,
}

/// Domain of accounts that exist in the cloud alone, as `logonusers` has it.
const CLOUD: &str = "AzureAD";

const DOMAINS: [&str; 2] = ["CORP", "LAB"];

/// How many accounts there are up to and including a period: those of the start, and one more for each hundred a week.
pub(super) fn born_by(users: u32, period: Period) -> u32 {
    let new = u64::from(period.0) * u64::from(users) / 2800;
    u32::try_from(u64::from(users) + new).unwrap_or(u32::MAX)
}

impl Account {
    pub(super) fn new(tenant: &Tenant, index: u32) -> Self {
        let root = tenant.root().at("account");
        let draw = root.nth(u64::from(index));
        // One of twenty has the name of the account before it, in another domain.
        let is_namesake = index % 20 == 19;
        let named = if is_namesake { index - 1 } else { index };
        let (first, second) = words(root.nth(u64::from(named)));
        let name = format!("{first}.{second}{named}");
        let own = |index: u32| match root.nth(u64::from(index)).at("domain").below(10) {
            0..=6 => 0,
            7 => 1,
            _ => 2,
        };
        let place = if is_namesake { (own(index - 1) + 1) % 3 } else { own(index) };
        let domain = DOMAINS.get(place).copied().unwrap_or(CLOUD);
        let object_id = draw.at("object").guid();
        let sid = match DOMAINS.get(place) {
            Some(name) => format!("{}-{}", domain_sid(tenant.root().at(name)), 1105 + index),
            None => cloud_sid(&object_id),
        };
        let suffix = if place == 1 { "lab." } else { "" };
        let users = tenant.shape().users;
        let created = match index.checked_sub(users) {
            Some(new) => ((i64::from(new) + 1) * 2800 + i64::from(users) - 1) / i64::from(users.max(1)),
            None => -draw.at("created").between(40, 8000),
        };
        let disabled = match draw.at("leaves").chance(40) {
            true => created.max(0) + draw.at("disabled").between(1, 200),
            false => i64::MAX,
        };
        Self {
            index,
            object_id,
            display_name: format!("{} {}", capital(first), capital(second)),
            principal: format!("{name}@{suffix}{}", tenant.dns_domain()),
            name,
            domain,
            sid,
            created: Moment::start_of(created),
            disabled,
            is_domain_admin: place < DOMAINS.len() && draw.at("admin").chance(20),
        }
    }

    /// `domain\name`, as `logonusers` has it.
    #[must_use]
    pub fn qualified(&self) -> String {
        format!("{}\\{}", self.domain, self.name)
    }
}

impl Tenant {
    /// How many accounts the directory has by a period; those that are disabled count.
    #[must_use]
    pub fn account_count(&self, period: Period) -> u32 {
        born_by(self.shape().users, period)
    }

    /// The account of a number below [`Self::account_count`].
    #[must_use]
    pub fn account(&self, index: u32) -> Account {
        Account::new(self, index)
    }
}

/// Security identifier that Entra makes of an object id: the GUID's 16 bytes as four numbers, the lowest byte first.
pub(super) fn cloud_sid(object_id: &str) -> String {
    let digits: String = object_id.chars().filter(char::is_ascii_hexdigit).collect();
    let bits = u128::from_str_radix(&digits, 16).unwrap_or(0);
    let part = |place: u32| (bits >> (96 - 32 * place)) as u32;
    // The first three fields of a GUID are numbers themselves, the rest is bytes.
    let parts = [part(0), part(1).rotate_left(16), part(2).swap_bytes(), part(3).swap_bytes()];
    format!("S-1-12-1-{}-{}-{}-{}", parts[0], parts[1], parts[2], parts[3])
}

/// Identifier of a domain or of a device, without the number of an account.
pub(super) fn domain_sid(draw: Draw) -> String {
    let part = |n: u64| draw.at("sid").nth(n).below(1 << 32);
    format!("S-1-5-21-{}-{}-{}", part(0), part(1), part(2))
}

fn words(draw: Draw) -> (&'static str, &'static str) {
    (draw.at("first").one(&FIRST), draw.at("second").one(&SECOND))
}

fn capital(word: &str) -> String {
    let (head, tail) = word.split_at(1);
    head.to_ascii_uppercase() + tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Shape;
    use std::collections::BTreeSet;

    #[test]
    fn accounts_are_told_apart_and_namesakes_live_in_different_domains() {
        let tenant = Tenant::new(Shape { users: 400, ..Shape::default() });
        let accounts: Vec<Account> = (0..400).map(|index| tenant.account(index)).collect();
        let distinct = |of: fn(&Account) -> String| accounts.iter().map(of).collect::<BTreeSet<_>>().len();
        assert_eq!(distinct(|account| account.sid.clone()), 400);
        assert_eq!(distinct(|account| account.object_id.clone()), 400);
        assert_eq!(distinct(Account::qualified), 400);
        assert_eq!(distinct(|account| account.name.clone()), 380);
        assert_eq!(distinct(|account| account.domain.to_owned()), 3);
        assert!(accounts.iter().any(|account| account.disabled < i64::MAX));
    }

    #[test]
    fn new_accounts_are_made_in_the_period_from_which_they_count() {
        for users in [1, 7, 400] {
            let tenant = Tenant::new(Shape { users, ..Shape::default() });
            for index in users..users + 20 {
                let created = Period(u32::try_from(tenant.account(index).created.tick()).unwrap());
                assert!(tenant.account_count(created) > index, "{users} {index}");
                assert!(tenant.account_count(Period(created.0 - 1)) <= index, "{users} {index}");
            }
        }
    }

    #[test]
    fn the_identifier_of_an_account_of_the_cloud_is_its_object_id() {
        assert_eq!(cloud_sid("00000001-0002-0003-0400-000000000005"), "S-1-12-1-1-196610-4-83886080");
        assert_eq!(cloud_sid(""), "S-1-12-1-0-0-0-0");
    }
}
