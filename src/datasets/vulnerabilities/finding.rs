//! The OCSF body of a vulnerability finding, whichever way it was read.

use std::borrow::Cow;

use defender_rows::event::{Draft, JsonWriter};
use defender_rows::record::{DeviceFacts, Number};

use crate::datasets::mapping::MapScope;
use crate::ocsf::architecture::Architecture;
use crate::ocsf::package::Package;
use crate::ocsf::word::{CVE_STATUS, SEVERITY, severity_of_score};
use crate::ocsf::{self, Source, class, cvss, device, finding, platform, portal};

/// An identifier as the CVE programme writes it, if it is one of its; others keep their letters.
pub(super) fn canonical_cve(cve: Cow<'_, str>) -> Cow<'_, str> {
    if !cve.bytes().any(|b| b.is_ascii_lowercase()) {
        return cve;
    }
    let is_cve = cve.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("CVE-"))
        && cve.bytes().skip(4).all(|b| b.is_ascii_digit() || b == b'-');
    if is_cve { cve.to_ascii_uppercase().into() } else { cve }
}

/// What happened to a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Happened {
    /// It was found.
    #[default]
    New,
    /// It is judged differently, or was found elsewhere on the device.
    Updated,
    /// It is gone.
    Fixed,
}

impl Happened {
    /// The words of the service.
    pub(super) const WORDS: [(&'static str, Self); 3] =
        [("New", Self::New), ("Updated", Self::Updated), ("Fixed", Self::Fixed)];
}

/// What is known about one CVE on one device.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Finding<'a> {
    /// `finding_info.uid`, in pieces.
    pub(super) uid: &'a [&'a str],
    /// CVE or Defender's own identifier of a weakness.
    pub(super) cve: &'a str,
    /// A title other than the identifier.
    pub(super) title: Option<&'a str>,
    /// Description: free text from elsewhere.
    pub(super) description: Option<&'a str>,
    /// Defender's severity word.
    pub(super) severity: Option<&'a str>,
    /// CVSS score, 0 to 10.
    pub(super) score: Option<Number<'a>>,
    /// CVSS vector.
    pub(super) vector: Option<&'a str>,
    /// EPSS probability, 0 to 1.
    pub(super) epss: Option<Number<'a>>,
    /// When the CVE was published and last changed, milliseconds since the epoch.
    pub(super) published: Option<i64>,
    /// See `published`.
    pub(super) updated: Option<i64>,
    /// Addresses with more about the CVE.
    pub(super) references: &'a [Cow<'a, str>],
    /// Whether an exploit exists.
    pub(super) is_exploit_available: Option<bool>,
    /// Kinds of exploits.
    pub(super) exploit_types: Option<&'a str>,
    /// Address of an exploit.
    pub(super) exploit_uri: Option<&'a str>,
    /// Whether a security update exists.
    pub(super) is_fix_available: Option<bool>,
    /// When it was first seen, milliseconds since the epoch.
    pub(super) first_seen: Option<i64>,
    /// Whether `first_seen` is about this finding, not about any in the tenant.
    pub(super) is_first_seen_here: bool,
    /// When it was last seen, milliseconds since the epoch.
    pub(super) last_seen: Option<i64>,
    /// The affected product version.
    pub(super) package: Option<Package<'a>>,
    /// Where it is installed.
    pub(super) path: Option<&'a str>,
    /// The recommended update.
    pub(super) fix: Fix<'a>,
    /// What happened to it.
    pub(super) happened: Happened,
    /// When that happened, if it is known, milliseconds since the epoch.
    pub(super) changed_at: Option<i64>,
    /// Defender's word for whether anything is to be done about the CVE.
    pub(super) status: Option<&'a str>,
}

/// A security update.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fix<'a> {
    /// `recommendedSecurityUpdate`.
    pub(super) title: Option<&'a str>,
    /// `recommendedSecurityUpdateId`: the digits of a KB number, or an advisory.
    pub(super) id: Option<&'a str>,
    /// `recommendedSecurityUpdateUrl`.
    pub(super) url: Option<&'a str>,
}

