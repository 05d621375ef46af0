//! `/groups`, `/groups/{id}/members` and `/groups/delta` with `members@delta`.
//!
//! A group with many members comes as several rows of the delta, each with the group's properties and some of its
//! members: an object may repeat in a round.

use super::change::{Fate, Kind, before, write_removed};
use crate::model::{DirectoryGroup, GroupKind, Member, Tenant};
use crate::period::Period;
use crate::wire::collection::{Collection, Query, Rows};
use crate::wire::each::Each;
use crate::wire::json::{Object, nested};
use crate::wire::time::seconds;
use crate::wire::walk::{Items, Listing, Walk};
use std::sync::Arc;

/// Groups.
pub const GROUPS: Collection = Collection { context: "groups", open: groups };

/// Groups with all their members, as the first round of a delta has them.
pub const GROUPS_WITH_MEMBERS: Collection =
    Collection { context: "groups", open: |tenant, query| Rounds::open(tenant, None, query) };

/// Groups that were made, changed or removed, and members that came or went.
pub const GROUP_CHANGES: Collection =
    Collection { context: "groups", open: |tenant, query| Rounds::open(tenant, before(query), query) };

/// Members of a group.
pub const GROUP_MEMBERS: Collection = Collection { context: "directoryObjects", open: members };

/// Members in a row of the delta.
const TOGETHER: usize = 100;

const KIND: Kind = Kind {
    count: Tenant::directory_group_count,
    standing: Tenant::standing_of_directory_group,
    id: Tenant::directory_group_id,
    write: |tenant, index, period, out| {
        if let Some(group) = tenant.directory_group(index, period) {
            let mut row = Object::open(out);
            write(tenant, &group, &mut row);
            row.close();
        }
    },
};

fn groups(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period, list: &mut Vec<u32>| {
        list.extend(tenant.directory_group(index, period).map(|group| group.index));
    };
    Each::open(tenant, query, tenant.directory_group_count(query.period), load, |tenant, period, index, out| {
        (KIND.write)(tenant, *index, period, out);
    })
}

fn write(tenant: &Tenant, group: &DirectoryGroup, row: &mut Object<'_>) {
    let has_mail = group.kind == GroupKind::Unified;
    let is_synced = group.kind == GroupKind::Synced;
    let mail = format!("group{}@{}", group.index, tenant.dns_domain());
    row.text("id", &group.id);
    row.null("deletedDateTime");
    row.null("classification");
    seconds(row.name("createdDateTime"), group.created);
    row.optional("description", group.description);
    row.text("displayName", &group.name);
    row.texts(
        "groupTypes",
        match group.kind {
            GroupKind::Unified => Some("Unified"),
            GroupKind::Dynamic => Some("DynamicMembership"),
            _ => None,
        },
    );
    row.optional("mail", has_mail.then_some(mail.as_str()));
    row.flag("mailEnabled", has_mail);
    row.text("mailNickname", &format!("group{}", group.index));
    row.optional("membershipRule", (group.kind == GroupKind::Dynamic).then_some("(user.accountEnabled -eq true)"));
    row.optional("onPremisesDomainName", is_synced.then_some(tenant.dns_domain()));
    let sid = is_synced.then(|| format!("{}-{}", tenant.domain_sid(), group.rid));
    row.optional("onPremisesSecurityIdentifier", sid.as_deref());
    row.optional_flag("onPremisesSyncEnabled", is_synced.then_some(true));
    row.texts("proxyAddresses", []);
    row.flag("securityEnabled", !has_mail);
    row.optional("visibility", has_mail.then_some("Private"));
}

