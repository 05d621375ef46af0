//! Addresses that mean this machine or its link, where services trust whoever can reach them.
//!
//! Rule: an address in a network of [`LOCAL_V4`] or [`LOCAL_V6`] is local; so is an IPv6 address that carries such an
//! IPv4 address in one of the ways of [`carried`], as a translator or a tunnel would lead there. Where a spelling can be
//! read in several ways, one local reading is enough. Any other address is not local: private networks are not, a
//! service may well be reached through one. What a translator with a prefix of the operator's own leads to cannot be
//! known from the address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Networks of IPv4: address, length of the prefix, where the fact is from.
const LOCAL_V4: [(Ipv4Addr, u32, &str); 7] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, "this network: RFC 1122, 3.2.1.3"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback: RFC 1122, 3.2.1.3"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link-local: RFC 3927; the metadata services of most clouds"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast: RFC 5771"),
    (Ipv4Addr::new(255, 255, 255, 255), 32, "limited broadcast: RFC 919"),
    (Ipv4Addr::new(100, 100, 100, 200), 32, "metadata service of Alibaba Cloud, as its documentation says"),
    (Ipv4Addr::new(168, 63, 129, 16), 32, "services of the Azure host for its machines, as its documentation says"),
];

/// Networks of IPv6.
const LOCAL_V6: [(Ipv6Addr, u32, &str); 6] = [
    (Ipv6Addr::UNSPECIFIED, 128, "unspecified: RFC 4291, 2.5.2"),
    (Ipv6Addr::LOCALHOST, 128, "loopback: RFC 4291, 2.5.3"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "link-local: RFC 4291, 2.5.6"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "multicast: RFC 4291, 2.7"),
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0), 32, "metadata service of AWS, as its documentation says"),
    (Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0), 32, "metadata service of Google Cloud, as its documentation says"),
];

/// IPv6 addresses that carry an IPv4 address in a run of 32 bits: network, length of its prefix, first bit of the
/// address counted from the left, whether its bits are turned over, where the fact is from.
const CARRIERS: [(Ipv6Addr, u32, u32, bool, &str); 7] = [
    (Ipv6Addr::UNSPECIFIED, 96, 96, false, "IPv4-compatible: RFC 4291, 2.5.5.1"),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, 96, false, "IPv4-mapped: RFC 4291, 2.5.5.2"),
    (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96, 96, false, "IPv4-translated: RFC 2765, 2.1"),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96, 96, false, "NAT64, well-known prefix: RFC 6052, 2.1"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, 16, false, "6to4: RFC 3056, 2"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, 32, false, "Teredo, server: RFC 4380, 4"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, 96, true, "Teredo, client: RFC 4380, 4"),
];

/// NAT64 with prefixes for local use, RFC 8215. How long the prefix is, is the operator's choice among those of
/// RFC 6052, 2.2.
const LOCAL_USE_NAT64: Ipv6Addr = Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0);

/// The identifier before the IPv4 address in an interface identifier of ISATAP, RFC 5214, 6.1; the bit that makes it
/// globally unique may be set.
const ISATAP: u32 = 0x0000_5efe;
const ISATAP_UNIVERSAL: u32 = 0x0200_0000;

/// Whether an address belongs to the machine or its link: loopback, link-local, unspecified, multicast, broadcast, and
/// the metadata services of clouds; also where IPv6 only carries such an address of IPv4.
pub fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_local_v4(address),
        IpAddr::V6(address) => {
            LOCAL_V6.iter().any(|(network, length, _)| is_in(address, *network, *length))
                || carried(address).any(is_local_v4)
        }
    }
}

/// The same for an address with a port. One with a scope is an address of the link that the scope names.
pub fn is_local_socket(address: &SocketAddr) -> bool {
    is_local(address.ip()) || matches!(address, SocketAddr::V6(address) if address.scope_id() != 0)
}

fn is_local_v4(address: Ipv4Addr) -> bool {
    let differs = |network: Ipv4Addr| address.to_bits() ^ network.to_bits();
    LOCAL_V4.iter().any(|(network, length, _)| differs(*network).leading_zeros() >= *length)
}

fn is_in(address: Ipv6Addr, network: Ipv6Addr, length: u32) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= length
}

/// The IPv4 addresses that an IPv6 address may carry.
fn carried(address: Ipv6Addr) -> impl Iterator<Item = Ipv4Addr> {
    let tabled = CARRIERS.iter().filter(move |(network, length, ..)| is_in(address, *network, *length)).map(
        move |(_, _, first, turned, _)| {
            let found = bits(address, *first, 32);
            Ipv4Addr::from_bits(if *turned { !found } else { found })
        },
    );
    let is_isatap = bits(address, 64, 32) & !ISATAP_UNIVERSAL == ISATAP;
    let isatap = is_isatap.then(|| Ipv4Addr::from_bits(bits(address, 96, 32)));
    tabled.chain(isatap).chain(local_use(address))
}

