//! The devices of a tenant: by number, by id, by name.

use super::device::Device;
use super::tenant::Tenant;
use crate::period::Period;

impl Tenant {
    /// The device record of a number below [`Self::device_count`], listed or not.
    #[must_use]
    pub fn device(&self, index: u32) -> Device<'_> {
        Device::new(self, index)
    }

    /// All devices that a period lists, by number.
    pub fn devices(&self, period: Period) -> impl Iterator<Item = Device<'_>> {
        (0..self.device_count(period)).map(|index| self.device(index)).filter(move |device| device.is_listed(period))
    }

    /// The listed device with an id, whatever its letters' case.
    #[must_use]
    pub fn device_by_id(&self, id: &str, period: Period) -> Option<Device<'_>> {
        self.identity.index(&id.to_ascii_lowercase()).and_then(|index| self.listed(index, period))
    }

    /// The listed device with a computer name, whatever its letters' case. Of several records the surviving one.
    #[must_use]
    pub fn device_by_name(&self, name: &str, period: Period) -> Option<Device<'_>> {
        let label = name.split('.').next()?.rsplit('-').next()?;
        let device = self.listed(label.parse().ok()?, period)?;
        device.name().is_some_and(|own| own.eq_ignore_ascii_case(name)).then_some(device)
    }

    fn listed(&self, index: u32, period: Period) -> Option<Device<'_>> {
        (index < self.device_count(period)).then(|| self.device(index)).filter(|device| device.is_listed(period))
    }
}
