//! Users on devices: asked for device by device, or by hunting queries over all of them.
//!
//! | way | requests for `N` devices | why not always |
//! |---|---|---|
//! | `hunting` | one per 100,000 accounts on devices | needs a grant of Microsoft Graph and a licence; looks 30 days back |
//! | `per_device` | `N`, at most 1,500 an hour | more devices than one run may ask about take several runs |
//!
//! So few devices are asked about one by one, which says more of each account and needs no further grant, and many by
//! queries where the application may send them. Both ways lead to the same keys, but not to the same rows: the way is
//! kept while the number of devices moves around the bound.

use defender_client::error::SourceError;
use defender_client::request::{Attempt, Call, Client};
use defender_client::sign_in::{Api, Permission};

use super::way::Choice;
use crate::catalog::{DatasetName, Strategy};
use crate::config::Selection;

/// What is said of the way before a run.
pub const RULE: &str = "`per_device` up to 100 devices, and where the application may not send hunting queries";

/// Devices that are asked about one by one although they could be hunted over: what Microsoft allows in a minute.
const FEW_DEVICES: u64 = 100;

/// What the way depends on, as far as it is known without Microsoft Graph.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Number of devices, where all of them are known.
    pub devices: Option<u64>,
    /// Requests about one device each that a run makes at most.
    pub calls_per_run: u64,
    /// The way of the last run that read everything; empty if none did.
    pub last: &'a str,
    /// The grants of the Defender API, where they can be read.
    pub roles: Option<&'a [String]>,
}

/// Whether the way is ours to choose.
#[must_use]
pub fn is_ours(selection: &Selection) -> bool {
    selection.dataset.name == DatasetName::DeviceUsers && selection.wanted == Strategy::Auto
}

/// The call whose grant decides, where the source chooses. Nothing but the sign-in for it is ever sent.
#[must_use]
pub fn question(selection: &Selection) -> Option<Call> {
    let dataset = selection.dataset;
    let hunting = dataset.by(Strategy::Hunting).filter(|_| is_ours(selection))?;
    let grant = hunting.permissions(dataset).first()?;
    let place = format!("{} {}", hunting.route.method(), hunting.route.path);
    Some(Call::get(String::new(), place, *grant, hunting.route.family()))
}

/// Whether users may be asked for device by device. Roles that cannot be read forbid nothing.
#[must_use]
pub fn may_ask_each(selection: &Selection, roles: Option<&[String]>) -> bool {
    let has = |grant: &Permission| roles.is_none_or(|roles| roles.iter().any(|role| role == grant.name));
    selection.dataset.permissions.iter().all(has)
}

/// The way that is taken whatever Microsoft Graph allows; `None` if it has to be asked first.
#[must_use]
pub fn at_once(selection: &Selection, known: Known<'_>) -> Option<Choice> {
    let was_hunted = known.last == Strategy::Hunting.as_str();
    let few = if was_hunted { FEW_DEVICES / 2 } else { FEW_DEVICES };
    let is_few = known.devices.is_some_and(|devices| devices <= few.min(known.calls_per_run));
    (is_few && may_ask_each(selection, known.roles))
        .then(|| by(selection, Strategy::PerDevice, "few devices, all of them asked about in a run"))
}

/// The way that the sign-in to Microsoft Graph leads to. `call` is the [`question`].
///
/// # Errors
/// What keeps it unknown: a wait, or that nobody can sign in to anything. Never [`Attempt::Answer`] nor
/// [`Attempt::Failed`].
pub fn by_sign_in(selection: &Selection, client: &mut Client, call: &mut Call) -> Result<Choice, Attempt> {
    match client.sign_in(call) {
        Ok(()) => Ok(by_roles(selection, client.roles(Api::Graph).as_deref(), call.permission())),
        Err(Attempt::Failed(error)) => Ok(without_graph(selection, &error)),
        Err(other) => Err(other),
    }
}

