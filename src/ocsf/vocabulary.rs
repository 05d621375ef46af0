//! Words of the service that OCSF has no number for: they stay as they are, in `unmapped` or as a text.
//!
//! **The rule**: each enumeration that the service declares for a record that is read has a table, here or in
//! [`super::word`]. A word that no table knows is kept like the others, and counted: it tells that the service has
//! moved. Source: the service's own OData metadata, and recorded answers.

use defender_rows::tally::Tolerated;

/// The words of one enumeration.
#[derive(Debug)]
pub struct Vocabulary {
    /// What other words are counted as.
    pub unknown: &'static str,
    /// The words, most frequent first.
    pub words: &'static [&'static str],
}

impl Vocabulary {
    /// Counts a word that is none of them. No word is no oddity.
    #[inline(never)]
    pub fn check(&self, word: Option<&str>, tolerated: &mut Tolerated) {
        let Some(word) = word else { return };
        if !self.words.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            tolerated.count(self.unknown);
        }
    }
}

/// `healthStatus` of a machine.
pub static HEALTH_STATUS: Vocabulary = Vocabulary {
    unknown: "unknown_word.healthStatus",
    words: &[
        "Active",
        "Inactive",
        "NoSensorData",
        "ImpairedCommunication",
        "NoSensorDataImpairedCommunication",
        "Unknown",
    ],
};

/// `onboardingStatus` of a machine.
pub static ONBOARDING_STATUS: Vocabulary = Vocabulary {
    unknown: "unknown_word.onboardingStatus",
    words: &["Onboarded", "CanBeOnboarded", "Unsupported", "InsufficientInfo"],
};

/// `exclusionReason` of a machine.
pub static EXCLUSION_REASON: Vocabulary = Vocabulary {
    unknown: "unknown_word.exclusionReason",
    words: &["InactiveDevice", "DuplicateDevice", "DeviceDoesNotExist", "DeviceOutOfScope", "Other"],
};

/// `deviceValue` of a machine.
pub static DEVICE_VALUE: Vocabulary =
    Vocabulary { unknown: "unknown_word.deviceValue", words: &["Normal", "High", "Low"] };

/// `exposureLevel` of a machine.
pub static EXPOSURE_LEVEL: Vocabulary =
    Vocabulary { unknown: "unknown_word.exposureLevel", words: &["Low", "Medium", "High", "None"] };

/// `managedBy` of a machine.
pub static MANAGED_BY: Vocabulary = Vocabulary {
    unknown: "unknown_word.managedBy",
    words: &["Unknown", "Intune", "MicrosoftDefenderForEndpoint", "SystemCenterConfigurationManager"],
};

/// `managedByStatus` of a machine.
pub static MANAGED_BY_STATUS: Vocabulary =
    Vocabulary { unknown: "unknown_word.managedByStatus", words: &["Unknown", "Success", "Error"] };

/// `vmMetadata.cloudProvider` of a machine.
pub static CLOUD_PROVIDER: Vocabulary =
    Vocabulary { unknown: "unknown_word.vmMetadata.cloudProvider", words: &["Azure", "Unknown"] };

/// `ipAddresses[].operationalStatus`, a .NET `OperationalStatus`; the service declares `Present` for what .NET calls
/// `NotPresent`.
pub static OPERATIONAL_STATUS: Vocabulary = Vocabulary {
    unknown: "unknown_word.ipAddresses.operationalStatus",
    words: &["Up", "Down", "Testing", "Unknown", "Dormant", "Present", "NotPresent", "LowerLayerDown"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_words_are_counted() {
        let mut tolerated = Tolerated::default();
        for word in [None, Some("onboarded"), Some("Onboarded"), Some("Onboard"), Some("Deleted")] {
            ONBOARDING_STATUS.check(word, &mut tolerated);
        }
        assert_eq!(tolerated.iter().collect::<Vec<_>>(), [("unknown_word.onboardingStatus", 2)]);
    }
}
