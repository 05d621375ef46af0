//! What a simulation can reach: a table made of the types, so that whatever is added to one of them has to be reached
//! too.

use super::batches::Edge;
use super::reading::{Dataset, Format, Strategy};
use super::site::Site;
use crate::contract::Completeness;
use crate::runner::Pace;
use defender_double::scenario::FaultKind;
use strum::VariantArray;

/// Something that only counts if it really happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// A fault struck a request.
    Fault(FaultKind),
    /// The host was killed at a place.
    Kill(Site),
    /// A second host started while the first was at a place, and was refused or let in.
    Second(Site),
    /// The reader of a pipe died.
    Reader(Reader),
    /// A run was finished into a kind of sink.
    Sink(Way),
    /// A dataset was read by a strategy that the configuration names, as far as there was something to read.
    Strategy(Dataset, Strategy),
    /// `auto` chose a way, and the dataset was read by it.
    Auto(Dataset, Strategy),
    /// A dataset came to be read as far as this.
    Extent(Extent),
    /// Events had a format.
    Format(Format),
    /// A batch was at an edge.
    Batch(Edge),
    /// A run was finished whose session was lost while it was pulled like this.
    Tempo(Tempo),
    /// A run was finished whose session was lost so many times; the last number stands for more as well.
    Lost(u8),
    /// Something that a source meets on its way.
    Turn(Turn),
}

/// A reader of a pipe that died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
pub(crate) enum Reader {
    /// With lines in the pipe.
    Behind,
    /// When it had read everything.
    UpToDate,
}

/// A kind of sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
pub(crate) enum Way {
    /// A file.
    File,
    /// A pipe.
    Pipe,
}

/// How far a dataset was read; the words of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
pub(crate) enum Extent {
    /// Every record.
    Complete,
    /// Not to its end.
    Partial,
    /// Not permitted.
    Forbidden,
    /// Not asked for, or there is nothing to be had.
    Skipped,
    /// It is as it was.
    Unchanged,
    /// What changed.
    Changes,
    /// The part that was due.
    Portion,
}

/// How a run is pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
pub(crate) enum Tempo {
    /// Each batch is stored before the next one is asked for.
    Stepwise,
    /// Several are delivered together.
    InGroups,
    /// Some wait while others are asked for.
    Ahead,
}

/// Something that a source meets on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
pub(crate) enum Turn {
    /// A token was refused, another one was fetched, and the same request was answered.
    TokenRefused,
    /// A token came to its end, and another one was fetched before it was refused.
    TokenEnded,
    /// A hunting query was refused, and the same run asked about devices one by one.
    HuntingRefused,
    /// Hunting would have been due and is not granted.
    HuntingNotGranted,
    /// The tenant changed under a run that was finished.
    TenantChanged,
    /// A run was finished that a fault had struck.
    Recovered,
    /// Changes were given up in the middle of a run, and everything was read instead.
    ChangesGivenUp,
    /// The service said that it is asked too often and not when to come back, and answered later.
    ThrottledWithoutAWord,
    /// A list of several rows was read to its end, one row a page.
    OneRowAPage,
    /// A page had fewer rows than were asked for, and its dataset was read to its end.
    ShortPage,
    /// Rows came in another order, and their dataset was read to its end.
    Shuffled,
    /// A file came late, and its dataset was read to its end by files.
    FileCameLate,
    /// A device is listed and was not there in two runs, and its dataset was read to its end.
    SubjectGone,
}

/// Losses of a session in one run that are told apart. A source gives more than its six positions ahead only behind that.
pub(crate) const MOST_LOSSES: u8 = 7;

impl From<Pace> for Tempo {
    fn from(pace: Pace) -> Self {
        match pace {
            Pace { ahead: 1.., .. } => Self::Ahead,
            Pace { group_bytes: 2.., .. } => Self::InGroups,
            Pace { .. } => Self::Stepwise,
        }
    }
}

impl From<Completeness> for Extent {
    fn from(completeness: Completeness) -> Self {
        match completeness {
            Completeness::Complete => Self::Complete,
            Completeness::Partial => Self::Partial,
            Completeness::Forbidden => Self::Forbidden,
            Completeness::Skipped => Self::Skipped,
            Completeness::Unchanged => Self::Unchanged,
            Completeness::Changes => Self::Changes,
            Completeness::Portion => Self::Portion,
        }
    }
}

