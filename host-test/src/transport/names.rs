//! Names to addresses, by the system, without those that no name of the internet may have: whoever controls a name
//! could point it at the services of this machine, or at the metadata service of the cloud that it runs in.

use crate::policy::is_local;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::SocketAddr;

/// The one name that means this machine. The policy lets it pass only where the operator granted it.
const THIS_MACHINE: &str = "localhost";

#[derive(Debug, Clone, Copy)]
pub(super) struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let name = name.as_str();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
            let addresses: Addrs = Box::new(usable(name, found)?.into_iter());
            Ok(addresses)
        })
    }
}

fn usable(name: &str, found: Vec<SocketAddr>) -> io::Result<Vec<SocketAddr>> {
    if name == THIS_MACHINE {
        return Ok(found);
    }
    let usable: Vec<SocketAddr> = found.iter().filter(|address| !is_local(address.ip())).copied().collect();
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
        for local in ["127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"] {
            assert!(usable("api.example", addresses(&[local])).is_err(), "{local}");
        }
        let mixed = usable("api.example", addresses(&["127.0.0.1", "20.1.2.3", "10.0.0.1"])).unwrap();
        assert_eq!(mixed, addresses(&["20.1.2.3", "10.0.0.1"]), "the others remain");
        assert!(usable("api.example", Vec::new()).unwrap().is_empty());
        assert_eq!(usable("localhost", addresses(&["127.0.0.1"])).unwrap().len(), 1);
    }
}