/// The way where the sign-in to Microsoft Graph brought a token with these roles, or with unreadable ones.
fn by_roles(selection: &Selection, roles: Option<&[String]>, grant: Permission) -> Choice {
    let (way, reason) = match roles {
        Some(roles) if roles.iter().any(|role| role == grant.name) => {
            (Strategy::Hunting, "many devices, and hunting queries are granted")
        }
        Some(_) => (Strategy::PerDevice, "the token for Microsoft Graph lacks `ThreatHunting.Read.All`"),
        None => (Strategy::PerDevice, "the roles of the token for Microsoft Graph cannot be read"),
    };
    by(selection, way, reason)
}

/// The way where Microsoft Graph cannot be used.
#[must_use]
pub fn without_graph(selection: &Selection, error: &SourceError) -> Choice {
    let reason = format!("hunting queries are not possible: {}", error.message.trim_end_matches('.'));
    Choice { reason: reason.into(), ..by(selection, Strategy::PerDevice, "") }
}

fn by(selection: &Selection, way: Strategy, reason: &'static str) -> Choice {
    Choice { strategy: selection.dataset.by(way).unwrap_or(selection.strategy), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use defender_client::error::Cause;

    const GRANT: Permission = Permission::graph("ThreatHunting.Read.All");

    fn selection() -> Selection {
        let config = Config::parse(r#"{"tenant_id":"t","client_id":"c"}"#).unwrap();
        *config.datasets.iter().find(|selection| selection.dataset.name.as_str() == "device_users").unwrap()
    }

    fn at_once_by(devices: Option<u64>, calls_per_run: u64, last: &str, roles: Option<&[&str]>) -> bool {
        let roles: Option<Vec<String>> = roles.map(|roles| roles.iter().map(|role| (*role).to_owned()).collect());
        let known = Known { devices, calls_per_run, last, roles: roles.as_deref() };
        at_once(&selection(), known).is_some_and(|choice| choice.strategy.name == Strategy::PerDevice)
    }

    #[test]
    fn few_devices_are_asked_about_one_by_one() {
        assert!(at_once_by(Some(0), 1350, "", None));
        assert!(at_once_by(Some(100), 1350, "per_device", Some(&["User.Read.All"])));
        assert!(!at_once_by(Some(101), 1350, "per_device", None), "many");
        assert!(!at_once_by(Some(10), 9, "", None), "more than a run may ask about");
        assert!(!at_once_by(None, 1350, "", None), "nobody knows how many");
        assert!(!at_once_by(Some(1), 1350, "", Some(&["Machine.Read.All"])), "they may not be asked about");
    }

    #[test]
    fn the_bound_is_the_one_that_is_told() {
        assert!(RULE.contains(&format!(" {FEW_DEVICES} ")));
    }

    #[test]
    fn a_number_that_moves_around_the_bound_does_not_change_the_way() {
        assert!(!at_once_by(Some(99), 1350, "hunting", None));
        assert!(!at_once_by(Some(51), 1350, "hunting", None));
        assert!(at_once_by(Some(50), 1350, "hunting", None), "half as many");
    }

    #[test]
    fn hunting_needs_its_grant_and_says_what_is_missing() {
        let chosen = |roles: Option<&[&str]>| {
            let roles: Option<Vec<String>> = roles.map(|roles| roles.iter().map(|role| (*role).to_owned()).collect());
            let Choice { strategy, reason } = by_roles(&selection(), roles.as_deref(), GRANT);
            (strategy.name, reason.into_owned())
        };
        assert_eq!(chosen(Some(&["User.Read.All", GRANT.name])).0, Strategy::Hunting);
        let (way, reason) = chosen(Some(&["User.Read.All"]));
        assert_eq!(way, Strategy::PerDevice);
        assert!(reason.contains(GRANT.name), "{reason}");
        assert_eq!(chosen(None).0, Strategy::PerDevice);
        let error = SourceError::new(Cause::Unauthenticated, "Sign-in failed with HTTP 400 AADSTS500011.", "");
        let Choice { strategy, reason } = without_graph(&selection(), &error);
        assert_eq!(strategy.name, Strategy::PerDevice);
        assert_eq!(reason, "hunting queries are not possible: Sign-in failed with HTTP 400 AADSTS500011");
    }
}
