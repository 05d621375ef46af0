//! Which host is which service.

/// A cloud of Microsoft with hosts of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cloud {
    /// The public one.
    Commercial,
    /// US Government, community.
    Gcc,
    /// US Government, high.
    GccHigh,
    /// US Department of Defense.
    Dod,
}

/// A service behind a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Site {
    /// Microsoft Entra ID.
    Login,
    /// The Defender API.
    Defender,
    /// Microsoft Graph.
    Graph,
    /// Storage of the export files.
    Blob,
    /// All but the storage, told apart by the path: a single listener.
    Any,
}

impl Cloud {
    /// Hosts of sign-in, of the Defender API and of Microsoft Graph.
    const fn hosts(self) -> (&'static [&'static str], &'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Commercial => (COMMERCIAL_LOGIN, COMMERCIAL_DEFENDER, &["graph.microsoft.com"]),
            Self::Gcc => (
                COMMERCIAL_LOGIN,
                &["api-gcc.securitycenter.microsoft.us", "api-gcc.security.microsoft.us"],
                &["graph.microsoft.com"],
            ),
            Self::GccHigh => (GOVERNMENT_LOGIN, GOVERNMENT_DEFENDER, &["graph.microsoft.us"]),
            Self::Dod => (GOVERNMENT_LOGIN, GOVERNMENT_DEFENDER, &["dod-graph.microsoft.us"]),
        }
    }

    /// Every host name of every cloud, as certificates have them; `*` stands for one label.
    pub(crate) fn names() -> Vec<String> {
        let clouds = [Self::Commercial, Self::Gcc, Self::GccHigh, Self::Dod];
        let hosts = clouds.iter().flat_map(|cloud| {
            let (login, defender, graph) = cloud.hosts();
            login.iter().chain(defender).chain(graph).map(|host| (*host).to_owned())
        });
        let mut names: Vec<String> = hosts.chain(BLOB_SUFFIXES.iter().map(|suffix| format!("*{suffix}"))).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Origin of the links to export files under their real name.
    pub(crate) const fn blob_origin(self) -> &'static str {
        match self {
            Self::Commercial | Self::Gcc => "https://tvmexportexternalprdeus.blob.core.windows.net",
            Self::GccHigh | Self::Dod => "https://tvmexportexternalprdusg.blob.core.usgovcloudapi.net",
        }
    }

    /// The service of a real host name, in lower case and without a port; none if the cloud has no such host.
    #[must_use]
    pub fn site(self, host: &str) -> Option<Site> {
        // Sections 1.7 and 2.1 of Microsoft's pages: current, regional, older regional and legacy names.
        let (login, defender, graph) = self.hosts();
        if login.contains(&host) {
            Some(Site::Login)
        } else if defender.contains(&host) {
            Some(Site::Defender)
        } else if graph.contains(&host) {
            Some(Site::Graph)
        } else if BLOB_SUFFIXES.iter().any(|suffix| host.ends_with(suffix)) {
            Some(Site::Blob)
        } else {
            None
        }
    }
}

const COMMERCIAL_LOGIN: &[&str] =
    &["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"];

const GOVERNMENT_LOGIN: &[&str] = &["login.microsoftonline.us"];

const COMMERCIAL_DEFENDER: &[&str] = &[
    "api.security.microsoft.com",
    "us.api.security.microsoft.com",
    "eu.api.security.microsoft.com",
    "uk.api.security.microsoft.com",
    "au.api.security.microsoft.com",
    "swa.api.security.microsoft.com",
    "ina.api.security.microsoft.com",
    "aea.api.security.microsoft.com",
    "api.securitycenter.microsoft.com",
    "api-us.securitycenter.microsoft.com",
    "api-eu.securitycenter.microsoft.com",
    "api-uk.securitycenter.microsoft.com",
    "api-au.securitycenter.microsoft.com",
    "api.securitycenter.windows.com",
];

const GOVERNMENT_DEFENDER: &[&str] = &["api-gov.securitycenter.microsoft.us", "api-gov.security.microsoft.us"];

const BLOB_SUFFIXES: &[&str] = &[".blob.core.windows.net", ".blob.core.usgovcloudapi.net"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_has_its_own_hosts_and_no_others() {
        assert_eq!(Cloud::Commercial.site("eu.api.security.microsoft.com"), Some(Site::Defender));
        assert_eq!(Cloud::Commercial.site("graph.microsoft.us"), None);
        assert_eq!(Cloud::Gcc.site("login.microsoftonline.com"), Some(Site::Login));
        assert_eq!(Cloud::Gcc.site("api.security.microsoft.com"), None);
        assert_eq!(Cloud::Dod.site("dod-graph.microsoft.us"), Some(Site::Graph));
        assert_eq!(Cloud::GccHigh.site("x.blob.core.usgovcloudapi.net"), Some(Site::Blob));
        assert_eq!(Cloud::Commercial.site("blob.core.windows.net.evil.example"), None);
    }
}
