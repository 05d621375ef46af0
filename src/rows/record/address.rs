//! Network addresses as Defender lists them, brought to one spelling.
//!
//! The rule: every address is kept and labelled; only loopback, unspecified addresses and placeholders are dropped.
//! Which addresses are good for joining devices is for the receiver to decide.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far an address reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// 127/8, `::1`, and their IPv4-mapped forms.
    Loopback,
    /// `0.0.0.0` and `::`.
    Unspecified,
    /// 169.254/16 (APIPA) and fe80::/10.
    LinkLocal,
    /// RFC 1918, and unique local IPv6 (fc00::/7).
    Private,
    /// Everything else.
    Global,
}

impl Scope {
    /// The label in events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Unspecified => "unspecified",
            Self::LinkLocal => "link_local",
            Self::Private => "private",
            Self::Global => "global",
        }
    }

    /// Whether an address of this scope is kept.
    #[must_use]
    pub fn is_kept(self) -> bool {
        !matches!(self, Self::Loopback | Self::Unspecified)
    }
}

/// Reads an address without prefix length. An IPv6 zone (`fe80::1%eth0`) names an interface of the machine that
/// reported it and is cut off.
#[must_use]
#[inline(never)]
pub fn parse_ip(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    match text.split_once('%') {
        Some((address, _zone)) => address.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => text.parse().ok(),
    }
}

/// The scope of an address. An IPv4-mapped IPv6 address has that of the IPv4 address inside.
#[must_use]
pub fn scope(address: IpAddr) -> Scope {
    match address {
        IpAddr::V4(v4) => scope_v4(v4),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(|| scope_v6(v6), scope_v4),
    }
}

fn scope_v4(address: Ipv4Addr) -> Scope {
    match address {
        _ if address.is_loopback() => Scope::Loopback,
        _ if address.is_unspecified() => Scope::Unspecified,
        _ if address.is_link_local() => Scope::LinkLocal,
        _ if address.is_private() => Scope::Private,
        _ => Scope::Global,
    }
}

fn scope_v6(address: Ipv6Addr) -> Scope {
    match address {
        _ if address.is_loopback() => Scope::Loopback,
        _ if address.is_unspecified() => Scope::Unspecified,
        _ if address.is_unicast_link_local() => Scope::LinkLocal,
        _ if address.is_unique_local() => Scope::Private,
        _ => Scope::Global,
    }
}

/// What a `macAddress` member holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mac {
    /// An EUI-48 in upper case with colons, as the OCSF type `mac_t` wants it.
    Eui48(String),
    /// All zeros: the placeholder of loopback interfaces.
    Placeholder,
    /// Something longer or else: tunnel interfaces report 16 digits.
    Other,
}

/// Reads a MAC address of 12 hexadecimal digits, bare, in pairs with `:` or `-`, or in fours with `.`.
#[must_use]
#[inline(never)]
pub fn parse_mac(text: &str) -> Mac {
    let mut digits = [0_u8; 12];
    let mut count = 0;
    for byte in text.trim().bytes() {
        match byte {
            b':' | b'-' | b'.' => continue,
            _ if byte.is_ascii_hexdigit() && count < digits.len() => digits[count] = byte.to_ascii_uppercase(),
            b'0' => {}
            _ => return Mac::Other,
        }
        count += 1;
    }
    if count > 0 && digits[..count.min(12)].iter().all(|digit| *digit == b'0') {
        return Mac::Placeholder;
    }
    if count != digits.len() {
        return Mac::Other;
    }
    let mut mac = String::with_capacity(17);
    for (index, digit) in digits.iter().enumerate() {
        if index > 0 && index % 2 == 0 {
            mac.push(':');
        }
        mac.push(char::from(*digit));
    }
    Mac::Eui48(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_labelled() {
        for (text, expected) in [
            ("127.0.0.1", Scope::Loopback),
            ("127.9.9.9", Scope::Loopback),
            ("::1", Scope::Loopback),
            ("::ffff:127.0.0.1", Scope::Loopback),
            ("0.0.0.0", Scope::Unspecified),
            ("::", Scope::Unspecified),
            ("169.254.1.2", Scope::LinkLocal),
            ("fe80::1%12", Scope::LinkLocal),
            ("10.1.2.3", Scope::Private),
            ("172.17.0.1", Scope::Private),
            ("fd00::1", Scope::Private),
            ("203.0.113.7", Scope::Global),
            ("2001:db8::140", Scope::Global),
        ] {
            assert_eq!(scope(parse_ip(text).unwrap()), expected, "{text}");
        }
        assert!(!Scope::Loopback.is_kept() && Scope::LinkLocal.is_kept());
    }

    #[test]
    fn one_spelling_for_one_address() {
        for (text, expected) in [
            (" 10.0.0.4 ", "10.0.0.4"),
            ("2001:0DB8:0:0::0140", "2001:db8::140"),
            ("FE80::20D:3AFF:FE9A:BB3A%eth0", "fe80::20d:3aff:fe9a:bb3a"),
            ("::FFFF:10.0.0.1", "::ffff:10.0.0.1"),
        ] {
            assert_eq!(parse_ip(text).unwrap().to_string(), expected);
        }
        for text in ["", "10.0.0", "10.0.0.4/24", "10.0.0.4%1", "host", "::g"] {
            assert_eq!(parse_ip(text), None, "{text}");
        }
    }

    #[test]
    fn macs_get_colons() {
        for text in ["000d3a9abb3a", "00-0D-3A-9A-BB-3A", "00:0d:3a:9a:bb:3a", "000d.3a9a.BB3A"] {
            assert_eq!(parse_mac(text), Mac::Eui48("00:0D:3A:9A:BB:3A".into()), "{text}");
        }
        assert_eq!(parse_mac("0242F5BBD085"), Mac::Eui48("02:42:F5:BB:D0:85".into()));
        for text in ["000000000000", "00-00-00-00-00-00", "0000000000000000"] {
            assert_eq!(parse_mac(text), Mac::Placeholder, "{text}");
        }
        for text in ["", "00000000000000E0", "0123456789ABCDEF", "001122AABBCG", "0011", "none", "é"] {
            assert_eq!(parse_mac(text), Mac::Other, "{text}");
        }
    }
}
