//! What is true of the tenant in a period, without the words of any API and without the code of any collector.

use serde::Serialize;

/// One asset or one relation. A collector that read everything has seen all of these and nothing else.
///
/// Texts are as the service writes them in its rows (names of products in lower case, CVE ids in upper case).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A device that `/api/machines` lists.
    Device {
        /// 40 hexadecimal digits.
        id: String,
    },
    /// A device record that lives on as another.
    MergedInto {
        /// The record that was merged.
        device: String,
        /// The record that goes on.
        into: String,
    },
    /// A device has an address. Loopback addresses are no facts.
    Address {
        /// The device.
        device: String,
        /// The address as the row has it.
        address: String,
    },
    /// A device is in a device group.
    InGroup {
        /// The device.
        device: String,
        /// Name of the group.
        group: String,
    },
    /// An account was seen on a device.
    LoggedOn {
        /// The device.
        device: String,
        /// Security identifier; none where the row has none.
        sid: Option<String>,
        /// `domain\account`.
        account: String,
    },
    /// A version of a product is on a device.
    Installed {
        /// The device.
        device: String,
        /// Vendor of the product.
        vendor: String,
        /// Name of the product.
        name: String,
        /// Version.
        version: String,
    },
    /// A weakness of a version of a product on a device.
    Finding {
        /// The device.
        device: String,
        /// Vendor of the product.
        vendor: String,
        /// Name of the product.
        name: String,
        /// Version.
        version: String,
        /// `CVE-…` or `TVM-…`.
        cve: String,
    },
    /// A recommendation to the tenant.
    Recommendation {
        /// `va-_-vendor-_-product` or `sca-_-scid-N`.
        id: String,
    },
    /// A recommendation concerns a device.
    Recommended {
        /// The device.
        device: String,
        /// The recommendation.
        id: String,
    },
}
