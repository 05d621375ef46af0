//! Links with a shared access signature: whoever has one may read the file until it expires.

use super::part::{Part, parts};
use crate::api::{Partition, time};
use crate::draw::Draw;
use crate::period::Period;
use crate::service::error::ApiError;
use crate::service::page::{Call, DEFENDER_JSON};
use crate::service::reply::Reply;
use crate::service::uuid::uuid;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::StatusCode;
use ring::hmac;
use serde_json::json;
use std::time::Duration;

/// Version of the storage service in links.
pub(in crate::service) const VERSION: &str = "2022-11-02";

/// Longest life of a link, in hours. Microsoft's pages on certificates and antivirus still print 24.
const MOST_HOURS: u64 = 6;

/// Signs links and knows its own again.
pub(in crate::service) struct Keys {
    key: hmac::Key,
    names: Draw,
}

impl Keys {
    /// The keys of a storage account.
    pub(in crate::service) fn new(draw: Draw) -> Self {
        let key: Vec<u8> = (0..4).flat_map(|part| draw.nth(part).bits().to_be_bytes()).collect();
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &key), names: draw.at("names") }
    }

    /// The signature of a path and its last moment.
    pub(super) fn sign(&self, path: &str, expiry: &str) -> String {
        BASE64.encode(hmac::sign(&self.key, format!("{path}\n{expiry}").as_bytes()))
    }

    /// Path of a file. The name says its number; the rest of it is as good as random.
    pub(super) fn path(&self, export: &str, period: Period, number: usize, part: Part) -> String {
        let folder = time::folder(period.start());
        let name = self.names.at(export).nth(u64::from(period.0)).nth(number as u64);
        let group = match part {
            Part::Group(id) => format!("_RbacGroupId={id}/"),
            Part::Devices { .. } => String::new(),
        };
        format!("/tvm-export/{export}/{folder}json/{group}part-{number:05}-{}.c000.json.gz", uuid(name))
    }
}

/// The list of an export's files.
pub(in crate::service) fn links(call: &Call<'_>, keys: &Keys, partition: Partition) -> Result<Reply, ApiError> {
    let hours = match call.request.parameter("sasValidHours").map(|text| text.trim().parse::<u64>()) {
        None => 1,
        Some(Ok(hours)) if (1..=MOST_HOURS).contains(&hours) => hours,
        Some(_) => {
            return Err(ApiError::bad_request(format!("'sasValidHours' has to lie between 1 and {MOST_HOURS}.")));
        }
    };
    let segments = call.request.segments();
    let export = segments.last().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
    let expiry = time::iso(call.now + Duration::from_secs(hours * 3600));
    let links: Vec<String> = parts(call.tenant, call.terms, partition, call.period)
        .into_iter()
        .enumerate()
        .map(|(number, part)| {
            let path = keys.path(&export, call.period, number, part);
            let mut query = form_urlencoded::Serializer::new(String::new());
            let start = time::iso(call.now);
            query.append_pair("sv", VERSION).append_pair("st", &start).append_pair("se", &expiry);
            query.append_pair("sr", "b").append_pair("sp", "r");
            // Signed with a key that a service principal was given for as long as the link lives: what an expired link is
            // answered with in the field names that key.
            let principal = uuid(keys.names.at("principal"));
            query.append_pair("skoid", &principal).append_pair("sktid", &call.tenant.id());
            query.append_pair("skt", &start).append_pair("ske", &expiry);
            query.append_pair("sks", "b").append_pair("skv", VERSION);
            query.append_pair("sig", &keys.sign(&path, &expiry));
            format!("{}{path}?{}", call.request.blob_origin, query.finish())
        })
        .collect();
    let context =
        format!("{}/api/$metadata#microsoft.windowsDefenderATP.api.ExportFilesResponse", call.request.origin());
    let body = json!({
        "@odata.context": context,
        "exportFiles": links,
        "generatedTime": time::iso(call.period.start()),
    });
    Ok(Reply::bytes(StatusCode::OK, DEFENDER_JSON, body.to_string().into_bytes()))
}
