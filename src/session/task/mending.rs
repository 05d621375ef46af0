//! A row as it came, or mended where a spot of it cannot be read.

use std::borrow::Cow;

use defender_client::paging::Collection;
use defender_rows::json::mended;
use defender_rows::tally::RejectReason;

use crate::datasets::{MapFn, MapScope, Outcome, Subject};

const MALFORMED: Outcome = Outcome::Rejected(RejectReason::Malformed);

/// Maps the row that was read last. What cannot be read in it is replaced and counted; the text that was mapped comes
/// with the outcome.
pub(super) fn map_row<'c>(
    collection: &'c Collection,
    map: MapFn,
    subject: Subject<'_>,
    scope: &mut MapScope<'_>,
) -> (Outcome, Cow<'c, str>) {
    let row = collection.row();
    let outcome = row.map_or(MALFORMED, |row| map(row, subject, scope));
    if outcome == MALFORMED
        && let Some((text, lost)) = mended(collection.row_bytes())
    {
        scope.tolerated.add("unreadable_character", lost);
        return (map(&text, subject, scope), text.into());
    }
    (outcome, row.unwrap_or_default().into())
}
