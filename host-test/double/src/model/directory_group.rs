//! Groups of the directory and who is in them. Defender's device groups are something else.

use super::account;
use super::moment::Moment;
use super::person::Standing;
use super::tenant::Tenant;
use crate::draw::Draw;
use crate::period::Period;

/// A member of a group, by its number in the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// An account.
    Person(u32),
    /// A device of the directory.
    Device(u32),
    /// Another group.
    Group(u32),
}

/// What kind of group it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKind {
    /// For permissions, made in the cloud.
    Security,
    /// With a mailbox and files: Microsoft 365.
    Unified,
    /// For permissions, with members by a rule.
    Dynamic,
    /// Copied from a domain.
    Synced,
}

/// A group as the directory has it in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryGroup {
    /// Its number in the tenant.
    pub index: u32,
    /// Object id.
    pub id: String,
    /// Its name; some change it.
    pub name: String,
    /// What it is for.
    pub description: Option<&'static str>,
    /// Its kind.
    pub kind: GroupKind,
    /// When it was made.
    pub created: Moment,
    /// Number in its domain; meaningful for a copied one.
    pub rid: u32,
}

const TOPICS: [&str; 8] =
    ["Project", "Licence", "Access", "Team", "Büro", "VPN \"split\"", "Printers", "Share\\Archive"];

/// Some places in a group change hands after this time.
const TERM: i64 = 60;

/// Periods between two new groups.
const PACE: u32 = 24;

impl Tenant {
    /// How many groups have been made by a period.
    #[must_use]
    pub fn directory_group_count(&self, period: Period) -> u32 {
        first_groups(self).saturating_add(period.0 / PACE)
    }

    /// Whether a group is in the directory.
    #[must_use]
    pub fn standing_of_directory_group(&self, index: u32, period: Period) -> Standing {
        if index >= self.directory_group_count(period) {
            return Standing::NotYet;
        }
        let draw = group_draw(self, index);
        let removed = match index > 0 && draw.at("removed").chance(120) {
            true => created(self, index).max(0) + draw.at("end").between(1, 300),
            false => i64::MAX,
        };
        Standing::until(removed, period)
    }

    /// Object id of a group.
    #[must_use]
    pub fn directory_group_id(&self, index: u32) -> String {
        group_draw(self, index).at("id").guid()
    }

    /// The number of the group with an id, if it is there.
    #[must_use]
    pub fn directory_group_by_id(&self, id: &str, period: Period) -> Option<u32> {
        (0..self.directory_group_count(period))
            .find(|index| self.directory_group_id(*index).eq_ignore_ascii_case(id))
            .filter(|index| self.standing_of_directory_group(*index, period) == Standing::Here)
    }

    /// A group as the directory has it, if it is there.
    #[must_use]
    pub fn directory_group(&self, index: u32, period: Period) -> Option<DirectoryGroup> {
        if self.standing_of_directory_group(index, period) != Standing::Here {
            return None;
        }
        let draw = group_draw(self, index);
        let is_renamed = draw.at("renamed").chance(150) && period.tick() >= draw.at("when").between(1, 240);
        let name = match index {
            0 => "All accounts".to_owned(),
            _ => format!("{} {index}{}", draw.at("topic").one(&TOPICS), if is_renamed { " (old)" } else { "" }),
        };
        let kind = match index {
            0 => GroupKind::Dynamic,
            _ => match draw.at("kind").below(10) {
                0..=3 => GroupKind::Security,
                4..=6 => GroupKind::Unified,
                7 => GroupKind::Dynamic,
                _ => GroupKind::Synced,
            },
        };
        Some(DirectoryGroup {
            index,
            id: self.directory_group_id(index),
            name,
            description: draw.at("described").chance(600).then_some("Made for a purpose that somebody remembers"),
            kind,
            created: Moment::start_of(created(self, index)),
            rid: 50_000 + index,
        })
    }

    /// Who is in a group, each once, in order. The first group has every account.
    #[must_use]
    pub fn members(&self, group: u32, period: Period) -> Vec<Member> {
        if group == 0 {
            let accounts = 0..self.account_count(period);
            return accounts.map(Member::Person).filter(|member| self.is_here(*member, period)).collect();
        }
        let draw = group_draw(self, group).at("places");
        let places = match draw.at("size").below(20) {
            0 => 0,
            1 => 100 + draw.at("large").below(200),
            _ => draw.at("small").below(16) + 1,
        };
        let shape = self.shape();
        let (pool, member): (u32, fn(u32) -> Member) = match group % 7 {
            3 => (self.directory_device_count(Period(0)), Member::Device),
            _ => (shape.users, Member::Person),
        };
        let mut list = Vec::new();
        for place in (0..places).map(|place| draw.nth(place)).take_while(|_| pool > 0) {
            let epoch = match place.at("changes").chance(300) {
                true => (period.tick() + 100_000 + place.at("phase").between(0, TERM)).div_euclid(TERM),
                false => 0,
            };
            list.push(member(place.at("who").nth(epoch.unsigned_abs()).below(u64::from(pool)) as u32));
        }
        if group % 5 == 4 {
            // Never itself, and never a circle.
            list.push(Member::Group(group - 1));
        }
        list.sort_unstable();
        list.dedup();
        list.retain(|member| self.is_here(*member, period));
        list
    }

    /// Security identifier of the first domain, without the number of an account or a group.
    #[must_use]
    pub fn domain_sid(&self) -> String {
        account::domain_sid(self.root().at("CORP"))
    }

    /// Object id of a member.
    #[must_use]
    pub fn member_id(&self, member: Member) -> String {
        match member {
            Member::Person(index) => self.account(index).object_id,
            Member::Device(index) => self.directory_device_id(index),
            Member::Group(index) => self.directory_group_id(index),
        }
    }

    fn is_here(&self, member: Member, period: Period) -> bool {
        let standing = match member {
            Member::Person(index) => self.standing_of_account(index, period),
            Member::Device(index) => self.standing_of_directory_device(index, period),
            Member::Group(index) => self.standing_of_directory_group(index, period),
        };
        standing == Standing::Here
    }
}

fn first_groups(tenant: &Tenant) -> u32 {
    tenant.shape().users / 10 + 8
}

fn group_draw(tenant: &Tenant, index: u32) -> Draw {
    tenant.root().at("directory group").nth(u64::from(index))
}

/// The period in which a group was made; negative for those of the start.
fn created(tenant: &Tenant, index: u32) -> i64 {
    match index.checked_sub(first_groups(tenant)) {
        Some(new) => (i64::from(new) + 1) * i64::from(PACE),
        None => -group_draw(tenant, index).at("created").between(40, 6000),
    }
}