impl Reach {
    /// Everything, in the order of the report.
    pub(crate) fn all() -> Vec<Self> {
        let datasets = || Dataset::ALL.iter().copied();
        let mut all: Vec<Self> = FaultKind::ALL.iter().copied().map(Self::Fault).collect();
        all.extend(Site::ALL.iter().copied().map(Self::Kill));
        all.extend(Site::ALL.iter().copied().filter(|site| site.is_open_to_others()).map(Self::Second));
        all.extend(Reader::VARIANTS.iter().copied().map(Self::Reader));
        all.extend(Way::VARIANTS.iter().copied().map(Self::Sink));
        all.extend(datasets().flat_map(|of| of.strategies().iter().map(move |by| Self::Strategy(of, *by))));
        all.extend(datasets().flat_map(|of| of.ways().iter().map(move |by| Self::Auto(of, *by))));
        all.extend(Extent::VARIANTS.iter().copied().map(Self::Extent));
        all.extend(Format::ALL.into_iter().map(Self::Format));
        all.extend(Edge::VARIANTS.iter().copied().map(Self::Batch));
        all.extend(Tempo::VARIANTS.iter().copied().map(Self::Tempo));
        all.extend((1..=MOST_LOSSES).map(Self::Lost));
        all.extend(Turn::VARIANTS.iter().copied().map(Self::Turn));
        all
    }

    /// What kind of thing it is.
    pub(crate) fn group(self) -> &'static str {
        match self {
            Self::Fault(_) => "fault",
            Self::Kill(_) => "killed at",
            Self::Second(_) => "second start at",
            Self::Reader(_) => "reader died",
            Self::Sink(_) => "sink",
            Self::Strategy(..) => "strategy",
            Self::Auto(..) => "chosen by auto",
            Self::Extent(_) => "read as far as",
            Self::Format(_) => "format",
            Self::Batch(_) => "batch",
            Self::Tempo(_) => "lost when pulled",
            Self::Lost(_) => "sessions lost in a run",
            Self::Turn(_) => "met",
        }
    }

    /// Its name within its kind.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Fault(kind) => kind.name().to_owned(),
            Self::Kill(site) | Self::Second(site) => site.name().to_owned(),
            Self::Reader(Reader::Behind) => "with lines unread".to_owned(),
            Self::Reader(Reader::UpToDate) => "with nothing unread".to_owned(),
            Self::Sink(Way::File) => "file".to_owned(),
            Self::Sink(Way::Pipe) => "pipe".to_owned(),
            Self::Strategy(dataset, strategy) | Self::Auto(dataset, strategy) => {
                format!("{} {}", dataset.name(), strategy.name())
            }
            Self::Extent(extent) => extent.name().to_owned(),
            Self::Format(Format::Native) => "native".to_owned(),
            Self::Format(Format::Ocsf(version)) => format!("ocsf {version}"),
            Self::Batch(edge) => edge.name().to_owned(),
            Self::Tempo(tempo) => tempo.name().to_owned(),
            Self::Lost(MOST_LOSSES) => format!("{MOST_LOSSES} or more"),
            Self::Lost(times) => times.to_string(),
            Self::Turn(turn) => turn.name().to_owned(),
        }
    }
}

impl Extent {
    fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Forbidden => "forbidden",
            Self::Skipped => "skipped",
            Self::Unchanged => "unchanged",
            Self::Changes => "changes",
            Self::Portion => "portion",
        }
    }
}

impl Tempo {
    fn name(self) -> &'static str {
        match self {
            Self::Stepwise => "batch by batch",
            Self::InGroups => "in groups",
            Self::Ahead => "ahead",
        }
    }
}

impl Turn {
    fn name(self) -> &'static str {
        match self {
            Self::TokenRefused => "token refused and fetched anew",
            Self::TokenEnded => "token at its end",
            Self::HuntingRefused => "hunting refused",
            Self::HuntingNotGranted => "hunting not granted",
            Self::TenantChanged => "tenant changed under a run",
            Self::Recovered => "run finished after a fault",
            Self::ChangesGivenUp => "changes given up for a full read",
            Self::ThrottledWithoutAWord => "throttled without a word on when to come back",
            Self::OneRowAPage => "one row a page, and all of them",
            Self::ShortPage => "short page, and all behind it",
            Self::Shuffled => "other order, and all rows",
            Self::FileCameLate => "late file, and all rows of it",
            Self::SubjectGone => "gone in two runs, and all the others",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn everything_has_a_name_of_its_own() {
        let all = Reach::all();
        let names: BTreeSet<(&str, String)> = all.iter().map(|reach| (reach.group(), reach.name())).collect();
        assert_eq!(names.len(), all.len());
        let strategies: usize = Dataset::ALL.iter().map(|dataset| dataset.strategies().len()).sum();
        let of = |group: &str| names.iter().filter(|(found, _)| *found == group).count();
        assert_eq!((of("fault"), of("killed at"), of("strategy")), (26, 13, strategies));
    }
}