impl Finding<'_> {
    /// When it was as described, if the record says so.
    pub(super) fn time(&self) -> Option<i64> {
        self.changed_at.or(self.last_seen)
    }

    /// Queues the event, of a device if it is on one. `unmapped` writes the members of `unmapped`.
    pub(super) fn emit(
        &self,
        scope: &mut MapScope<'_>,
        draft: Draft,
        source: &Source<'_>,
        device: Option<&DeviceFacts<'_>>,
        architecture: &Architecture<'_>,
        unmapped: impl FnOnce(&mut JsonWriter),
    ) {
        let tolerated = &mut *scope.tolerated;
        let platform = platform::platform(device.and_then(|device| device.os_platform), tolerated);
        let severity = match (self.severity, self.score) {
            (None, Some(score)) => Some(severity_of_score(Some(score))),
            (word, _) => SEVERITY.term(word, tolerated),
        };
        let (description, is_cut) = self.description.map_or((None, false), |text| {
            let (text, is_cut) = finding::bounded(text);
            (Some(text), is_cut)
        });
        if is_cut {
            tolerated.count("text_cut");
        }
        let release = scope.events.ocsf_version();
        let time = self.time().unwrap_or(scope.events.collected_ms());
        let event_type = match self.happened {
            Happened::New => class::VULNERABILITY,
            Happened::Updated => class::VULNERABILITY_UPDATED,
            Happened::Fixed => class::VULNERABILITY_CLOSED,
        };
        let status = CVE_STATUS.term(self.status, tolerated);
        let seen = &mut *scope.seen;
        ocsf::emit_sealed(scope.events, draft, &event_type, source, |out, seal| {
            if let Some(severity) = &severity {
                severity.write(out, "severity_id", "severity");
            }
            ocsf::time(out, time);
            let mut sentence = self.pieces();
            if let Some(device) = device {
                sentence.extend([" on ", device.hostname.unwrap_or(device.id)]);
            }
            ocsf::message(out, &sentence);
            match &status {
                Some(status) if self.happened != Happened::Fixed => status.write(out, "status_id", "status"),
                _ => out.members(r#""status_id":4,"status":"Resolved""#),
            }
            if let Some(device) = device {
                let (number, name) = architecture.told_apart();
                let of = device.texts_and(name);
                seen.device.write(out, of, number, |out| device::short(out, device, platform.as_ref(), architecture));
            }
            out.object_member("finding_info", |out| {
                out.name("uid");
                out.pieces(self.uid);
                out.name("title");
                out.pieces(&self.pieces());
                out.members(r#""types":["Vulnerability"]"#);
                finding::origin(out);
                out.optional_integer("first_seen_time", self.first_seen.filter(|_| self.is_first_seen_here));
                out.optional_integer("last_seen_time", self.last_seen);
                portal::cve(out, seal.stamp.portal, self.cve, &seal.stamp.tenant);
            });
            if let Some(device) = device {
                let of = device.texts_and(Some(release.as_str()));
                seen.resource.write(out, of, 0, |out| finding::affected_device(out, release, device));
            }
            out.array_member("vulnerabilities", |out| out.object(|out| self.vulnerability(out, description)));
            if let (Some(severity), Some(_)) = (&severity, self.severity) {
                out.object_member("vendor_attributes", |out| severity.write(out, "severity_id", "severity"));
            }
            out.object_member("unmapped", unmapped);
        });
    }

    /// The finding in words: which weakness in which product.
    fn pieces(&self) -> Vec<&str> {
        let mut pieces = Vec::with_capacity(9);
        pieces.push(self.cve);
        if let Some(package) = self.package {
            pieces.push(" in ");
            if let Some(vendor) = package.vendor {
                pieces.extend([vendor, " "]);
            }
            pieces.push(package.name);
            if let Some(version) = package.version {
                pieces.extend([" ", version]);
            }
        }
        pieces
    }

    fn vulnerability(&self, out: &mut JsonWriter, description: Option<&str>) {
        out.text_member("title", self.title.unwrap_or(self.cve));
        out.optional_text("desc", description);
        out.optional_text("severity", self.severity);
        out.optional_text("vendor_name", self.package.and_then(|package| package.vendor));
        if let Some(exists) = self.is_exploit_available {
            out.flag_member("is_exploit_available", exists);
        }
        out.optional_text("exploit_type", self.exploit_types);
        out.optional_text("exploit_ref_url", self.exploit_uri);
        if let Some(exists) = self.is_fix_available {
            out.flag_member("is_fix_available", exists);
            let (id, name) = if exists { (1, "Complete") } else { (3, "None") };
            out.integer_member("fix_coverage_id", id);
            out.text_member("fix_coverage", name);
        }
        out.optional_integer("first_seen_time", self.first_seen);
        out.optional_integer("last_seen_time", self.last_seen);
        out.object_member("cve", |out| {
            out.text_member("uid", self.cve);
            out.optional_integer("created_time", self.published);
            out.optional_integer("modified_time", self.updated);
            if !self.references.is_empty() {
                out.array_member("references", |out| self.references.iter().for_each(|address| out.text(address)));
            }
            if let Some(score) = self.score {
                cvss::write(out, score, self.vector, self.severity);
            }
            if let Some(epss) = self.epss {
                // The schema wants a decimal string.
                out.object_member("epss", |out| out.text_member("score", &epss.plain()));
            }
        });
        if let Some(package) = &self.package {
            out.array_member("affected_packages", |out| {
                out.object(|out| {
                    package.write(out);
                    out.optional_text("path", self.path);
                });
            });
        }
        self.fix.write(out);
    }
}

impl Fix<'_> {
    /// Writes `remediation`, if there is anything to say.
    fn write(&self, out: &mut JsonWriter) {
        let Some(desc) = self.title.or(self.id).or(self.url) else { return };
        out.object_member("remediation", |out| {
            out.text_member("desc", desc);
            out.array_member("references", |out| {
                if let Some(url) = self.url {
                    out.text(url);
                }
            });
            if self.id.is_none() && self.url.is_none() {
                return;
            }
            out.array_member("kb_article_list", |out| {
                out.object(|out| {
                    if let Some(id) = self.id {
                        let is_number = id.bytes().all(|b| b.is_ascii_digit());
                        out.name("uid");
                        out.pieces(&[if is_number { "KB" } else { "" }, id]);
                    }
                    out.optional_text("title", self.title);
                    out.optional_text("src_url", self.url);
                    out.members(r#""install_state_id":2,"install_state":"Not Installed""#);
                });
            });
        });
    }
}
