//! A place within a dataset.

use defender_client::paging::{Next, PagePosition, Paging};
use serde::{Deserialize, Serialize};

use crate::catalog::{DatasetSpec, Strategy, StrategySpec};

/// A place within a dataset.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(into = "Written", try_from = "Written")]
pub enum Position {
    /// In the collection over the whole tenant: the only one, or the catalogue.
    Tenant(PagePosition),
    /// In the requests about one subject each.
    Subjects {
        /// Identifier of the last subject that is done with; empty before the first.
        after: String,
        /// Where the subject after it goes on.
        at: PagePosition,
    },
    /// In the changes of a window.
    Changes {
        /// Stands for the window as it was looked through.
        survey: u64,
        /// Where emitting goes on.
        at: PagePosition,
    },
    /// Behind everything: only the end of the snapshot is still to be marked.
    End,
}

/// The same as checkpoints hold it.
#[derive(Default, Deserialize, Serialize)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    survey: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<bool>,
    #[serde(flatten)]
    at: Option<PagePosition>,
}

impl From<Position> for Written {
    fn from(position: Position) -> Self {
        match position {
            Position::Tenant(at) => Self { at: Some(at), ..Self::default() },
            Position::Subjects { after, at } => Self { after: Some(after), at: Some(at), ..Self::default() },
            Position::Changes { survey, at } => Self { survey: Some(survey), at: Some(at), ..Self::default() },
            Position::End => Self { end: Some(true), ..Self::default() },
        }
    }
}

impl TryFrom<Written> for Position {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        match written {
            Written { end: Some(true), .. } => Ok(Self::End),
            Written { survey: Some(survey), at: Some(at), .. } => Ok(Self::Changes { survey, at }),
            Written { after: Some(after), at: Some(at), .. } => Ok(Self::Subjects { after, at }),
            Written { at: Some(at), .. } => Ok(Self::Tenant(at)),
            Written { at: None, .. } => Err("this is no place"),
        }
    }
}

impl Position {
    /// Whether a reading in this way comes to this place. One that it does not come to would be taken for another, and
    /// what lies between would be passed over.
    pub(super) fn fits(&self, dataset: &DatasetSpec, way: &StrategySpec) -> bool {
        let asks_subjects =
            way.catalogue.is_some() || matches!(way.name, Strategy::PerDevice | Strategy::PerRecommendation);
        let has_window =
            way.name == Strategy::Delta && dataset.changes.as_ref().is_some_and(|changes| changes.are_events);
        let (is_of_the_way, at) = match self {
            Self::Tenant(at) => (!asks_subjects && !has_window, at),
            Self::Subjects { at, .. } => (asks_subjects, at),
            Self::Changes { at, .. } => (has_window, at),
            Self::End => return true,
        };
        is_of_the_way && is_page_of(at, way.route.paging)
    }
}

/// Whether a walk of this kind comes to this place.
fn is_page_of(at: &PagePosition, paging: Paging) -> bool {
    match &at.next {
        Next::Start | Next::End => true,
        Next::Skip(..) => matches!(paging, Paging::Offset { .. }),
        // A service may give links where it gave none so far.
        Next::Link(..) => !matches!(paging, Paging::Files | Paging::Shards { .. }),
        Next::File(..) => paging == Paging::Files,
        Next::Shard(..) => matches!(paging, Paging::Shards { .. }),
    }
}
