//! What leaves the source.

mod content;
mod format;
mod json;
mod key;
mod relation;
mod repeat;
mod sequence;
mod tenant;
mod writer;

pub use content::Content;
pub use format::{Detail, Format, OcsfVersion};
pub use json::JsonWriter;
pub use key::{Key, Keys};
pub use relation::{Refs, Relation};
pub use repeat::Repeated;
pub use sequence::Sequence;
pub use tenant::TenantId;
pub use writer::{Draft, EventWriter, Seal, SnapshotEnd};

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A machine.
    Device,
    /// An address of a machine.
    IpAddress,
    /// A product.
    Application,
    /// A product version on a machine.
    Software,
    /// An account, or an account on a machine.
    User,
    /// A CVE, or a CVE on a machine.
    Vulnerability,
    /// A recommendation, or a recommendation for a machine.
    Recommendation,
    /// A read of a whole dataset.
    Snapshot,
}

impl Kind {
    /// The name in events and in the published dataset list.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::IpAddress => "ip_address",
            Self::Application => "application",
            Self::Software => "software",
            Self::User => "user",
            Self::Vulnerability => "vulnerability",
            Self::Recommendation => "recommendation",
            Self::Snapshot => "snapshot",
        }
    }
}

/// What happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It exists and looks like this.
    Upsert,
    /// It is gone.
    Delete,
    /// A full read starts.
    SnapshotBegin,
    /// A full read ended with everything read.
    SnapshotEnd,
}

impl Operation {
    /// The name in `op`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upsert => "upsert",
            Self::Delete => "delete",
            Self::SnapshotBegin => "snapshot_begin",
            Self::SnapshotEnd => "snapshot_end",
        }
    }
}

/// One event, ready to hand over. The members are those of `event` in `wit/types.wit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What it is about.
    pub kind: Kind,
    /// What happened.
    pub operation: Operation,
    /// Identity of the asset.
    pub key: String,
    /// When it was read, RFC 3339.
    pub observed_at: String,
    /// BLAKE3 of the content, hexadecimal.
    pub content_hash: String,
    /// The event document, one line of JSON.
    pub document: String,
}

/// What is the same for every event of a run.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Whose assets.
    pub tenant: TenantId,
    /// Identity of the run: a ULID.
    pub run: String,
    /// Its start, milliseconds since the epoch.
    pub started_ms: i64,
    /// The configured instance label.
    pub instance: Option<String>,
    /// Host of the portal that links lead to.
    pub portal: &'static str,
    /// Shape of bodies.
    pub format: Format,
    /// Version of OCSF bodies.
    pub ocsf_version: OcsfVersion,
    /// How much they say.
    pub body: Detail,
}
