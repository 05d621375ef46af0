//! A tenant is made: its catalogue is fitted until devices have as much as its shape asks for.

use super::finding::Finding;
use super::shape::Shape;
use super::tenant::Tenant;
use crate::period::Period;

/// So many devices are asked what they have before it is decided how many weaknesses there are.
const SAMPLE: u32 = 150;

impl Tenant {
    /// The tenant of a shape.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        let mut tenant = Self::unfitted(shape);
        tenant.fit();
        tenant
    }

    /// Adds weaknesses and settings to the catalogue until a sample of devices has as many as the shape asks for.
    fn fit(&mut self) {
        let recommendations = self.shape().recommendations;
        self.catalogue.weaken(self.root(), recommendations - recommendations / 5 * 2);
        let (devices, mut rows) = self.sample();
        let wanted = u64::from(self.shape().findings_per_device) * devices;
        let idle = |rows: &[Finding]| rows.iter().filter(|row| row.weakness.is_none()).count() as u64;
        // At most a fifth of the rows is about software that nothing is wrong with.
        let mut listed = 500;
        while idle(&rows) * 5 > wanted {
            listed = listed * 2 / 3;
            self.catalogue.list_without_weakness(listed);
            rows = self.sample().1;
        }
        for _ in 0..6 {
            let (_, rows) = self.sample();
            let idle = idle(&rows);
            let found = rows.len() as u64 - idle;
            self.catalogue.scale((wanted.saturating_sub(idle) * 1000 / found.max(1)).min(20_000));
        }
        let rows = self.sample().1;
        let mut exposed: Vec<u32> =
            rows.iter().filter(|row| row.weakness.is_some()).map(|row| row.install.product).collect();
        exposed.sort_unstable();
        exposed.dedup();
        self.catalogue.configure(self.root(), recommendations.saturating_sub(exposed.len() as u32));
    }

    /// How many of the first devices report, and what they have, over some weeks: a single period may be an odd one.
    fn sample(&self) -> (u64, Vec<Finding>) {
        let (mut devices, mut rows) = (0, Vec::new());
        for period in [0, 30, 60, 90].map(Period) {
            for device in (0..self.shape().devices.min(SAMPLE)).map(|index| self.device(index)) {
                devices += u64::from(device.is_reporting(period));
                rows.extend(device.findings(period));
            }
        }
        (devices, rows)
    }
}
