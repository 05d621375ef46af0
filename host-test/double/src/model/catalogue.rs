//! The products that a tenant uses and the settings that are checked.

use super::codebase::CodeBase;
use super::configuration::Configuration;
use super::moment::Moment;
use super::names::{PRODUCTS, VENDORS};
use super::platform::{Family, PLATFORMS, Platform};
use super::product::{CERTAIN, Product};
use super::shape::Shape;
use super::weakness::{Weakness, WeaknessId};
use crate::draw::Draw;
use crate::period::Period;
use std::collections::BTreeMap;

const WINDOWS: u8 = 0b00_0011;
const MAC: u8 = 0b00_0100;
const LINUX: u8 = 0b00_1000;
const MOBILE: u8 = 0b11_0000;
const DESKTOP: u8 = WINDOWS | MAC;
const ALL: u8 = DESKTOP | LINUX;

/// Well-known products: vendor, name, families, shared code, whether versions stay side by side. Most usual first.
const KNOWN: [(&str, &str, u8, &str, bool); 32] = [
    ("microsoft", "edge_chromium-based", DESKTOP | MOBILE, "chromium", false),
    ("google", "chrome", ALL | MOBILE, "chromium", false),
    ("microsoft", "office", DESKTOP, "office", false),
    ("microsoft", "visual_c++_2019_redistributable", WINDOWS, "", true),
    ("microsoft", ".net", WINDOWS | LINUX, "dotnet", true),
    ("microsoft", "teams", DESKTOP | MOBILE, "", false),
    ("openssl", "openssl", ALL, "", true),
    ("gnu", "glibc", LINUX, "", false),
    ("openbsd", "openssh", LINUX | MAC, "", false),
    ("sudo_project", "sudo", LINUX | MAC, "", false),
    ("haxx", "curl", ALL, "", false),
    ("microsoft", "onedrive", DESKTOP, "", false),
    ("adobe", "acrobat_reader_dc", DESKTOP, "", false),
    ("apple", "safari", MAC, "", false),
    ("7-zip", "7-zip", WINDOWS, "", false),
    ("mozilla", "firefox", ALL, "gecko", false),
    ("zoom", "zoom", ALL | MOBILE, "", false),
    ("oracle", "jre", DESKTOP, "java", true),
    ("python", "python", ALL, "", true),
    ("notepad-plus-plus", "notepad++", WINDOWS, "", false),
    ("git", "git", ALL, "", false),
    ("videolan", "vlc_media_player", DESKTOP, "", false),
    ("vim", "vim", LINUX | MAC, "", false),
    ("isc", "bind", LINUX, "", false),
    ("microsoft", "sql_server_2019", WINDOWS, "", false),
    ("putty", "putty", WINDOWS, "", false),
    ("oracle", "jdk", ALL, "java", true),
    ("mozilla", "thunderbird", ALL, "gecko", false),
    ("wireshark", "wireshark", DESKTOP, "", false),
    ("apache", "http_server", WINDOWS | LINUX, "", false),
    ("nodejs", "node.js", ALL, "", false),
    ("microsoft", "visual_studio_code", ALL, "", false),
];

/// The catalogue of a tenant.
#[derive(Debug, Default)]
pub struct Catalogue {
    products: Vec<Product>,
    bases: Vec<CodeBase>,
    configurations: Vec<Configuration>,
    /// For each family the products that its devices may have, with the chance in 65,536ths.
    usual: [Vec<(u32, u32)>; Family::MANAGED.len()],
    by_id: BTreeMap<String, u32>,
    systems: BTreeMap<&'static str, u32>,
    shared: BTreeMap<&'static str, u32>,
    /// Of a thousand products without a weakness, how many the vulnerability export lists.
    listed_without_weakness: u64,
    /// More than the number of weaknesses that any release fixes.
    width: u32,
}

impl Catalogue {
    /// The products of a tenant, still without weaknesses, and no configurations.
    pub(super) fn new(root: Draw, shape: &Shape) -> Self {
        let mut catalogue = Self { listed_without_weakness: 500, width: 1, ..Self::default() };
        if shape.software_per_device == 0 {
            return catalogue;
        }
        for platform in &PLATFORMS {
            if let Some((vendor, name)) = platform.product {
                let shared = if platform.family.is_windows() { "windows" } else { "" };
                let index = catalogue.product(root, vendor.into(), name.into(), shared, false);
                catalogue.products[index as usize].system = Some(platform.releases[0].full);
                catalogue.products[index as usize].common += u64::from(platform.managed);
                catalogue.systems.insert(platform.name, index);
            }
        }
        for (vendor, name, families, shared, is_side_by_side) in KNOWN {
            catalogue.offer(root, (vendor.into(), name.into()), families, shared, is_side_by_side, shape);
        }
        let mut number = 0;
        for (place, family) in Family::MANAGED.into_iter().enumerate() {
            while catalogue.usual[place].len() < choice(family, shape) {
                let draw = root.at("invented").nth(number);
                let vendor = draw.at("vendor").one(&VENDORS);
                let name = format!("{}_{}", draw.at("name").one(&PRODUCTS), number + 1);
                let others = if draw.at("portable").chance(250) { ALL } else { 0 };
                let key = (vendor.to_owned(), name);
                catalogue.offer(root, key, 1 << place | others, "", draw.at("beside").chance(40), shape);
                number += 1;
            }
        }
        catalogue.weigh(shape);
        catalogue
    }

