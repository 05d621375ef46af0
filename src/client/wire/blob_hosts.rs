//! Where the files of exports may be.

use super::link::Link;
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
    /// The address to call for a link; `None` if it leads elsewhere.
    #[must_use]
    pub fn trusted(&self, link: &str) -> Option<String> {
        let link = Link::read(link, None).ok()?;
        let origin = link.origin();
        let is_trusted = match self {
            Self::Below(pattern) => {
                let account = origin.authority().strip_suffix(pattern.trim_start_matches('*'));
                origin.scheme() == "https"
                    && account.is_some_and(|account| {
                        !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                    })
            }
            Self::At(known) => origin == known,
        };
        is_trusted.then(|| link.to_string())
    }
}
