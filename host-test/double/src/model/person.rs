//! What the directory says of an account, and how that changes: people move, are renamed, leave and are forgotten.

use super::account::{Account, cloud_sid};
use super::lifecycle::DAY;
use super::moment::Moment;
use super::names::SECOND;
use super::tenant::Tenant;
use crate::draw::Draw;
use crate::period::Period;

/// Whether an object of the directory is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not made yet.
    NotYet,
    /// It is there.
    Here,
    /// It was removed, at first so that it can come back and after 30 days for good.
    Gone {
        /// Whether it cannot come back.
        for_good: bool,
    },
}

impl Standing {
    /// The standing of an object that was made before and is removed at a time.
    pub(super) fn until(removed: i64, period: Period) -> Self {
        match period.tick() {
            now if now < removed => Self::Here,
            now => Self::Gone { for_good: now - removed >= 30 * DAY },
        }
    }
}

/// An account as the directory has it in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What never changes.
    pub account: Account,
    /// First name.
    pub given_name: String,
    /// Family name; some change it, and keep the principal name they have.
    pub surname: String,
    /// Department; some change it.
    pub department: &'static str,
    /// What they do.
    pub job_title: Option<&'static str>,
    /// Where they sit.
    pub office: Option<&'static str>,
    /// Address; some accounts have no mailbox.
    pub mail: Option<String>,
    /// Number in the payroll.
    pub employee_id: Option<String>,
    /// Telephone of the desk.
    pub phone: Option<String>,
    /// Whether it can sign in.
    pub is_enabled: bool,
    /// Security identifier of the cloud, which accounts of a domain have too.
    pub cloud_sid: String,
    /// When it last signed in.
    pub last_sign_in: Option<Moment>,
}

const DEPARTMENTS: [&str; 6] = ["Engineering", "Finance", "Vertrieb & Marketing", "Operations", "Legal", "Forschung"];
const TITLES: [&str; 5] = ["Engineer", "Analyst", "Team lead", "Sachbearbeiter:in", "Chief \"everything\" officer"];
const OFFICES: [&str; 3] = ["Köln 2.14", "Remote", "Hangar\\7"];

/// How often those who move do so.
const MOVE: i64 = 120;

impl Account {
    /// Whether it exists in the cloud alone.
    #[must_use]
    pub fn is_of_cloud(&self) -> bool {
        self.sid.starts_with("S-1-12-1-")
    }

    /// DNS name of its domain, which is not the name in front of the `\`; none for an account of the cloud.
    #[must_use]
    pub fn dns_domain(&self) -> Option<&str> {
        self.principal.split_once('@').map(|(_, domain)| domain).filter(|_| !self.is_of_cloud())
    }
}

impl Tenant {
    /// Whether an account is in the directory. Half of those that are disabled are removed some weeks later.
    #[must_use]
    pub fn standing_of_account(&self, index: u32, period: Period) -> Standing {
        if index >= self.account_count(period) {
            return Standing::NotYet;
        }
        let disabled = self.account(index).disabled;
        let draw = person_draw(self, index);
        let removed = match disabled < i64::MAX && draw.at("removed").chance(500) {
            true => disabled + draw.at("grace").between(4, 28 * DAY),
            false => i64::MAX,
        };
        Standing::until(removed, period)
    }

    /// An account as the directory has it, if it is there.
    #[must_use]
    pub fn person(&self, index: u32, period: Period) -> Option<Person> {
        (self.standing_of_account(index, period) == Standing::Here).then(|| Person::new(self, index, period))
    }
}

fn person_draw(tenant: &Tenant, index: u32) -> Draw {
    tenant.root().at("person").nth(u64::from(index))
}

impl Person {
    fn new(tenant: &Tenant, index: u32, period: Period) -> Self {
        let account = tenant.account(index);
        let draw = person_draw(tenant, index);
        let now = period.tick();
        let (given_name, born_as) = account.display_name.split_once(' ').unwrap_or((&account.display_name, ""));
        let is_renamed = draw.at("renamed").chance(40) && now >= draw.at("wedding").between(1, 240);
        let surname = match is_renamed {
            true => format!("{born_as}-{}", draw.at("surname").one(&SECOND)),
            false => born_as.to_owned(),
        };
        let epoch = match draw.at("moves").chance(200) {
            true => (now + 100_000 + draw.at("phase").between(0, MOVE)).div_euclid(MOVE),
            false => 0,
        };
        let place = draw.at("place").nth(epoch.unsigned_abs());
        let some = |name: &str, share: u64| draw.at(name).chance(share);
        let seen = now.min(account.disabled) - 1 - draw.at("away").between(0, 12);
        Self {
            given_name: given_name.to_owned(),
            department: place.at("department").one(&DEPARTMENTS),
            job_title: some("titled", 850).then(|| draw.at("title").one(&TITLES)),
            office: some("office", 600).then(|| place.at("office").one(&OFFICES)),
            mail: some("mailbox", 900).then(|| account.principal.clone()),
            employee_id: some("payroll", 700).then(|| format!("{:06}", 100_000 + index)),
            phone: some("phone", 500).then(|| format!("+49 221 555 {:04}", draw.at("number").below(10_000))),
            is_enabled: now < account.disabled,
            cloud_sid: cloud_sid(&account.object_id),
            last_sign_in: some("signs in", 900).then(|| Moment::start_of(seen).before(draw.at("s").between(0, 20_000))),
            surname,
            account,
        }
    }

    /// What people read.
    #[must_use]
    pub fn display_name(&self) -> String {
        format!("{} {}", self.given_name, self.surname)
    }
}