fn members(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let group = tenant.directory_group_by_id(query.subject, query.period)?;
    Items::open(tenant, query, tenant.members(group, query.period), |tenant, period, member, out| {
        let mut row = Object::open(out);
        row.text("@odata.type", type_of(*member));
        row.text("id", &tenant.member_id(*member));
        match member {
            Member::Person(index) => {
                let person = tenant.person(*index, period);
                row.optional("displayName", person.as_ref().map(crate::model::Person::display_name).as_deref());
                row.optional("userPrincipalName", person.as_ref().map(|person| person.account.principal.as_str()));
                row.optional("mail", person.as_ref().and_then(|person| person.mail.as_deref()));
            }
            Member::Device(index) => {
                let device = tenant.directory_device(*index, period);
                row.optional("displayName", device.as_ref().map(|device| device.name.as_str()));
                row.optional("deviceId", device.as_ref().map(|device| device.device_id.as_str()));
            }
            Member::Group(index) => {
                let group = tenant.directory_group(*index, period);
                row.optional("displayName", group.as_ref().map(|group| group.name.as_str()));
            }
        }
        row.close();
    })
}

fn type_of(member: Member) -> &'static str {
    match member {
        Member::Person(_) => "#microsoft.graph.user",
        Member::Device(_) => "#microsoft.graph.device",
        Member::Group(_) => "#microsoft.graph.group",
    }
}

/// A member that came or went.
struct Move {
    member: Member,
    has_left: bool,
}

/// Rows of a round of the delta.
struct Rounds {
    tenant: Arc<Tenant>,
    count: u32,
    was: Option<Period>,
    is: Period,
    index: u32,
    fate: Fate,
    moves: Vec<Move>,
}

impl Rounds {
    fn open(tenant: &Arc<Tenant>, was: Option<Period>, query: Query<'_>) -> Option<Box<dyn Rows>> {
        let (count, is) = (tenant.directory_group_count(query.period), query.period);
        let tenant = Arc::clone(tenant);
        Walk::open(Self { tenant, count, was, is, index: 0, fate: Fate::Silence, moves: Vec::new() }, query)
    }

    /// The properties of the loaded group as they were.
    fn old(&self, index: u32) -> Option<Vec<u8>> {
        let mut old = Vec::new();
        (KIND.write)(&self.tenant, index, self.was?, &mut old);
        (!old.is_empty()).then_some(old)
    }
}

impl Listing for Rounds {
    fn load(&mut self, subject: u32) -> Option<u32> {
        if subject >= self.count {
            return None;
        }
        self.index = subject;
        self.moves.clear();
        self.fate = KIND.fate(&self.tenant, subject, self.was, self.is);
        if self.fate != Fate::Here {
            return Some(u32::from(self.fate != Fate::Silence));
        }
        let old = self.old(subject);
        let before = match (&old, self.was) {
            (Some(_), Some(was)) => self.tenant.members(subject, was),
            _ => Vec::new(),
        };
        let after = self.tenant.members(subject, self.is);
        let missing = |from: &[Member], member: &Member| from.binary_search(member).is_err();
        let come = after.iter().filter(|member| missing(&before, member));
        let left = before.iter().filter(|member| missing(&after, member));
        self.moves.extend(come.map(|member| Move { member: *member, has_left: false }));
        self.moves.extend(left.map(|member| Move { member: *member, has_left: true }));
        let mut new = Vec::new();
        (KIND.write)(&self.tenant, subject, self.is, &mut new);
        let has_changed = old.as_ref() != Some(&new);
        Some((self.moves.len().div_ceil(TOGETHER) as u32).max(u32::from(has_changed)))
    }

    fn write(&mut self, row: u32, out: &mut Vec<u8>) {
        if let Fate::Removed { for_good } = self.fate {
            return write_removed(&self.tenant.directory_group_id(self.index), for_good, out);
        }
        let Some(group) = self.tenant.directory_group(self.index, self.is) else { return };
        let mut object = Object::open(out);
        write(&self.tenant, &group, &mut object);
        if let Some(moves) = self.moves.chunks(TOGETHER).nth(row as usize) {
            object.list("members@delta", moves, |change, out| {
                nested(out, |member| {
                    member.text("@odata.type", type_of(change.member));
                    member.text("id", &self.tenant.member_id(change.member));
                    if change.has_left {
                        member.object("@removed", |removed| removed.text("reason", "deleted"));
                    }
                });
            });
        }
        object.close();
    }
}
