//! Devices of the directory: those of Defender that are joined, once for all records of a device, and telephones that
//! only their owners have registered.

use super::device::Device;
use super::hardware::Hardware;
use super::lifecycle::DAY;
use super::moment::Moment;
use super::person::Standing;
use super::platform::Family;
use super::tenant::Tenant;
use crate::draw::Draw;
use crate::period::Period;

/// A device as the directory has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryDevice {
    /// Object id, which nothing but the directory uses.
    pub object_id: String,
    /// Device id: `aadDeviceId` of Defender, `azureADDeviceId` of Intune.
    pub device_id: String,
    /// Name without a domain.
    pub name: String,
    /// Operating system in the directory's words.
    pub system: &'static str,
    /// Its version.
    pub system_version: &'static str,
    /// `AzureAd`, `ServerAd` or `Workplace`.
    pub trust: &'static str,
    /// Whether it can sign in: a device that fell silent is switched off after a week.
    pub is_enabled: bool,
    /// Whether it meets the rules; unknown where nobody manages it.
    pub is_compliant: Option<bool>,
    /// Whether somebody manages it.
    pub is_managed: Option<bool>,
    /// Make and model.
    pub hardware: Option<Hardware>,
    /// When it was registered.
    pub registered: Moment,
    /// About when it last signed in: the directory moves it on once a week.
    pub last_sign_in: Moment,
}

impl Tenant {
    /// How many devices of the directory have been made by a period. Numbers below the first device of Defender are the
    /// telephones.
    #[must_use]
    pub fn directory_device_count(&self, period: Period) -> u32 {
        telephones(self).saturating_add(self.device_count(period))
    }

    /// The number in the directory of a device of Defender.
    #[must_use]
    pub fn directory_number(&self, device: &Device<'_>) -> Option<u32> {
        device.entra_device_id().and_then(|_| device.label().checked_add(telephones(self)))
    }

    /// Whether a device is in the directory.
    #[must_use]
    pub fn standing_of_directory_device(&self, index: u32, period: Period) -> Standing {
        let Some(own) = index.checked_sub(telephones(self)) else { return Standing::Here };
        let device = self.device(own);
        if own >= self.device_count(period) || device.label() != own || device.entra_device_id().is_none() {
            return Standing::NotYet;
        }
        match device.life().born > period.tick() {
            true => Standing::NotYet,
            false => Standing::until(device.life().gone, period),
        }
    }

    /// Object id of a device of the directory.
    #[must_use]
    pub fn directory_device_id(&self, index: u32) -> String {
        self.root().at("directory device").nth(u64::from(index)).guid()
    }

    /// A device as the directory has it, if it is there.
    #[must_use]
    pub fn directory_device(&self, index: u32, period: Period) -> Option<DirectoryDevice> {
        if self.standing_of_directory_device(index, period) != Standing::Here {
            return None;
        }
        let object_id = self.directory_device_id(index);
        Some(match index.checked_sub(telephones(self)) {
            None => telephone(object_id, self.root().at("telephone").nth(u64::from(index)), period),
            Some(own) => joined(object_id, &self.device(own), period),
        })
    }
}

/// Telephones that nobody manages: one for every eighth account.
fn telephones(tenant: &Tenant) -> u32 {
    tenant.shape().users / 8
}

/// The day on which the directory last noted a sign-in.
fn noted(draw: Draw, known: i64) -> Moment {
    let phase = draw.between(0, 7 * DAY);
    Moment::start_of(known - (known + phase).rem_euclid(7 * DAY)).before(draw.at("seconds").between(0, 20_000))
}

fn telephone(object_id: String, draw: Draw, period: Period) -> DirectoryDevice {
    let (system, system_version) = draw.at("system").one(&[("IPhone", "18.1"), ("Android", "15")]);
    DirectoryDevice {
        object_id,
        device_id: draw.at("id").guid(),
        name: format!("{system}-{:04}", draw.at("name").below(10_000)),
        system,
        system_version,
        trust: "Workplace",
        is_enabled: true,
        is_compliant: None,
        is_managed: None,
        hardware: None,
        registered: Moment::start_of(-draw.at("registered").between(40, 2000)),
        last_sign_in: noted(draw.at("sign-in"), period.tick()),
    }
}

fn joined(object_id: String, device: &Device<'_>, period: Period) -> DirectoryDevice {
    let draw = device.draw().at("directory");
    let name = device.name().filter(|name| !name.is_empty());
    let is_managed = device.is_managed(period);
    let trust = match device.family() {
        Family::Ios | Family::Android => "Workplace",
        Family::Windows if draw.at("hybrid").chance(400) => "ServerAd",
        _ => "AzureAd",
    };
    DirectoryDevice {
        object_id,
        device_id: device.entra_device_id().unwrap_or_default(),
        name: name.and_then(|name| name.split('.').next().map(str::to_owned)).unwrap_or_else(|| "Unnamed".to_owned()),
        system: system(device.family()),
        system_version: device.release().full,
        trust,
        is_enabled: period.tick() - device.life().known(period) < 7 * DAY,
        is_compliant: is_managed.then(|| !draw.at("lax").chance(120)),
        is_managed: is_managed.then_some(true),
        hardware: device.hardware_facts(period),
        registered: device.first_seen(),
        last_sign_in: noted(draw.at("sign-in"), device.life().known(period)),
    }
}

/// The directory's word for an operating system.
fn system(family: Family) -> &'static str {
    match family {
        Family::Windows | Family::Server => "Windows",
        Family::Mac => "MacMDM",
        Family::Ios => "IPhone",
        Family::Android => "AndroidForWork",
        Family::Linux => "Linux",
        Family::Network | Family::Iot => "Unknown",
    }
}

impl Device<'_> {
    /// Whether Intune manages it. Of several records of a device only the first counts.
    #[must_use]
    pub fn is_managed(&self, period: Period) -> bool {
        let enrolled = match self.family().is_mobile() {
            true => self.hardware.at("enrolled").chance(700),
            false => self.management(period).0 == "Intune",
        };
        enrolled && self.is_reporting(period) && self.label() == self.index()
    }

    /// Id under which Intune manages it.
    #[must_use]
    pub fn intune_id(&self) -> String {
        self.hardware.at("intune").guid()
    }
}