    /// Adds a product to every family that still has room.
    fn offer(
        &mut self,
        root: Draw,
        (vendor, name): (String, String),
        families: u8,
        shared: &'static str,
        beside: bool,
        shape: &Shape,
    ) {
        let wanting: Vec<usize> = (0..Family::MANAGED.len())
            .filter(|place| {
                families & (1 << place) != 0 && self.usual[*place].len() < choice(Family::MANAGED[*place], shape)
            })
            .collect();
        if wanting.is_empty() {
            return;
        }
        let index = self.product(root, vendor, name, shared, beside);
        for place in wanting {
            self.usual[place].push((index, 0));
        }
    }

    fn product(&mut self, root: Draw, vendor: String, name: String, shared: &'static str, beside: bool) -> u32 {
        let id = format!("{vendor}-_-{name}");
        if let Some(index) = self.by_id.get(&id) {
            return *index;
        }
        let index = self.products.len() as u32;
        let base = match self.shared.get(shared) {
            Some(base) => {
                self.bases[*base as usize].is_shared = true;
                *base
            }
            None => {
                let base = self.bases.len() as u32;
                self.bases.push(CodeBase::new(root, base, shared));
                if !shared.is_empty() {
                    self.shared.insert(shared, base);
                }
                base
            }
        };
        let title = title(&vendor, &name);
        self.by_id.insert(id, index);
        self.products.push(Product {
            index,
            vendor,
            name,
            title,
            base,
            is_side_by_side: beside,
            system: None,
            common: 0,
            draw: root.at("product").nth(u64::from(index)),
            weights: [0; Family::MANAGED.len()],
        });
        index
    }

    /// Gives each product its chance: the first of a family is nearly everywhere, the last nearly nowhere, and the sum is
    /// the number of products that a device should have besides its operating system.
    fn weigh(&mut self, shape: &Shape) {
        for (place, family) in Family::MANAGED.into_iter().enumerate() {
            let usual = &mut self.usual[place];
            let count = usual.len() as u64;
            let curve = |rank: usize| {
                let left = count - rank as u64;
                left * left * 1000 / (count * count)
            };
            let sum: u64 = (0..usual.len()).map(curve).sum::<u64>().max(1);
            let wanted = (share(family, shape).max(1) - 1) * u64::from(CERTAIN);
            for (rank, (product, weight)) in usual.iter_mut().enumerate() {
                *weight = (wanted * curve(rank) / sum).min(u64::from(CERTAIN) * 97 / 100) as u32;
                let product = &mut self.products[*product as usize];
                product.weights[place] = *weight;
                product.common += u64::from(*weight) * COMMON[place] / u64::from(CERTAIN);
            }
        }
    }

    /// Lets weaknesses be found in the code of the most usual products, as long as there are no more than `most` products
    /// that have them.
    pub(super) fn weaken(&mut self, root: Draw, most: u32) {
        let mut order: Vec<(u64, u32)> =
            self.products.iter().map(|product| (u64::MAX - product.common, product.index)).collect();
        order.sort_unstable();
        let mut left = most;
        for (_, index) in order {
            let base = self.products[index as usize].base;
            let users = self.products.iter().filter(|product| product.base == base).count() as u32;
            let is_system = self.products[index as usize].is_system();
            let is_new = !self.bases[base as usize].is_weak();
            if is_new && users <= left && (is_system || root.at("weak").nth(u64::from(base)).chance(700)) {
                self.bases[base as usize].weaken();
                left -= users;
            }
        }
        self.widen();
    }

    /// Multiplies the number of weaknesses by a number of thousandths.
    pub(super) fn scale(&mut self, thousandths: u64) {
        self.bases.iter_mut().for_each(|base| base.scale(thousandths));
        self.widen();
    }

    fn widen(&mut self) {
        self.width = self.bases.iter().map(CodeBase::most_fixes).max().unwrap_or(1);
    }

    /// Sets how many products without a weakness the vulnerability export lists, in thousandths.
    pub(super) fn list_without_weakness(&mut self, thousandths: u64) {
        self.listed_without_weakness = thousandths;
    }

    /// Checks this many settings.
    pub(super) fn configure(&mut self, root: Draw, count: u32) {
        self.configurations = (0..count).map(|index| Configuration::new(root, index)).collect();
    }

    /// All products, by number.
    #[must_use]
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// All code bases, by number.
    #[must_use]
    pub fn bases(&self) -> &[CodeBase] {
        &self.bases
    }

