//! Where the files of exports may be.

use super::origin::Origin;

/// Where files may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlobHosts {
    /// At any account of a storage service over HTTPS: a host name with one name in place of the `*` in front.
    Below(&'static str),
    /// At this origin only.
    At(Origin),
}

impl BlobHosts {
    /// Whether a link leads there.
    #[must_use]
    pub fn trust(&self, link: &str) -> bool {
        let Ok(uri) = link.parse::<http::Uri>() else { return false };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
        match self {
            Self::Below(pattern) => {
                scheme == "https"
                    && authority.port().is_none()
                    && !authority.as_str().contains('@')
                    && authority.host().to_ascii_lowercase().strip_suffix(pattern.trim_start_matches('*')).is_some_and(
                        |account| {
                            !account.is_empty()
                                && account.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                        },
                    )
            }
            Self::At(origin) => {
                scheme == origin.scheme() && authority.as_str().eq_ignore_ascii_case(origin.authority())
            }
        }
    }
}
