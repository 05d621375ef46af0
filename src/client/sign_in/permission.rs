//! The APIs that are called, and the grants that they ask for.

/// An API with an audience of its own: a token for one is refused by the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// Defender for Endpoint.
    Defender,
    /// Microsoft Graph.
    Graph,
}

impl Api {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Defender, Self::Graph];

    /// The name of its enterprise application in the Entra portal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Defender => "WindowsDefenderATP",
            Self::Graph => "Microsoft Graph",
        }
    }
}

/// An application permission of one API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The API.
    pub api: Api,
    /// The role in the token, for example `Machine.Read.All`.
    pub name: &'static str,
}

impl Permission {
    /// A permission of the Defender for Endpoint API.
    #[must_use]
    pub const fn defender(name: &'static str) -> Self {
        Self { api: Api::Defender, name }
    }

    /// A permission of Microsoft Graph.
    #[must_use]
    pub const fn graph(name: &'static str) -> Self {
        Self { api: Api::Graph, name }
    }
}
