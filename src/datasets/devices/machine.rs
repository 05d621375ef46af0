//! The record of a machine.

use std::borrow::Cow;

use defender_rows::record::{DeviceTexts, Record, field_table};
use defender_rows::tally::Tolerated;

use super::addresses::{About, Addresses};
use crate::ocsf::vocabulary::{self, Vocabulary};

field_table! {
    /// Members of a machine record. Source: "Machine resource type" and recorded answers.
    pub(super) Field {
        Id = "id",
        MergedInto = "mergedIntoMachineId",
        IsPotentialDuplication = "isPotentialDuplication",
        IsExcluded = "isExcluded",
        ExclusionReason = "exclusionReason",
        ComputerDnsName = "computerDnsName",
        FirstSeen = "firstSeen",
        LastSeen = "lastSeen",
        OsPlatform = "osPlatform",
        OsVersion = "osVersion",
        OsProcessor = "osProcessor",
        Version = "version",
        LastIpAddress = "lastIpAddress",
        LastExternalIpAddress = "lastExternalIpAddress",
        AgentVersion = "agentVersion",
        OsBuild = "osBuild",
        HealthStatus = "healthStatus",
        DeviceValue = "deviceValue",
        RbacGroupId = "rbacGroupId",
        RbacGroupName = "rbacGroupName",
        RiskScore = "riskScore",
        ExposureLevel = "exposureLevel",
        IsAadJoined = "isAadJoined",
        AadDeviceId = "aadDeviceId",
        MachineTags = "machineTags",
        DefenderAvStatus = "defenderAvStatus",
        OnboardingStatus = "onboardingStatus",
        OsArchitecture = "osArchitecture",
        ManagedBy = "managedBy",
        ManagedByStatus = "managedByStatus",
        IpAddresses = "ipAddresses",
        VmMetadata = "vmMetadata",
    }
}

/// Members with words of a closed list that OCSF has no numbers for.
static WORDS: [(Field, &Vocabulary); 7] = [
    (Field::HealthStatus, &vocabulary::HEALTH_STATUS),
    (Field::OnboardingStatus, &vocabulary::ONBOARDING_STATUS),
    (Field::DeviceValue, &vocabulary::DEVICE_VALUE),
    (Field::ExposureLevel, &vocabulary::EXPOSURE_LEVEL),
    (Field::ExclusionReason, &vocabulary::EXCLUSION_REASON),
    (Field::ManagedBy, &vocabulary::MANAGED_BY),
    (Field::ManagedByStatus, &vocabulary::MANAGED_BY_STATUS),
];

/// A machine that is wanted.
pub(super) struct Machine<'a> {
    pub(super) row: Record<'a, Field>,
    pub(super) texts: DeviceTexts<'a>,
    pub(super) addresses: Addresses<'a>,
    pub(super) merged_into: Option<Cow<'a, str>>,
    pub(super) last_seen: Option<i64>,
}

impl Machine<'_> {
    pub(super) fn about(&self) -> About<'_> {
        About { facts: self.texts.facts(), name: self.name() }
    }

    /// What people call it.
    pub(super) fn name(&self) -> &str {
        self.texts.hostname.as_deref().unwrap_or(&self.texts.id)
    }

    /// Counts words that the service did not declare, of the members that pass as they are.
    pub(super) fn check_words(&self, tolerated: &mut Tolerated) {
        for (field, vocabulary) in WORDS {
            vocabulary.check(self.word(field).as_deref(), tolerated);
        }
    }

    /// A text that stays in `unmapped`.
    pub(super) fn word(&self, field: Field) -> Option<Cow<'_, str>> {
        self.row.peek(field).and_then(|value| value.text().flatten())
    }

    /// Whether the agent reports. Discovered devices are in the list without one.
    pub(super) fn is_onboarded(&self) -> bool {
        match self.word(Field::OnboardingStatus) {
            Some(status) => status.eq_ignore_ascii_case("Onboarded"),
            None => self.word(Field::AgentVersion).is_some(),
        }
    }
}
