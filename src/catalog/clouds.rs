//! The clouds that Defender for Endpoint runs in, as a table.

/// A national cloud. Source: "Microsoft Defender for Endpoint for US Government customers" and the Entra page on
/// national clouds. China has no documented Defender host and is left out.
#[derive(Debug, PartialEq, Eq)]
pub struct Cloud {
    /// Name in the configuration.
    pub name: &'static str,
    /// Sign-in host.
    pub login: &'static str,
    /// Defender API host that is called by default.
    pub defender: &'static str,
    /// Further hosts of the same service: older names and regional ones. Next links may point to them.
    pub defender_aliases: &'static [&'static str],
    /// Host of Microsoft Graph, and of the scope of its tokens. Source: "Microsoft Graph national cloud deployments".
    pub graph: &'static str,
    /// Blob storage: one name, that of an account, in place of `*`. Source: "Azure Government developer guide", endpoint
    /// mapping.
    pub blobs: &'static str,
    /// Host of the portal that people open. Source: "Microsoft Defender XDR for US Government customers".
    pub portal: &'static str,
    /// Scope of the token. Not derived from the host: the audience kept the older name when the host changed.
    pub scope: &'static str,
}

impl Cloud {
    /// Every host of the Defender API, the default first.
    pub fn defender_hosts(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.defender).chain(self.defender_aliases.iter().copied())
    }
}

const COMMERCIAL_SCOPE: &str = "https://api.securitycenter.microsoft.com/.default";

/// All clouds, the default first.
pub static CLOUDS: [Cloud; 4] = [
    Cloud {
        name: "commercial",
        login: "login.microsoftonline.com",
        defender: "api.security.microsoft.com",
        defender_aliases: &[
            "api.securitycenter.microsoft.com",
            "us.api.security.microsoft.com",
            "eu.api.security.microsoft.com",
            "uk.api.security.microsoft.com",
            "au.api.security.microsoft.com",
            "swa.api.security.microsoft.com",
            "ina.api.security.microsoft.com",
            "aea.api.security.microsoft.com",
            "api-us.securitycenter.microsoft.com",
            "api-eu.securitycenter.microsoft.com",
            "api-uk.securitycenter.microsoft.com",
            "api-au.securitycenter.microsoft.com",
        ],
        graph: "graph.microsoft.com",
        blobs: "*.blob.core.windows.net",
        portal: "security.microsoft.com",
        scope: COMMERCIAL_SCOPE,
    },
    Cloud {
        name: "gcc",
        login: "login.microsoftonline.com",
        defender: "api-gcc.securitycenter.microsoft.us",
        defender_aliases: &[],
        graph: "graph.microsoft.com",
        blobs: "*.blob.core.windows.net",
        portal: "security.microsoft.com",
        scope: COMMERCIAL_SCOPE,
    },
    Cloud {
        name: "gcc_high",
        login: "login.microsoftonline.us",
        defender: "api-gov.securitycenter.microsoft.us",
        defender_aliases: &[],
        graph: "graph.microsoft.us",
        blobs: "*.blob.core.usgovcloudapi.net",
        portal: "security.microsoft.us",
        scope: "https://api.securitycenter.microsoft.us/.default",
    },
    Cloud {
        name: "dod",
        login: "login.microsoftonline.us",
        defender: "api-gov.securitycenter.microsoft.us",
        defender_aliases: &[],
        graph: "dod-graph.microsoft.us",
        blobs: "*.blob.core.usgovcloudapi.net",
        portal: "security.apps.mil",
        scope: "https://api.securitycenter.microsoft.us/.default",
    },
];

/// The cloud with that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Cloud> {
    CLOUDS.iter().find(|cloud| cloud.name == name)
}
