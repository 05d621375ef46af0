//! `baselineComplianceAssessmentByMachine`: how devices compare with the profiles that the tenant has made; and those
//! profiles and their settings. Values and sources are lists, though the documentation calls them strings.

use super::collection::{Collection, Query, Rows};
use super::device::{UNASSIGNED, write_device};
use super::each::Each;
use super::json::Object;
use super::time::iso;
use super::walk::Items;
use crate::draw::Draw;
use crate::model::{Device, Family, Moment, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// Every setting of a profile on every device that the profile is for.
pub const BASELINES: Collection =
    Collection { context: "Collection(microsoft.windowsDefenderATP.api.AssetBaselineAssessment)", open };

/// Profiles.
pub const BASELINE_PROFILES: Collection = Collection { context: "BaselineProfiles", open: profiles };

/// Settings that a profile can have.
pub const BASELINE_CONFIGURATIONS: Collection = Collection { context: "BaselineConfigurations", open: configurations };

struct Profile {
    name: &'static str,
    family: Family,
    system: &'static str,
    /// Every setting up to this one.
    settings: usize,
}

const PROFILES: [Profile; 2] = [
    Profile { name: "Workstations, level 1", family: Family::Windows, system: "Windows 11", settings: 5 },
    Profile { name: "Server \"hardening\"", family: Family::Server, system: "Windows Server 2022", settings: 3 },
];

struct Setting {
    id: &'static str,
    name: &'static str,
    category: &'static str,
    wanted: &'static str,
    found: &'static str,
    registry: &'static str,
}

const fn setting(
    (id, name, category): (&'static str, &'static str, &'static str),
    (wanted, found): (&'static str, &'static str),
    registry: &'static str,
) -> Setting {
    Setting { id, name, category, wanted, found, registry }
}

const SETTINGS: [Setting; 5] = [
    setting(("1.1.1", "Enforce password history", "Account policies"), ("24 or more", "5"), r"hive\password\history"),
    setting(("2.3.7", "Do not show the last user", "Local policies"), ("Enabled", "Disabled"), r"hive\logon\last"),
    setting(("9.1.1", "Firewall of the domain profile", "Firewall"), ("On", "Off"), r"hive\firewall\domain"),
    setting(("18.4.2", "Old SMB client \"v1\"", "Templates"), ("Disabled", "Enabled"), r"hive\smb\v1"),
    setting(("18.9.5", "Virtualisation-based security", "Templates"), ("Enabled", ""), r"hive\vbs"),
];

fn profile_id(tenant: &Tenant, place: usize) -> String {
    tenant.root().at("baseline").nth(place as u64).guid()
}

/// What is read of the device that is compared.
#[derive(Clone, Copy)]
struct Comparison {
    device: u32,
    profile: usize,
    setting: usize,
}

fn draw(device: &Device<'_>, setting: usize) -> Draw {
    device.draw().at("baseline").nth(setting as u64)
}

/// Whether a setting means anything on a device, and whether it is as it should be. Half of what is wrong is put right
/// some day.
fn compare(device: &Device<'_>, setting: usize, period: Period) -> (bool, bool) {
    let draw = draw(device, setting);
    let is_applicable = !draw.at("elsewhere").chance(80);
    let is_wrong = draw.at("wrong").chance(350);
    let is_repaired = draw.at("repaired").chance(500) && draw.at("day").between(1, 200) <= device.life().known(period);
    (is_applicable, !is_applicable || !is_wrong || is_repaired)
}

fn is_for(profile: &Profile, device: &Device<'_>, period: Period) -> bool {
    device.family() == profile.family && device.is_reporting(period)
}

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period, list: &mut Vec<Comparison>| {
        let device = tenant.device(index);
        for (place, profile) in PROFILES.iter().enumerate().filter(|(_, profile)| is_for(profile, &device, period)) {
            list.extend((0..profile.settings).map(|setting| Comparison { device: index, profile: place, setting }));
        }
    };
    Each::of_device(tenant, query, load, write)
}

fn write(tenant: &Tenant, period: Period, row: &Comparison, out: &mut Vec<u8>) {
    let device = tenant.device(row.device);
    let (place, profile) = (row.setting, profile_id(tenant, row.profile));
    let setting = &SETTINGS[place];
    let (is_applicable, is_compliant) = compare(&device, place, period);
    let seen = device.last_seen(period);
    let mut row = Object::open(out);
    row.text("id", &format!("{}_{profile}_{}", device.id(), setting.id));
    row.text("configurationId", setting.id);
    row.text("profileId", &profile);
    write_device(&mut row, &device, period, UNASSIGNED);
    row.text("osVersion", device.release().full);
    row.flag("isApplicable", is_applicable);
    row.flag("isCompliant", is_compliant);
    if !draw(&device, place).at("untimed").chance(150) {
        iso(row.name("dataCollectionTimeOffset"), seen);
    }
    iso(row.name("complianceCalculationTimeOffset"), seen.after(3600));
    row.texts("recommendedValue", [setting.wanted]);
    let current = if is_compliant { setting.wanted } else { setting.found };
    row.texts("currentValue", (is_applicable && !current.is_empty()).then_some(current));
    row.texts("source", [setting.registry]);
    row.close();
}

fn profiles(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    Items::open(tenant, query, (0..PROFILES.len()).collect(), |tenant, period, place, out| {
        let profile = &PROFILES[*place];
        let of_profile = || tenant.devices(period).filter(|device| is_for(profile, device, period));
        let has_passed = |device: &Device<'_>| (0..profile.settings).all(|setting| compare(device, setting, period).1);
        let made = Moment::start_of(-300 - *place as i64);
        let mut row = Object::open(out);
        row.text("id", &profile_id(tenant, *place));
        row.text("name", profile.name);
        row.text("description", "");
        row.text("benchmark", "CIS");
        row.text("version", "2.0.0");
        row.text("operatingSystem", profile.system);
        row.text("operatingSystemVersion", "All");
        row.text("status", "Enabled");
        row.text("complianceLevel", "Level 1");
        row.number("settingsNumber", profile.settings as u64);
        row.text("createdBy", "analyst1@corp.example");
        row.text("lastUpdatedBy", "analyst1@corp.example");
        iso(row.name("createdOnTimeOffset"), made);
        iso(row.name("lastUpdateTimeOffset"), made.after(7200));
        row.number("passedDevices", of_profile().filter(has_passed).count() as u64);
        row.number("totalDevices", of_profile().count() as u64);
        row.close();
    })
}

fn configurations(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    Items::open(tenant, query, (0..SETTINGS.len()).collect(), |_, _, place, out| {
        let setting = &SETTINGS[*place];
        let mut row = Object::open(out);
        row.text("id", setting.id);
        row.text("uniqueId", &format!("CIS_2.0.0_{}", setting.id));
        row.text("benchmarkName", "CIS");
        row.text("benchmarkVersion", "2.0.0");
        row.text("name", setting.name);
        row.text("description", setting.name);
        row.text("category", setting.category);
        row.texts("complianceLevels", ["Level 1", "Level 2"]);
        row.text("cce", "");
        row.text("rationale", "");
        row.texts("source", [setting.registry]);
        row.texts("recommendedValue", [setting.wanted]);
        row.text("remediation", "Set it by policy.");
        row.flag("isCustom", false);
        row.close();
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::{query, read, tenant};
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn comparisons_join_profiles_settings_and_devices() {
        let (mut rows, mut untimed, mut passed) = (0, 0, 0);
        for seed in 0..5 {
            let tenant = tenant(seed);
            let period = Period(44);
            let ids = |collection| -> BTreeSet<String> {
                let rows = read(&tenant, collection, query(period, ""));
                rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
            };
            let (profiles, settings) = (ids(BASELINE_PROFILES), ids(BASELINE_CONFIGURATIONS));
            let mut devices: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
            let mut seen = BTreeSet::new();
            for row in read(&tenant, BASELINES, query(period, "")) {
                let [profile, setting, device] =
                    ["profileId", "configurationId", "deviceId"].map(|name| row[name].as_str().unwrap().to_owned());
                assert!(profiles.contains(&profile) && settings.contains(&setting));
                assert!(tenant.device_by_id(&device, period).is_some_and(|device| device.is_reporting(period)));
                assert_eq!(row["id"], format!("{device}_{profile}_{setting}"));
                assert!(seen.insert(row["id"].to_string()));
                assert!(row["recommendedValue"].is_array() && row["currentValue"].is_array());
                *devices.entry(profile).or_default().entry(device).or_insert(true) &= row["isCompliant"] == true;
                untimed += usize::from(row.get("dataCollectionTimeOffset").is_none());
                rows += 1;
            }
            for row in read(&tenant, BASELINE_PROFILES, query(period, "")) {
                let of_profile = devices.remove(row["id"].as_str().unwrap()).unwrap_or_default();
                assert_eq!(row["totalDevices"], of_profile.len());
                assert_eq!(row["passedDevices"], of_profile.values().filter(|passed| **passed).count());
                passed += of_profile.values().filter(|passed| **passed).count();
            }
        }
        assert!(rows > 100 && untimed > 0 && passed > 0, "{rows} {untimed} {passed}");
    }
}
