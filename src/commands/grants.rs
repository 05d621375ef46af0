//! What the tokens grant, held against what the enabled datasets need.
//!
//! | found | told as |
//! |---|---|
//! | a token without any role | one error: nobody consented; what is needed |
//! | a role that is needed and not there | an error, once, with the datasets that need it; and whether the same name is granted on another API |
//! | a stronger one in its place | a warning |
//! | a role that may act on devices, change things or read secrets | a warning, with what it may do |
//! | any other role that nothing needs | for information |
//!
//! A grant is never told of without its API: `User.Read.All` of one is not `User.Read.All` of the other.

use std::collections::BTreeSet;

use defender_client::sign_in::{Api, Permission};

use crate::catalog::DatasetSpec;
use crate::diagnose::{Report, Severity};

/// What grants with such beginnings may do that reading assets does not need. Source: "Microsoft Graph permissions reference"
/// and the pages of the machine actions of Defender for Endpoint.
const HARMFUL: [(&str, &str); 15] = [
    ("Machine.Isolate", "cut devices off the network"),
    ("Machine.Scan", "start scans on devices"),
    ("Machine.RestrictExecution", "forbid programs on devices"),
    ("Machine.StopAndQuarantine", "stop programs and quarantine their files"),
    ("Machine.Offboard", "take devices out of Defender"),
    ("Machine.CollectForensics", "fetch forensic packages of devices"),
    ("Machine.LiveResponse", "run commands on devices"),
    ("Library.Manage", "change the scripts of live response"),
    ("DeviceLocalCredential.Read.All", "read the passwords of local administrators (LAPS)"),
    ("BitlockerKey.Read", "read the recovery keys of disks"),
    ("Mail.", "read or send mail"),
    ("Files.", "read the files of users"),
    ("Sites.", "read sites and their files"),
    ("AppRoleAssignment.ReadWrite", "grant itself and others any permission"),
    ("RoleManagement.ReadWrite", "make anybody an administrator"),
];

/// Longest name of a role that is repeated.
const LONGEST_ROLE: usize = 80;

/// What one API's token grants; nothing where there is no token, or none that can be read.
pub(super) type Granted = Option<Vec<String>>;

/// A permission, and a dataset that needs it.
pub(super) type Need = (&'static DatasetSpec, Permission);

/// Compares, and returns the datasets whose permission is missing.
pub(super) fn compare(needs: &[Need], granted: &[(Api, Granted)], report: &mut Report) -> BTreeSet<&'static str> {
    let mut missing = BTreeSet::new();
    for (api, roles) in granted {
        let needs: Vec<&Need> = needs.iter().filter(|(_, permission)| permission.api == *api).collect();
        match roles {
            _ if needs.is_empty() => {}
            None => {
                let message = format!("The roles of the token for {} cannot be read; not compared.", api.as_str());
                report.find(Severity::Info, "token", &message, "");
            }
            Some(roles) if roles.is_empty() => {
                missing.extend(needs.iter().map(|(dataset, _)| dataset.name.as_str()));
                none_at_all(*api, &needs, report);
            }
            Some(roles) => {
                let elsewhere = granted.iter().filter(|(other, _)| other != api);
                let elsewhere: Vec<_> =
                    elsewhere.filter_map(|(other, roles)| Some((*other, roles.as_deref()?))).collect();
                let used = needed(*api, &needs, roles, &elsewhere, &mut missing, report);
                unneeded(*api, roles.iter().filter(|role| !used.contains(role.as_str())), report);
            }
        }
    }
    missing
}

fn none_at_all(api: Api, needs: &[&Need], report: &mut Report) {
    let names: BTreeSet<&str> = needs.iter().map(|(_, permission)| permission.name).collect();
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let api = api.as_str();
    report.find(
        Severity::Error,
        api,
        &format!("The token for {api} has no roles at all: no application permission of it was consented to."),
        &format!(
            "Under API permissions of the app registration add {} of {api} as *application* permissions (delegated ones do \
             not count), then grant admin consent.",
            names.join(", ")
        ),
    );
}

/// Looks for what is needed. Returns the roles that are of use.
fn needed(
    api: Api,
    needs: &[&Need],
    roles: &[String],
    elsewhere: &[(Api, &[String])],
    missing: &mut BTreeSet<&'static str>,
    report: &mut Report,
) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let names: BTreeSet<&'static str> = needs.iter().map(|(_, permission)| permission.name).collect();
    for name in names {
        let datasets: BTreeSet<&'static str> =
            needs.iter().filter(|(_, it)| it.name == name).map(|(dataset, _)| dataset.name.as_str()).collect();
        let has = |roles: &[String], name: &str| roles.iter().any(|role| role == name);
        let stronger = name.replace(".Read.", ".ReadWrite.");
        let of_datasets = listed(&datasets);
        if has(roles, name) {
            used.insert(name.to_owned());
        } else if has(roles, &stronger) {
            report.find(
                Severity::Warning,
                &stronger,
                &format!("{} grants more than {of_datasets} needs: it may change what it reads.", api.as_str()),
                &format!("Grant `{name}` of {} in its place.", api.as_str()),
            );
            used.insert(stronger);
        } else {
            let namesake = elsewhere.iter().find(|(_, roles)| has(roles, name));
            let namesake = namesake.map(|(other, _)| {
                format!(" The one of the same name that is granted is of {}, which is another.", other.as_str())
            });
            report.find(
                Severity::Error,
                name,
                &format!(
                    "The token for {} lacks this role; {of_datasets} needs it.{}",
                    api.as_str(),
                    namesake.unwrap_or_default()
                ),
                &format!("Grant it as an application permission of {}, with admin consent.", api.as_str()),
            );
            missing.extend(datasets);
        }
    }
    used
}

