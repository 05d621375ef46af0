//! Grants, each once, with the datasets that need it.

use crate::contract::Permission;
use std::collections::{BTreeMap, BTreeSet};

/// An application permission, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The API, as the portal names it.
    pub api: String,
    /// The app role, for example `Machine.Read.All`.
    pub role: String,
    /// The datasets that need it, in their order.
    pub datasets: Vec<String>,
}

/// All grants of a source or a configuration; by API and role, each once.
#[derive(Debug, Default)]
pub struct Grants(Vec<Grant>);

impl Grants {
    /// Collects what each dataset needs.
    pub fn of<'a>(needs: impl IntoIterator<Item = (&'a str, &'a [Permission])>) -> Self {
        // By the kind of API in the order in which they come up, which is how a source orders them: its own first.
        let mut order: Vec<&str> = Vec::new();
        let mut found: BTreeMap<(usize, &str), Vec<String>> = BTreeMap::new();
        for (dataset, permissions) in needs {
            for permission in permissions {
                let api = order.iter().position(|api| *api == permission.api).unwrap_or_else(|| {
                    order.push(&permission.api);
                    order.len() - 1
                });
                let datasets = found.entry((api, &permission.name)).or_default();
                if !datasets.iter().any(|it| it == dataset) {
                    datasets.push(dataset.to_owned());
                }
            }
        }
        let grant = |((api, role), datasets): ((usize, &str), _)| Grant {
            api: order[api].to_owned(),
            role: role.to_owned(),
            datasets,
        };
        Self(found.into_iter().map(grant).collect())
    }

    /// Each of them.
    #[must_use]
    pub fn all(&self) -> &[Grant] {
        &self.0
    }

    /// The APIs, each once, with their roles.
    pub(super) fn by_api(&self) -> Vec<(&str, Vec<&str>)> {
        let mut apis: Vec<(&str, Vec<&str>)> = Vec::new();
        for grant in &self.0 {
            match apis.last_mut() {
                Some((api, roles)) if *api == grant.api => roles.push(&grant.role),
                _ => apis.push((&grant.api, vec![&grant.role])),
            }
        }
        apis
    }

    /// The datasets that need something, each once.
    #[must_use]
    pub fn datasets(&self) -> BTreeSet<&str> {
        self.0.iter().flat_map(|grant| grant.datasets.iter().map(String::as_str)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_that_several_need_stands_once() {
        let grant = |api: &str, name: &str| Permission { api: api.into(), name: name.into() };
        let (own, other) = (grant("Own", "A.Read"), grant("Other", "Z.Read"));
        let (first, second) = ([own.clone(), other], [grant("Own", "B.Read"), own]);
        let grants = Grants::of([("one", &first[..]), ("two", &second[..]), ("two", &second[..])]);
        let told: Vec<_> =
            grants.all().iter().map(|it| (it.api.as_str(), it.role.as_str(), it.datasets.join("+"))).collect();
        let expected = [("Own", "A.Read", "one+two"), ("Own", "B.Read", "two"), ("Other", "Z.Read", "one")];
        assert_eq!(told, expected.map(|(api, role, datasets)| (api, role, datasets.to_owned())));
        assert_eq!(grants.by_api(), [("Own", vec!["A.Read", "B.Read"]), ("Other", vec!["Z.Read"])]);
        assert_eq!(grants.datasets().into_iter().collect::<Vec<_>>(), ["one", "two"]);
    }
}
