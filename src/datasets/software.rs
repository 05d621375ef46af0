//! Product versions on machines: the software inventory export.

#[cfg(test)]
mod tests;

use defender_rows::event::{Content, Draft, Format, JsonWriter, Kind, Refs, Relation};
use defender_rows::record::{DeviceFacts, DeviceFields, Record, field_table};
use defender_rows::tally::RejectReason;

use crate::catalog::DatasetName;
use crate::datasets::mapping::{MapScope, Outcome, Subject};
use crate::ocsf::architecture::Architecture;
use crate::ocsf::package::Package;
use crate::ocsf::{self, Source, class, device, platform};

const LOG_NAME: &str = "machines.software_inventory";

field_table! {
    /// Members of a row of the export. Source: "Export software inventory assessment per device".
    Field {
        DeviceId = "deviceId",
        RbacGroupId = "rbacGroupId",
        RbacGroupName = "rbacGroupName",
        DeviceName = "deviceName",
        OsPlatform = "osPlatform",
        SoftwareVendor = "softwareVendor",
        SoftwareName = "softwareName",
        SoftwareVersion = "softwareVersion",
        NumberOfWeaknesses = "numberOfWeaknesses",
        DiskPaths = "diskPaths",
        RegistryPaths = "registryPaths",
        SoftwareFirstSeenTimestamp = "softwareFirstSeenTimestamp",
        EndOfSupportStatus = "endOfSupportStatus",
        EndOfSupportDate = "endOfSupportDate",
        SoftwareTags = "softwareTags",
        ProductCategory = "productCategory",
    }
}

const DEVICE: DeviceFields<Field> = DeviceFields {
    id: Field::DeviceId,
    hostname: Field::DeviceName,
    os_platform: Field::OsPlatform,
    group_id: Some(Field::RbacGroupId),
    group_name: Field::RbacGroupName,
};

/// What the key is made of, whose letters may be of either case.
const SEALED: [Field; 4] = [Field::DeviceId, Field::SoftwareVendor, Field::SoftwareName, Field::SoftwareVersion];

/// One row of the export: a product version on a device; and the product, when it is met first.
pub(super) fn map(row: &str, _subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    let text = row;
    let row = match Record::<Field>::parse(text) {
        Ok(row) => row,
        Err(reason) => return Outcome::Rejected(reason),
    };
    let device = match DEVICE.read(&row, scope.tolerated) {
        Ok(device) => device,
        Err(reason) => return Outcome::Rejected(reason),
    };
    let facts = device.facts();
    if let Some(reason) = scope.filter.row(&facts) {
        return Outcome::Filtered(reason);
    }
    let (vendor, version) = (row.text(Field::SoftwareVendor), row.text(Field::SoftwareVersion));
    let Some(name) = row.text(Field::SoftwareName) else {
        return Outcome::Rejected(RejectReason::NoIdentity);
    };
    let package = Package { vendor: vendor.as_deref(), name: &name, version: version.as_deref() };

    let keys = scope.events.keys();
    let application = keys.application(package.vendor.unwrap_or_default(), package.name);
    let mut content = Content::default();
    row.content(&mut content, &SEALED);
    let draft = Draft {
        content,
        kind: Kind::Software,
        key: keys.software(
            facts.id,
            package.vendor.unwrap_or_default(),
            package.name,
            package.version.unwrap_or_default(),
        ),
        refs: Refs::default().with(Relation::InstalledOn, &keys.device(facts.id)).with(Relation::PartOf, &application),
    };
    if scope.seen.announce(Kind::Application, application.as_str()) {
        // The key says all of it, whichever row is the first to mention it, and however that spells it.
        let content = Content::default();
        let draft = Draft { kind: Kind::Application, key: application, refs: Refs::default(), content };
        emit_application(&package, draft, scope);
    }
    match scope.events.format() {
        Format::Ocsf => emit_ocsf(&row, &facts, &package, draft, scope),
        Format::Native => scope.events.native(draft, DatasetName::Software.as_str(), text),
    }
    row.account(scope.tolerated);
    Outcome::Emitted
}

fn emit_application(package: &Package<'_>, draft: Draft, scope: &mut MapScope<'_>) {
    let members = |out: &mut JsonWriter| {
        out.optional_text("softwareVendor", package.vendor);
        out.text_member("softwareName", package.name);
    };
    if scope.events.format() == Format::Native {
        scope.events.native_part(draft, DatasetName::Software.as_str(), members);
        return;
    }
    let source = Source { log_name: LOG_NAME, profiles: &[], original_uid: &[], moment: None };
    ocsf::emit(scope.events, draft, &class::APPLICATION, &source, |out| {
        ocsf::informational(out);
        match package.vendor {
            Some(vendor) => ocsf::message(out, &["product ", package.name, " of ", vendor]),
            None => ocsf::message(out, &["product ", package.name]),
        }
        out.object_member("unmapped", |out| out.object_member("application", members));
    });
}

fn emit_ocsf(
    row: &Record<'_, Field>,
    facts: &DeviceFacts<'_>,
    package: &Package<'_>,
    draft: Draft,
    scope: &mut MapScope<'_>,
) {
    let platform = platform::platform(facts.os_platform, scope.tolerated);
    let release = scope.events.ocsf_version();
    let source = Source { log_name: LOG_NAME, profiles: &[], original_uid: &[], moment: None };
    ocsf::emit(scope.events, draft, &class::SOFTWARE, &source, |out| {
        ocsf::informational(out);
        let vendor = package.vendor.map_or(["", ""], |vendor| [vendor, " "]);
        let version = package.version.map_or(["", ""], |version| [" ", version]);
        let device_name = facts.hostname.unwrap_or(facts.id);
        ocsf::message(out, &[vendor[0], vendor[1], package.name, version[0], version[1], " on ", device_name]);
        device::short(out, release, facts, platform.as_ref(), &Architecture::default());
        if out.is_full() {
            out.object_member("product", |out| {
                out.text_member("name", package.name);
                out.optional_text("vendor_name", package.vendor);
                out.optional_text("version", package.version);
            });
        }
        out.object_member("sbom", |out| {
            out.object_member("package", |out| package.write(out));
            // The schema wants the list, and the inventory knows no components.
            out.members(r#""software_components":[],"type_id":99,"type":"Inventory row""#);
        });
        out.object_member("unmapped", |out| row.leftovers(out));
    });
}