    /// All settings that are checked, in order of their numbers.
    #[must_use]
    pub fn configurations(&self) -> &[Configuration] {
        &self.configurations
    }

    /// The setting `scid-<number>`.
    #[must_use]
    pub fn configuration(&self, id: &str) -> Option<&Configuration> {
        self.configurations.iter().find(|configuration| configuration.id() == id)
    }

    /// The product `vendor-_-name`.
    #[must_use]
    pub fn product_by_id(&self, id: &str) -> Option<&Product> {
        self.by_id.get(id).map(|index| &self.products[*index as usize])
    }

    /// The operating system as a product.
    #[must_use]
    pub fn system(&self, platform: &Platform) -> Option<&Product> {
        self.systems.get(platform.name).map(|index| &self.products[*index as usize])
    }

    /// The code that a product is built from.
    #[must_use]
    pub fn base_of(&self, product: u32) -> &CodeBase {
        &self.bases[self.products[product as usize].base as usize]
    }

    /// Products that devices of a family may have, with their chances.
    pub(super) fn usual(&self, family: Family) -> &[(u32, u32)] {
        let place = Family::MANAGED.iter().position(|managed| *managed == family);
        place.map_or(&[], |place| &self.usual[place])
    }

    /// Weaknesses of a release of a product that are known in a period, in order.
    pub fn weaknesses<'c>(
        &'c self,
        product: &'c Product,
        release: u32,
        period: Period,
    ) -> impl Iterator<Item = Weakness> + 'c {
        let base = &self.bases[product.base as usize];
        let tick = period.tick();
        base.after(release, tick).filter(move |weakness| weakness.affects(product, base.is_shared, release, tick))
    }

    /// The number of the knowledge base update that fixes a weakness of a product, once there is one.
    #[must_use]
    pub fn update(&self, product: u32, weakness: &Weakness, tick: i64) -> Option<u32> {
        (self.bases[weakness.base as usize].has_kbs && weakness.is_fixable(tick))
            .then(|| self.kb(product, weakness.fixed_in))
    }

    /// The number of the knowledge base update that brings a release of a product.
    #[must_use]
    pub fn kb(&self, product: u32, release: u32) -> u32 {
        5_000_000 + release * 97 + product % 97
    }

    /// Whether the vulnerability export lists a product whose installed version has no weakness.
    #[must_use]
    pub fn is_listed_without_weakness(&self, product: &Product) -> bool {
        product.draw.at("listed").chance(self.listed_without_weakness)
    }

    /// The id of a weakness.
    #[must_use]
    pub fn weakness_id(&self, weakness: &Weakness) -> WeaknessId {
        let (year, ..) = Moment::start_of(self.bases[weakness.base as usize].released(weakness.fixed_in)).date();
        // A code base has fewer than 64 releases a year.
        let place = u64::from(weakness.base) * 64 + u64::from(weakness.fixed_in % 64);
        WeaknessId {
            prefix: if weakness.is_provisional() { "TVM" } else { "CVE" },
            year: year.unsigned_abs(),
            number: 1000 + place * u64::from(self.width) + u64::from(weakness.number),
        }
    }

    /// The weakness with an id.
    #[must_use]
    pub fn weakness_by_id(&self, id: &str) -> Option<Weakness> {
        let mut parts = id.splitn(3, '-');
        let _prefix = parts.next()?;
        let _year = parts.next()?;
        let number = parts.next()?.parse::<u64>().ok()?.checked_sub(1000)?;
        let (place, number) = (number / u64::from(self.width), (number % u64::from(self.width)) as u32);
        let base = self.bases.get(usize::try_from(place / 64).ok()?)?;
        let places = place % 64;
        (0..64)
            .map(|turn| (turn * 64 + places) as u32)
            .filter(|release| number < base.fixes(*release))
            .map(|release| base.weakness(release, number))
            .find(|weakness| self.weakness_id(weakness).to_string() == id)
    }
}

/// How common families are, in thousandths of the devices with an agent.
const COMMON: [u64; Family::MANAGED.len()] = [569, 187, 90, 94, 35, 25];

/// Products that a device of a family has.
fn share(family: Family, shape: &Shape) -> u64 {
    let average = u64::from(shape.software_per_device);
    // The average over all devices is what was asked for: telephones have fewer.
    if family.is_mobile() { average * 400 / 1000 } else { average * 1035 / 1000 }
}

/// Products that a device of a family may have.
fn choice(family: Family, shape: &Shape) -> usize {
    match share(family, shape) {
        0..=1 => 0,
        products => (products * 32 / 10 + 2) as usize,
    }
}

fn title(vendor: &str, name: &str) -> String {
    let words = |text: &str| text.split('_').map(capital).collect::<Vec<_>>().join(" ");
    if name.starts_with(vendor) { words(name) } else { format!("{} {}", words(vendor), words(name)) }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
