//! The virtual machine that a device is, and the build of its agent.

use super::device::Device;
use super::platform::Family;
use crate::period::Period;

/// `vmMetadata`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualMachine {
    /// Id of the machine.
    pub id: String,
    /// Azure Resource Manager id.
    pub resource_id: String,
    /// Subscription; none where nothing but discovery saw the machine, and for some with an agent.
    pub subscription: Option<String>,
}

impl Device<'_> {
    /// The virtual machine in Azure, or the server elsewhere that Azure Arc connects.
    #[must_use]
    pub fn virtual_machine(&self) -> Option<VirtualMachine> {
        let draw = self.hardware.at("vm");
        let provider = match (self.family(), draw.below(10)) {
            (Family::Server | Family::Linux, 0..=3) => "Microsoft.Compute/virtualMachines",
            (Family::Server | Family::Linux, 4) => "Microsoft.HybridCompute/machines",
            _ => return None,
        };
        let subscription = self.tenant.root().at("subscription").nth(draw.at("subscription").below(3)).guid();
        let group = draw.at("group").one(&["prod", "Lab", "shared-services"]);
        let label = self.label();
        Some(VirtualMachine {
            id: draw.at("id").guid(),
            resource_id: format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}/vm{label}"),
            subscription: (!draw.at("nameless").chance(300)).then_some(subscription),
        })
    }

    /// `agentVersion`; it moves on every fortnight.
    #[must_use]
    pub fn agent_version(&self, period: Period) -> Option<String> {
        if self.life().onboarded > period.tick() {
            return None;
        }
        let draw = self.draw.at("agent");
        let release = (self.life().known(period) + 8000 - draw.between(0, 120)).max(0) / 56;
        let patch = draw.at("patch").below(3000);
        Some(match self.family() {
            Family::Windows | Family::Server => format!("10.{}.{patch}.1000", 8700 + release),
            Family::Linux => format!("30.{}.{patch}.0", 124_000 + release),
            Family::Mac => format!("20.{}.{patch}.0", 124_000 + release),
            _ => format!("1.0.{}.0", 6800 + release),
        })
    }

    /// `osProcessor`, `osArchitecture` of `/api/machines`, and the word of the exports for it.
    #[must_use]
    pub fn architecture(&self) -> Option<(&'static str, &'static str, &'static str)> {
        match (self.family(), self.hardware.at("architecture").below(20)) {
            (Family::Network | Family::Iot, _) => None,
            (Family::Windows, 0) => Some(("x86", "32-bit", "x86")),
            (Family::Windows, 1) | (Family::Mac, 0..=12) | (Family::Ios | Family::Android, _) => {
                Some(("arm64", "64-bit", "arm64"))
            }
            _ => Some(("x64", "64-bit", "x64")),
        }
    }
}
