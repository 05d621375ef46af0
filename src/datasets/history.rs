//! What earlier runs told of a dataset, and what a finding is because of it.
//!
//! | earlier runs | the record | activity |
//! |---|---|---|
//! | never read all of it | whatever it says | Create |
//! | read all of it | was first seen after that | Create |
//! | read all of it | was first seen before, or does not say when | Update |
//!
//! **The default** is Update as soon as there was a complete read: a record that does not say when it was first seen cannot
//! show that it is new. What is told late by the service is an Update so; a host that remembers every finding, as the
//! bundled one does with an inventory, makes a Create of it.

use crate::ocsf::class::Activity;

/// Up to when a dataset was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    told_until_ms: Option<i64>,
}

impl History {
    /// Of a dataset of which everything was told that there was at a time, milliseconds since the epoch; `None` if it
    /// was never read completely.
    #[must_use]
    pub fn new(told_until_ms: Option<i64>) -> Self {
        Self { told_until_ms }
    }

    /// Whether a finding that is there is new. `first_seen_ms` is when it was first seen, by the service's clock.
    #[must_use]
    pub fn activity(self, first_seen_ms: Option<i64>) -> Activity {
        match (self.told_until_ms, first_seen_ms) {
            (None, _) => Activity::Create,
            (Some(told_until), Some(first_seen)) if first_seen > told_until => Activity::Create,
            (Some(_), _) => Activity::Update,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_have_been_told_is_created() {
        for (told_until, first_seen, activity) in [
            (None, None, Activity::Create),
            (None, Some(5), Activity::Create),
            (Some(5), None, Activity::Update),
            (Some(5), Some(4), Activity::Update),
            (Some(5), Some(5), Activity::Update),
            (Some(5), Some(6), Activity::Create),
        ] {
            assert_eq!(History::new(told_until).activity(first_seen), activity, "{told_until:?} {first_seen:?}");
        }
    }
}
