//! The APIs that grants belong to, as the directory knows them.

use std::fmt;

/// An API of Microsoft's own that every tenant with the product has as an enterprise application.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Api {
    /// Its name in the portal, which is how a source names it.
    pub(super) name: &'static str,
    /// Its application id, the same in every tenant.
    pub(super) app_id: &'static str,
    /// A name for what is written about it.
    pub(super) identifier: &'static str,
    /// Its app roles: name and id in the public cloud. Only those that sources here ask for.
    pub(super) roles: &'static [(&'static str, &'static str)],
}

/// All of them. Source of the ids: "Microsoft Graph permissions reference" and the enterprise application
/// `WindowsDefenderATP` as its app roles are listed by the directory.
static APIS: [Api; 2] = [
    Api {
        name: "WindowsDefenderATP",
        app_id: "fc780465-2017-40d4-a0c5-307022471b92",
        identifier: "defender",
        roles: &[
            ("Machine.Read.All", "ea8291d3-4b9a-44b5-bc3a-6cea3026dc79"),
            ("SecurityRecommendation.Read.All", "6443965c-7dd2-4cfd-b38f-bb7772bee163"),
            ("Software.Read.All", "37f71c98-d198-41ae-964d-2c49aab74926"),
            ("User.Read.All", "a833834a-4cf1-4732-8acf-bbcfa13fb610"),
            ("Vulnerability.Read.All", "41269fc5-d04d-4bfd-bce7-43a51cea049a"),
        ],
    },
    Api {
        name: "Microsoft Graph",
        app_id: "00000003-0000-0000-c000-000000000000",
        identifier: "graph",
        roles: &[("ThreatHunting.Read.All", "dd98c7f5-2d42-42d3-a0e4-633161547251")],
    },
];

/// The API with that name.
pub(super) fn by_name(name: &str) -> Result<&'static Api, NotOnRecord> {
    APIS.iter().find(|api| api.name == name).ok_or_else(|| NotOnRecord::Api(name.to_owned()))
}

impl Api {
    /// The id of one of its roles in the public cloud.
    pub(super) fn role(&self, name: &str) -> Result<&'static str, NotOnRecord> {
        let known = self.roles.iter().find(|(role, _)| *role == name).map(|(_, id)| *id);
        known.ok_or_else(|| NotOnRecord::Role { api: self.name, role: name.to_owned() })
    }
}

/// What would have to be known to write a form of the registration.
#[derive(Debug, PartialEq, Eq)]
pub enum NotOnRecord {
    /// The application id of an API.
    Api(String),
    /// The id of a role.
    Role {
        /// The API.
        api: &'static str,
        /// The name of the role.
        role: String,
    },
    /// The ids of roles in a national cloud: they differ from those of the public one.
    Cloud(String),
}

impl fmt::Display for NotOnRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(name) => write!(
                f,
                "the application id of the API `{name}` is not on record; grant its permissions in the Entra portal, under \
                 App registrations > API permissions > APIs my organization uses"
            ),
            Self::Role { api, role } => write!(
                f,
                "the id of the role {role} of {api} is not on record, and an app manifest cannot look it up; use --format \
                 az, powershell or terraform, which find it by its name"
            ),
            Self::Cloud(cloud) => write!(
                f,
                "ids of roles in the cloud `{cloud}` are not those of the public one, and an app manifest cannot look them \
                 up; use --format az, powershell or terraform, which find them by their names"
            ),
        }
    }
}

impl std::error::Error for NotOnRecord {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_guids_and_no_two_are_the_same() {
        let ids: Vec<&str> =
            APIS.iter().flat_map(|api| api.roles.iter().map(|(_, id)| *id).chain([api.app_id])).collect();
        for id in &ids {
            let groups: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(groups, [8, 4, 4, 4, 12], "{id}");
            assert!(id.bytes().all(|byte| byte == b'-' || matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{id}");
        }
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    }

    #[test]
    fn what_is_not_on_record_says_what_to_do() {
        assert!(by_name("Some API").unwrap_err().to_string().contains("APIs my organization uses"));
        let error = by_name("Microsoft Graph").unwrap().role("Machine.Read.All").unwrap_err().to_string();
        assert!(error.contains("Machine.Read.All of Microsoft Graph") && error.contains("--format az"), "{error}");
    }
}
