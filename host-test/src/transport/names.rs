//! Names to addresses, by the system, without those that no name of the internet may have: whoever controls a name
//! could point it at the services of this machine, or at the metadata service of the cloud that it runs in. The client
//! connects to the addresses that were looked at and does not look them up again.
//!
//! With a proxy that looks names up itself, what they lead to is the proxy's to judge.

use crate::policy::is_local_socket;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::SocketAddr;

/// The one name that means this machine. The policy lets it pass only where the operator granted it.
const THIS_MACHINE: &str = "localhost";

/// A name that may lead anywhere, as it is the operator's and not the service's: the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known(pub(super) String);

#[derive(Debug, Clone)]
pub(super) struct PublicNames {
    pub(super) known: Option<Known>,
}

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        let known = self.known.clone();
        Box::pin(async move {
            let name = name.as_str();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
            let addresses: Addrs = Box::new(usable(name, known.as_ref(), found)?.into_iter());
            Ok(addresses)
        })
    }
}

fn usable(name: &str, known: Option<&Known>, found: Vec<SocketAddr>) -> io::Result<Vec<SocketAddr>> {
    if name == THIS_MACHINE || known.is_some_and(|known| known.0 == name) {
        return Ok(found);
    }
    let usable: Vec<SocketAddr> = found.iter().filter(|address| !is_local_socket(address)).copied().collect();
    match (found.first(), usable.is_empty()) {
        (Some(local), true) => {
            tracing::warn!(
                "refused to connect to {name}: its address {} belongs to this machine or its link; to allow it, add the \
                 address under [sandbox.hosts]",
                local.ip()
            );
            Err(io::ErrorKind::AddrNotAvailable.into())
        }
        _ => Ok(usable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn names_that_point_at_the_machine_have_no_address() {
        for local in ["127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:a9fe:a9fe::1"]
        {
            assert!(usable("api.example", None, addresses(&[local])).is_err(), "{local}");
        }
        let mixed = ["127.0.0.1", "20.1.2.3", "10.0.0.1", "::127.0.0.1"];
        let mixed = usable("api.example", None, addresses(&mixed)).unwrap();
        assert_eq!(mixed, addresses(&["20.1.2.3", "10.0.0.1"]), "the others remain");
        assert!(usable("api.example", None, Vec::new()).unwrap().is_empty());
        assert_eq!(usable("localhost", None, addresses(&["127.0.0.1"])).unwrap().len(), 1);
    }

    #[test]
    fn the_name_of_the_proxy_is_the_operators() {
        let known = Known("proxy.example".into());
        assert_eq!(usable("proxy.example", Some(&known), addresses(&["127.0.0.1"])).unwrap().len(), 1);
        assert!(usable("api.example", Some(&known), addresses(&["127.0.0.1"])).is_err());
    }
}
