//! The OCSF body of a vulnerability finding, whichever way it was read.

use std::borrow::Cow;

use defender_rows::event::{Draft, JsonWriter};
use defender_rows::record::{DeviceFacts, Number};
use defender_rows::tally::Tolerated;

use crate::datasets::mapping::MapScope;
use crate::ocsf::architecture::Architecture;
use crate::ocsf::class::Activity;
use crate::ocsf::finding::Criticality;
use crate::ocsf::package::Package;
use crate::ocsf::word::{CVE_STATUS, SEVERITY, Term, captioned, severity_of_score};
use crate::ocsf::{self, Source, class, cvss, device, finding, observable, platform, portal};

/// An identifier as the CVE programme writes it, if it is one of its; others keep their letters.
pub(super) fn canonical_cve(cve: Cow<'_, str>) -> Cow<'_, str> {
    if !cve.bytes().any(|b| b.is_ascii_lowercase()) {
        return cve;
    }
    let is_cve = cve.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("CVE-"))
        && cve.bytes().skip(4).all(|b| b.is_ascii_digit() || b == b'-');
    if is_cve { cve.to_ascii_uppercase().into() } else { cve }
}

/// What is known about one CVE on one device.
#[derive(Clone, Copy, Debug)]
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
    /// What is known of the version of CVSS without a vector.
    pub(super) cvss: Option<&'a str>,
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
    pub(super) activity: Activity,
    /// When the finding was made, if that is known, milliseconds since the epoch.
    pub(super) created: Option<i64>,
    /// When it was changed last or closed, if that is known, milliseconds since the epoch.
    pub(super) modified: Option<i64>,
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
    /// A finding of which nothing else is known.
    pub(super) fn of(activity: Activity) -> Self {
        Self {
            uid: &[],
            cve: "",
            title: None,
            description: None,
            severity: None,
            score: None,
            cvss: None,
            vector: None,
            epss: None,
            published: None,
            updated: None,
            references: &[],
            is_exploit_available: None,
            exploit_types: None,
            exploit_uri: None,
            is_fix_available: None,
            first_seen: None,
            is_first_seen_here: false,
            last_seen: None,
            package: None,
            path: None,
            fix: Fix::default(),
            activity,
            created: None,
            modified: None,
            status: None,
        }
    }

    /// Queues the event of the finding on a device. `unmapped` writes the members of `unmapped`.
    pub(super) fn emit(
        &self,
        scope: &mut MapScope<'_>,
        draft: Draft,
        source: &Source<'_>,
        device: &DeviceFacts<'_>,
        architecture: &Architecture<'_>,
        unmapped: impl FnOnce(&mut JsonWriter),
    ) {
        let tolerated = &mut *scope.tolerated;
        let platform = platform::platform(device.os_platform, tolerated);
        let severity = self.severity(tolerated);
        let description = self.description(tolerated);
        let release = scope.events.ocsf_version();
        let event_type = class::VULNERABILITY.of(self.activity);
        let status = CVE_STATUS.term(self.status, tolerated);
        let criticality = Criticality::read(device.value, tolerated);
        let seen = &mut *scope.seen;
        ocsf::emit_sealed(scope.events, draft, event_type, source, |out, seal| {
            if let Some(severity) = &severity {
                severity.write(out, "severity_id", "severity");
            }
            let mut sentence = Vec::with_capacity(12);
            if self.activity == Activity::Close {
                sentence.push("Closed: ");
            }
            sentence.extend(self.pieces());
            sentence.extend([" on ", device.hostname.unwrap_or(device.id)]);
            ocsf::message(out, &sentence);
            match &status {
                Some(status) if self.activity != Activity::Close => status.write(out, "status_id", "status"),
                _ => out.either(r#""status_id":4,"status":"Resolved""#, r#""status_id":4"#),
            }
            let (number, name) = architecture.told_apart();
            let of = device.texts_and(name);
            seen.device.write(out, of, number, |out| {
                device::short(out, release, device, platform.as_ref(), architecture);
            });
            out.object_member("finding_info", |out| {
                out.name("uid");
                out.pieces(self.uid);
                out.name("title");
                out.pieces(&self.pieces());
                if out.is_full() {
                    out.members(r#""types":["Vulnerability"]"#);
                }
                finding::origin(out);
                // Mostly it was made when it was first seen, and it was changed at `time`.
                let is_full = out.is_full();
                out.optional_integer("created_time", self.created.filter(|_| is_full || self.first_seen.is_none()));
                out.optional_integer("modified_time", self.modified.filter(|_| is_full));
                out.optional_integer("first_seen_time", self.first_seen.filter(|_| self.is_first_seen_here));
                out.optional_integer("last_seen_time", self.last_seen);
                portal::cve(out, seal.stamp.portal, self.cve, &seal.stamp.tenant);
            });
            let of = device.texts_and(Some(release.as_str()));
            seen.resource.write(out, of, 0, |out| finding::affected_device(out, release, device, &criticality));
            out.array_member("vulnerabilities", |out| out.object(|out| self.vulnerability(out, description)));
            if let (Some(severity), Some(_), true) = (&severity, self.severity, out.is_full()) {
                out.object_member("vendor_attributes", |out| severity.write(out, "severity_id", "severity"));
            }
            if out.is_full() {
                out.array_member("observables", |out| {
                    let cve = [(observable::CVE_UID, Some(self.cve))];
                    observable::elements(out, release, &cve);
                    let of = [Some(device.id), device.hostname];
                    seen.observed.write(out, of, 0, |out| finding::observed_device(out, release, device));
                });
            }
            out.object_member("unmapped", unmapped);
        });
    }

    /// The severity that the record says, or that its score stands for.
    pub(super) fn severity(&self, tolerated: &mut Tolerated) -> Option<Term<'_>> {
        match (self.severity, self.score) {
            (None, Some(score)) => Some(severity_of_score(Some(score))),
            (word, _) => SEVERITY.term(word, tolerated),
        }
    }

    /// The description, of a bearable length.
    pub(super) fn description(&self, tolerated: &mut Tolerated) -> Option<&str> {
        let (text, is_cut) = finding::bounded(self.description?);
        if is_cut {
            tolerated.count("text_cut");
        }
        Some(text)
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

    /// Writes the members of the vulnerability.
    pub(super) fn vulnerability(&self, out: &mut JsonWriter, description: Option<&str>) {
        match self.title {
            Some(title) => out.text_member("title", title),
            None => out.repeat("title", Some(self.cve)),
        }
        out.optional_text("desc", description);
        out.repeat("severity", self.severity);
        // Who found the weakness; who made the product stands in the package.
        out.repeat("vendor_name", Some("Microsoft"));
        if let Some(exists) = self.is_exploit_available {
            out.flag_member("is_exploit_available", exists);
        }
        out.optional_text("exploit_type", self.exploit_types);
        out.optional_text("exploit_ref_url", self.exploit_uri);
        if let Some(exists) = self.is_fix_available {
            out.flag_member("is_fix_available", exists);
            if out.is_full() {
                let (id, name) = if exists { (1, "Complete") } else { (3, "None") };
                captioned(out, ("fix_coverage_id", id), ("fix_coverage", name));
            }
        }
        // What is about this finding stands in `finding_info`.
        let is_full = out.is_full();
        out.optional_integer("first_seen_time", self.first_seen.filter(|_| is_full || !self.is_first_seen_here));
        out.optional_integer("last_seen_time", self.last_seen.filter(|_| is_full));
        out.object_member("cve", |out| {
            out.text_member("uid", self.cve);
            out.optional_integer("created_time", self.published);
            out.optional_integer("modified_time", self.updated);
            if !self.references.is_empty() {
                out.array_member("references", |out| self.references.iter().for_each(|address| out.text(address)));
            }
            if let Some(score) = self.score {
                cvss::write(out, score, self.cvss, self.vector, self.severity);
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
            if let (Some(url), true) = (self.url, out.is_full()) {
                out.array_member("references", |out| out.text(url));
            }
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
                    out.repeat("title", self.title);
                    out.optional_text("src_url", self.url);
                    out.either(r#""install_state_id":2,"install_state":"Not Installed""#, r#""install_state_id":2"#);
                });
            });
        });
    }
}
