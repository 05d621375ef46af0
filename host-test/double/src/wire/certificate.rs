//! `certificateAssessmentByMachine`: names on the wire differ from those of the documentation, unknown dates are in the
//! year 1, objects and lists may be null.

use super::collection::{Collection, Query, Rows};
use super::device::{UNASSIGNED, write_device};
use super::each::Each;
use super::json::Object;
use super::time::iso;
use crate::draw::Draw;
use crate::model::{Device, Moment, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// Certificates on all devices.
pub const CERTIFICATES: Collection =
    Collection { context: "Collection(microsoft.windowsDefenderATP.api.AssetCertificate)", open };

/// A certificate in a store of a device.
struct Certificate {
    device: u32,
    place: u64,
}

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    Each::of_device(tenant, query, load, write)
}

fn draw(device: &Device<'_>, place: u64) -> Draw {
    device.draw().at("certificate").nth(place)
}

fn issued(draw: Draw) -> i64 {
    draw.at("issued").between(-1400, 100)
}

fn load(tenant: &Tenant, index: u32, period: Period, list: &mut Vec<Certificate>) {
    let device = tenant.device(index);
    if !device.is_reporting(period) || !device.family().is_windows() {
        return;
    }
    let places = device.draw().at("certificates").below(6);
    let known = device.life().known(period);
    let there = (0..places).filter(|place| issued(draw(&device, *place)) <= known);
    list.extend(there.map(|place| Certificate { device: index, place }));
}

fn write(tenant: &Tenant, period: Period, certificate: &Certificate, out: &mut Vec<u8>) {
    let device = tenant.device(certificate.device);
    let draw = draw(&device, certificate.place);
    let is_self_signed = draw.at("self").chance(300);
    let host = device.name().unwrap_or_default();
    let issued = Moment::start_of(issued(draw));
    let mut row = Object::open(out);
    write_device(&mut row, &device, period, UNASSIGNED);
    row.text(
        "thumbprint",
        &format!("{:016x}{:016x}{:08x}", draw.nth(0).bits(), draw.nth(1).bits(), draw.nth(2).bits() as u32),
    );
    row.text("path", r"LocalMachine\My");
    row.flag("isSelfSigned", is_self_signed);
    match draw.at("dates").chance(60) {
        true => {
            row.text("notBefore", "0001-01-01T00:00:00Z");
            row.text("notAfter", "0001-01-01T00:00:00Z");
        }
        false => {
            iso(row.name("notBefore"), issued);
            iso(row.name("notAfter"), issued.after(draw.at("days").between(90, 1100) * 86_400));
        }
    }
    row.text("signatureAlgorithm", draw.at("algorithm").one(&["sha256RSA", "sha384ECDSA", "sha1RSA"]));
    row.number("keyLength", draw.at("length").one(&[2048_u32, 4096, 1024, 256]));
    row.text("serialNumber", &format!("{:016x}", draw.at("serial").bits()));
    let party = |row: &mut Object<'_>, name: &str, common: &str| {
        row.object(name, |party| {
            party.text("commonName", common);
            party.nulls(&["countryName", "localityName", "stateOrProvinceName"]);
            party.text("organizationName", "Example Works \"PKI\"");
        });
    };
    match draw.at("subject").chance(80) {
        true => row.null("subjectObject"),
        false => party(&mut row, "subjectObject", &host),
    }
    party(&mut row, "issuerObject", if is_self_signed { &host } else { "Example Works Issuing CA 2" });
    match draw.at("usage").chance(200) {
        true => row.nulls(&["keyUsageArray", "extendedKeyUsageArray"]),
        false => {
            row.texts("keyUsageArray", ["Digital Signature", "Key Encipherment"]);
            row.texts("extendedKeyUsageArray", ["Server Authentication", "Client Authentication"]);
        }
    }
    row.texts("subjectAlternativeNames", (!host.is_empty()).then_some(host.as_str()));
    row.close();
}
