//! Settings that Defender checks on devices.

use super::platform::Family;
use crate::draw::Draw;

/// A setting that is checked.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// Its number: `scid-<number>`.
    pub number: u32,
    /// What to do.
    pub name: String,
    /// `configurationCategory`; one of them with a space, as it comes.
    pub category: &'static str,
    /// `configurationSubcategory`, sometimes empty.
    pub subcategory: &'static str,
    /// Its weight in the score, in tenths.
    pub impact: u32,
    /// Whether people notice the change.
    pub has_user_impact: bool,
    /// Which of the managed families it is checked on.
    pub(super) families: [bool; Family::MANAGED.len()],
    /// Of a thousand devices, how many do not comply.
    pub(super) failing: u64,
    draw: Draw,
}

const SUBJECTS: [(&str, &str, &str); 12] = [
    ("Security controls", "Antivirus", "real-time protection"),
    ("Security controls", "Firewall", "the firewall of the domain profile"),
    ("Security controls", "Attack Surface Reduction", "the rule against credential theft"),
    ("OS", "", "automatic updates"),
    ("OS", "Bitlocker", "encryption of all drives"),
    ("Network", "", "SMB signing"),
    ("Network", "Protocols", "TLS 1.2 or newer only"),
    ("Accounts", "Password policy", "a minimum length of passwords"),
    ("Accounts", "", "lockout after failed logons"),
    ("Application", "Browser", "safe browsing"),
    ("SecurityControls", "EDR", "the sensor's data collection"),
    ("Application", "", "Macros from the \"Internet zone\""),
];

impl Configuration {
    /// Setting `index` of a tenant.
    pub(super) fn new(root: Draw, index: u32) -> Self {
        let draw = root.at("configuration").nth(u64::from(index));
        let (category, subcategory, subject) = draw.at("subject").one(&SUBJECTS);
        let verb = draw.at("verb").one(&["Enable", "Require", "Turn on", "Enforce"]);
        let [windows, server, mac, linux] = match draw.at("families").below(10) {
            0..=3 => [true, true, false, false],
            4..=5 => [true, false, false, false],
            6 => [true, true, true, true],
            7 => [true, true, true, false],
            8 => [false, true, false, true],
            _ => [true, true, false, true],
        };
        Self {
            number: 2 + index * 3 + draw.at("number").below(3) as u32,
            name: format!("{verb} {subject} ({})", index + 1),
            category,
            subcategory,
            impact: draw.at("impact").below(100) as u32,
            has_user_impact: draw.at("user").chance(200),
            families: [windows, server, mac, linux, false, false],
            failing: 120 + draw.at("failing").below(500),
            draw,
        }
    }

    /// `scid-<number>`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("scid-{}", self.number)
    }

    /// Its draw, for the parts of its description that nothing else depends on.
    #[must_use]
    pub fn draw(&self) -> Draw {
        self.draw
    }
}
