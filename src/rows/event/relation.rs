//! How assets belong together: the `refs` of an event.

use super::key::Key;
use crate::append::append_text;

/// The closed set of relations, read as a sentence: *this event's asset* relation *the target*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// A device has an address.
    Has,
    /// A product version is installed on a device.
    InstalledOn,
    /// A finding or recommendation affects a device, a product or a product version.
    Affects,
    /// A device is member of a device group.
    MemberOf,
    /// An account logged on to a device.
    LoggedOn,
    /// An address is assigned to a device.
    AssignedTo,
    /// Something on one device is part of the same thing tenant-wide.
    PartOf,
    /// A finding is remedied by what a recommendation to the tenant asks for.
    RemediatedBy,
    /// A device record was merged into another, which goes on in its place.
    MergedInto,
}

impl Relation {
    /// The name in `refs[].rel`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Has => "has",
            Self::InstalledOn => "installed_on",
            Self::Affects => "affects",
            Self::MemberOf => "member_of",
            Self::LoggedOn => "logged_on",
            Self::AssignedTo => "assigned_to",
            Self::PartOf => "part_of",
            Self::RemediatedBy => "remediated_by",
            Self::MergedInto => "merged_into",
        }
    }
}

/// The relations of one event, in JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refs {
    elements: String,
    has_successor: bool,
}

impl Refs {
    /// Adds one more.
    #[inline(never)]
    pub fn push(&mut self, relation: Relation, target: &Key) {
        // Room for this one and most likely another.
        self.elements.reserve(2 * (target.as_str().len() + 40));
        let comma = if self.elements.is_empty() { "" } else { "," };
        // Keys hold nothing that JSON escapes.
        append_text(
            &mut self.elements,
            [comma, r#"{"rel":""#, relation.as_str(), r#"","key":""#, target.as_str(), "\"}"],
        );
        self.has_successor |= relation == Relation::MergedInto;
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, relation: Relation, target: &Key) -> Self {
        self.push(relation, target);
        self
    }

    /// The elements of the JSON array, without its brackets.
    #[must_use]
    pub fn elements(&self) -> &str {
        &self.elements
    }

    /// Whether the asset goes on as another, so that what is known of it ends at once.
    #[must_use]
    pub fn has_successor(&self) -> bool {
        self.has_successor
    }
}
