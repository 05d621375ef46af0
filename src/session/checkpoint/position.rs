//! A place within a dataset.

use defender_client::paging::{Next, PagePosition, Paging};
use defender_rows::event::JsonWriter;
use defender_rows::json::Json;

use crate::catalog::{DatasetSpec, Strategy, StrategySpec};

/// A place within a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl Position {
    pub(super) fn write(&self, out: &mut JsonWriter) {
        out.object_member("position", |out| match self {
            Self::Tenant(at) => at.write(out),
            Self::Subjects { after, at } => {
                out.text_member("after", after);
                at.write(out);
            }
            Self::Changes { survey, at } => {
                out.raw_member("survey", &survey.to_string());
                at.write(out);
            }
            Self::End => out.flag_member("end", true),
        });
    }

    pub(super) fn read(value: Json<'_>) -> Option<Self> {
        if value.get("end").flag() == Some(true) {
            return Some(Self::End);
        }
        let at = PagePosition::read(value)?;
        if let Some(survey) = value.get("survey").count() {
            return Some(Self::Changes { survey, at });
        }
        Some(match value.get("after").text() {
            Some(after) => Self::Subjects { after: after.into_owned(), at },
            None => Self::Tenant(at),
        })
    }

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