fn listed(datasets: &BTreeSet<&str>) -> String {
    let names: Vec<String> = datasets.iter().map(|name| format!("`{name}`")).collect();
    format!("dataset {}", names.join(" and "))
}

fn unneeded<'a>(api: Api, roles: impl Iterator<Item = &'a String>, report: &mut Report) {
    let api = api.as_str();
    for role in roles {
        let role: String = role.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').take(LONGEST_ROLE).collect();
        let harm = HARMFUL.iter().find(|(beginning, _)| role.starts_with(beginning)).map(|(_, harm)| *harm);
        let harm = harm.or_else(|| role.contains(".ReadWrite").then_some("change what it may read"));
        match harm {
            Some(harm) => report.find(
                Severity::Warning,
                &role,
                &format!(
                    "The token for {api} has this role: whoever has the secret can {harm}. Nothing here needs it."
                ),
                &format!("Remove `{role}` of {api} from this app registration; give other programs one of their own."),
            ),
            None => report.find(
                Severity::Info,
                &role,
                &format!("The token for {api} has this role, and no enabled dataset needs it."),
                &format!("Unless something else uses it, remove `{role}` of {api}."),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{device_users, devices, vulnerabilities};

    fn needs() -> Vec<Need> {
        let of = |spec: &'static DatasetSpec| spec.permissions.iter().map(move |it| (spec, *it));
        of(&devices::SPEC).chain(of(&device_users::SPEC)).chain(of(&vulnerabilities::SPEC)).collect()
    }

    fn told(defender: &[&str], graph: Option<&[&str]>) -> (Vec<(Severity, String, String)>, usize) {
        let roles = |roles: &[&str]| Some(roles.iter().map(|role| (*role).to_owned()).collect());
        let mut report = Report::default();
        let granted = [(Api::Defender, roles(defender)), (Api::Graph, graph.and_then(roles))];
        let missing = compare(&needs(), &granted, &mut report);
        let of = |it: crate::diagnose::Finding| (it.severity, it.subject, format!("{} {}", it.message, it.remedy));
        (report.findings.into_iter().map(of).collect(), missing.len())
    }

    #[test]
    fn no_role_at_all_is_one_cause() {
        let (found, missing) = told(&[], None);
        assert_eq!((found.len(), missing), (1, 3), "{found:?}");
        let (severity, subject, text) = &found[0];
        assert_eq!((*severity, subject.as_str()), (Severity::Error, "WindowsDefenderATP"));
        for part in
            ["no roles at all", "`Machine.Read.All`, `User.Read.All`, `Vulnerability.Read.All`", "admin consent"]
        {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn the_right_name_on_the_wrong_api_is_said() {
        let (found, missing) = told(&["Machine.Read.All", "Vulnerability.Read.All"], Some(&["User.Read.All"]));
        assert_eq!(missing, 1);
        let (severity, subject, text) = &found[0];
        assert_eq!((*severity, subject.as_str()), (Severity::Error, "User.Read.All"));
        assert!(
            text.contains("is of Microsoft Graph, which is another")
                && text.contains("permission of WindowsDefenderATP")
        );
    }

    #[test]
    fn a_grant_that_acts_or_leaks_is_a_warning_and_one_that_reads_is_not() {
        let needed = ["Machine.Read.All", "User.Read.All", "Vulnerability.Read.All"];
        for (role, severity, part) in [
            ("Machine.LiveResponse", Severity::Warning, "run commands on devices"),
            ("Ti.ReadWrite.All", Severity::Warning, "change what it may read"),
            ("DeviceLocalCredential.Read.All", Severity::Warning, "LAPS"),
            ("Score.Read.All", Severity::Info, "no enabled dataset needs it"),
        ] {
            let (found, missing) = told(&[&needed[..], &[role]].concat(), None);
            assert_eq!((found.len(), missing), (1, 0), "{found:?}");
            let (found_severity, subject, text) = &found[0];
            assert_eq!((*found_severity, subject.as_str()), (severity, role));
            assert!(text.contains(part) && text.contains(&format!("`{role}` of WindowsDefenderATP")), "{text}");
        }
        let stronger = ["Machine.ReadWrite.All", "User.Read.All", "Vulnerability.Read.All"];
        let (found, missing) = told(&stronger, None);
        assert_eq!((found.len(), missing, found[0].0), (1, 0, Severity::Warning), "{found:?}");
    }
}