/// The readings of an address of NAT64 for local use. Behind the IPv4 address everything is zero, and so are the bits 64
/// to 71, which it steps over.
fn local_use(address: Ipv6Addr) -> impl Iterator<Item = Ipv4Addr> {
    let readings = [
        (bits(address, 48, 16) << 16 | bits(address, 72, 16), 88),
        (bits(address, 56, 8) << 24 | bits(address, 72, 24), 96),
        (bits(address, 72, 32), 104),
        (bits(address, 96, 32), 128),
    ];
    let is_zero_from = move |end: u32| address.to_bits().checked_shl(end).unwrap_or(0) == 0;
    let is_it = is_in(address, LOCAL_USE_NAT64, 48);
    // Nothing at all is what the other readings have in the place of the address.
    let is_read = move |(found, end): &(u32, u32)| is_it && *found != 0 && is_zero_from(*end);
    readings.into_iter().filter(is_read).map(|(found, _)| Ipv4Addr::from_bits(found))
}

/// At most 32 bits of an address, from the bit `first` counted from the left.
fn bits(address: Ipv6Addr, first: u32, count: u32) -> u32 {
    let shifted = address.to_bits() << first >> (128 - count);
    u32::try_from(shifted).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddrV6;

    /// Every way to spell an IPv4 address within IPv6.
    fn spellings(address: Ipv4Addr) -> Vec<(&'static str, Ipv6Addr)> {
        let [a, b, c, d] = address.octets().map(u16::from);
        let (high, low) = (a << 8 | b, c << 8 | d);
        let v6 = Ipv6Addr::new;
        vec![
            ("compatible", v6(0, 0, 0, 0, 0, 0, high, low)),
            ("mapped", v6(0, 0, 0, 0, 0, 0xffff, high, low)),
            ("translated", v6(0, 0, 0, 0, 0xffff, 0, high, low)),
            ("NAT64", v6(0x64, 0xff9b, 0, 0, 0, 0, high, low)),
            ("NAT64 local /48", v6(0x64, 0xff9b, 1, high, c, d << 8, 0, 0)),
            ("NAT64 local /56", v6(0x64, 0xff9b, 1, 0x1200 | a, b, low, 0, 0)),
            ("NAT64 local /64", v6(0x64, 0xff9b, 1, 0x1234, a, b << 8 | c, d << 8, 0)),
            ("NAT64 local /96", v6(0x64, 0xff9b, 1, 0x1234, 0, 0, high, low)),
            ("6to4", v6(0x2002, high, low, 1, 0, 0, 0, 1)),
            ("Teredo server", v6(0x2001, 0, high, low, 0, 0, !0x1401, !0x0203)),
            ("Teredo client", v6(0x2001, 0, 0x1401, 0x0203, 0, 0, !high, !low)),
            ("ISATAP", v6(0x2001, 0xdb8, 0, 0, 0, 0x5efe, high, low)),
            ("ISATAP universal", v6(0x2001, 0xdb8, 0, 0, 0x200, 0x5efe, high, low)),
        ]
    }

    #[test]
    fn addresses_of_the_machine_and_its_link_are_local() {
        for local in [
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "239.255.255.255",
            "255.255.255.255",
            "100.100.100.200",
            "168.63.129.16",
            "::1",
            "::",
            "fe80::1",
            "febf::1",
            "ff02::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "::127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::127.0.0.1",
            "2002:7f00:1::",
        ] {
            assert!(is_local(local.parse().unwrap()), "{local}");
        }
        for other in [
            "10.0.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "100.64.0.1",
            "20.1.2.3",
            "126.255.255.255",
            "128.0.0.1",
            "240.0.0.1",
            "2603:1030::1",
            "fd12::1",
            "fec0::1",
            "64:ff9b:2::7f00:1",
            "2001:1::7f00:1",
            "2003:7f00:1::",
            "2001:db8::5eff:7f00:1",
        ] {
            assert!(!is_local(other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn what_ipv6_carries_is_judged_like_ipv4() {
        for local in
            ["127.0.0.1", "127.1.2.3", "169.254.169.254", "0.1.2.3", "224.0.0.1", "255.255.255.255", "168.63.129.16"]
        {
            for (way, spelling) in spellings(local.parse().unwrap()) {
                assert!(is_local(spelling.into()), "{local} as {way}: {spelling}");
            }
        }
        for other in ["20.1.2.3", "10.0.0.1", "192.168.1.1", "52.239.1.2"] {
            // NAT64 for local use can be read in several ways, and one that is local is enough.
            let clear = |(way, _): &(&str, _)| other == "20.1.2.3" || !way.contains("local /");
            for (way, spelling) in spellings(other.parse().unwrap()).into_iter().filter(clear) {
                assert!(!is_local(spelling.into()), "{other} as {way}: {spelling}");
            }
        }
    }

    #[test]
    fn an_address_with_a_scope_is_one_of_the_link() {
        let socket = |scope: u32| SocketAddr::V6(SocketAddrV6::new("2603:1030::1".parse().unwrap(), 443, 0, scope));
        assert!(is_local_socket(&socket(2)) && !is_local_socket(&socket(0)));
    }
}
