//! What the events of each kind are about. What can be read off events is not here: see `page`.

/// The events of one kind that are of one class.
pub(crate) struct Form {
    /// `kind` of the envelope.
    pub(crate) kind: &'static str,
    /// `class_uid` of the body.
    pub(crate) class: u64,
    /// The heading.
    pub(crate) title: &'static str,
    /// One or two sentences.
    pub(crate) about: &'static str,
    /// The part of the key behind the tenant, in each form that there is.
    pub(crate) keys: &'static [&'static str],
}

impl Form {
    /// The name of its body in the schema.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.kind, self.class)
    }
}

/// All of them, in the order of the page.
pub(crate) const FORMS: &[Form] = &[
    Form {
        kind: "device",
        class: 5001,
        title: "Devices",
        about: "A machine that Defender manages or has discovered. A record that was merged into another is a `delete` with \
                the relation `merged_into`.",
        keys: &["device:<device>"],
    },
    Form {
        kind: "ip_address",
        class: 0,
        title: "Addresses",
        about: "An address of a device. OCSF has no class for addresses, so it is a base event about the device: \
                `device.ip` is the address, and `unmapped.ip_address` holds what else is said of it. \
                `device.network_interfaces` of the device has the same addresses.",
        keys: &["ip_address:<device>/<address>"],
    },
    Form {
        kind: "application",
        class: 0,
        title: "Applications",
        about: "A product, whatever devices have it. OCSF has no class for products without a device, so it is a base event, \
                and `unmapped.application` holds the record.",
        keys: &["application:<vendor>/<name>"],
    },
    Form {
        kind: "software",
        class: 5020,
        title: "Software on devices",
        about: "A version of a product on a device.",
        keys: &["software:<device>/<vendor>/<name>/<version>"],
    },
    Form {
        kind: "user",
        class: 5003,
        title: "Accounts",
        about: "An account, told once, or an account on a device that it logged on to.",
        keys: &["user:<account>", "user:<device>/<account>"],
    },
    Form {
        kind: "vulnerability",
        class: 2002,
        title: "Vulnerabilities",
        about: "A CVE of a product version on a device. By `per_device` the product is not known.",
        keys: &["vulnerability:<device>/<vendor>/<name>/<version>/<CVE>", "vulnerability:<device>/<CVE>"],
    },
    Form {
        kind: "vulnerability",
        class: 5021,
        title: "CVEs of the catalogue",
        about: "A CVE that concerns devices, as Defender's catalogue describes it. Comes with the dataset `cves`.",
        keys: &["vulnerability:<CVE>"],
    },
    Form {
        kind: "recommendation",
        class: 2007,
        title: "Recommendations to the tenant",
        about: "What Defender recommends, whatever devices it concerns.",
        keys: &["recommendation:<id>"],
    },
    Form {
        kind: "recommendation",
        class: 2003,
        title: "Recommendations that a device does not follow",
        about: "A device that does not follow a recommendation.",
        keys: &["recommendation:<device>/<id>"],
    },
];

/// Number of parts of the part of a key behind `mde:<tenant>:`.
pub(crate) fn parts(key: &str) -> usize {
    key.split('/').count()
}
