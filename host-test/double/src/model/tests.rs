//! The knobs of a shape steer, and a tenant lives.

use super::{Onboarding, Shape, Tenant};
use crate::period::Period;
use std::collections::BTreeSet;

/// Averages over the devices that report: products, rows of findings. And the number of recommendations.
fn measure(tenant: &Tenant, period: Period) -> (u64, u64, u64) {
    let devices: Vec<_> = tenant.devices(period).filter(|device| device.is_reporting(period)).collect();
    let count = devices.len() as u64;
    let products: u64 = (devices.iter())
        .map(|device| {
            let mut products: Vec<_> = device.installs(period).iter().map(|install| install.product).collect();
            products.dedup();
            products.len() as u64
        })
        .sum();
    let findings: u64 = devices.iter().map(|device| device.findings(period).len() as u64).sum();
    (products * 100 / count, findings * 100 / count, tenant.advice(period).len() as u64)
}

#[test]
fn the_knobs_steer_the_averages() {
    let shapes = [
        Shape::default(),
        Shape { devices: 200, users: 150, ..Shape::default() },
        Shape {
            devices: 300,
            software_per_device: 40,
            findings_per_device: 100,
            recommendations: 120,
            ..Shape::default()
        },
        Shape {
            devices: 300,
            software_per_device: 100,
            findings_per_device: 300,
            recommendations: 800,
            ..Shape::default()
        },
        Shape {
            devices: 300,
            software_per_device: 20,
            findings_per_device: 10,
            recommendations: 30,
            ..Shape::default()
        },
        Shape {
            devices: 150,
            software_per_device: 6,
            findings_per_device: 200,
            recommendations: 60,
            ..Shape::default()
        },
    ];
    for (shape, seed) in shapes.into_iter().flat_map(|shape| (1..4).map(move |seed| (shape.clone(), seed))) {
        let tenant = Tenant::new(Shape { seed, ..shape });
        let shape = tenant.shape();
        for period in [0, 20, 80].map(Period) {
            let (products, findings, advice) = measure(&tenant, period);
            let near = |value: u64, wanted: u64| value * 100 >= wanted * 75 && value * 100 <= wanted * 125;
            let (wanted, rows) = (u64::from(shape.software_per_device), u64::from(shape.findings_per_device));
            assert!(near(products, wanted * 100), "{shape:?} {period:?}: {products} products per hundred devices");
            assert!(near(findings, rows * 100), "{shape:?} {period:?}: {findings} findings per hundred devices");
            assert!(near(advice, shape.recommendations.into()), "{shape:?} {period:?}: {advice} recommendations");
        }
    }
}

#[test]
fn a_tenant_lives() {
    let tenant = Tenant::new(Shape { devices: 400, ..Shape::default() });
    let ids = |period| tenant.devices(period).map(|device| device.index()).collect::<BTreeSet<_>>();
    let (first, later) = (ids(Period(0)), ids(Period::of_day(10)));
    assert!(later.difference(&first).count() > 5 && first.difference(&later).count() > 5);
    let both: Vec<_> = first.intersection(&later).map(|index| tenant.device(*index)).collect();
    let (then, now) = (Period(0), Period::of_day(10));
    let count = |changed: &dyn Fn(&super::Device<'_>) -> bool| both.iter().filter(|device| changed(device)).count();
    assert!(count(&|device| device.group(then) != device.group(now)) > 5);
    assert!(count(&|device| device.merged_into(then) != device.merged_into(now)) > 0);
    assert!(count(&|device| device.onboarding(then) != Onboarding::Onboarded && device.is_reporting(now)) > 0);
    assert!(count(&|device| device.installs(then).len() != device.installs(now).len()) > 20);
    assert!(count(&|device| device.logons(then).len() != device.logons(now).len()) > 5);
    assert!(count(&|device| device.risk(then) != device.risk(now)) > 20);
    assert!(count(&|device| device.addresses(then) != device.addresses(now)) > 20);
    assert!(count(&|device| device.last_seen(then) != device.last_seen(now)) > 200);
}

#[test]
fn a_device_never_reports_from_the_future_or_from_before_it_was_seen() {
    for seed in 0..5 {
        let tenant = Tenant::new(Shape { seed, ..Shape::default() });
        for period in (0..60).map(Period) {
            for device in tenant.devices(period) {
                let (first, last) = (device.first_seen(), device.last_seen(period));
                assert!(first <= last, "{first:?} {last:?}");
                assert!(last.tick() < period.tick() || period.0 == 0, "{last:?} {period:?}");
            }
        }
    }
}

#[test]
fn merged_records_lead_to_a_listed_one_and_are_silent_themselves() {
    let tenant = Tenant::new(Shape { devices: 500, ..Shape::default() });
    let mut merged = 0;
    for period in [0, 40, 120].map(Period) {
        for device in tenant.devices(period) {
            let Some(survivor) = device.merged_into(period) else { continue };
            merged += 1;
            let survivor = tenant.device(survivor);
            assert!(survivor.is_listed(period) && survivor.merged_into(period).is_none());
            assert_eq!(survivor.platform(), device.platform());
            assert_eq!(survivor.name(), device.name());
            assert!(device.installs(period).is_empty() && device.logons(period).is_empty());
        }
    }
    assert!(merged > 10);
}

#[test]
fn every_weakness_is_found_by_its_id_and_no_two_share_one() {
    for seed in 0..4 {
        let tenant = Tenant::new(Shape { seed, findings_per_device: 200, ..Shape::default() });
        let catalogue = tenant.catalogue();
        let mut ids = BTreeSet::new();
        for period in [0, 400].map(Period) {
            for weakness in tenant.known_weaknesses(period) {
                let id = catalogue.weakness_id(&weakness).to_string();
                assert_eq!(catalogue.weakness_by_id(&id), Some(weakness), "{id}");
                ids.insert((weakness.key(), id));
            }
        }
        let distinct: BTreeSet<&String> = ids.iter().map(|(_, id)| id).collect();
        assert_eq!(distinct.len(), ids.len());
    }
}

#[test]
fn versions_of_releases_differ() {
    let tenant = Tenant::new(Shape { software_per_device: 60, ..Shape::default() });
    for product in tenant.catalogue().products() {
        let versions: BTreeSet<String> = (0..400).map(|release| product.version(release)).collect();
        assert_eq!(versions.len(), 400, "{}", product.name);
    }
}

#[test]
fn a_shape_that_cannot_be_had_stays_small() {
    for seed in 0..100 {
        let shape = Shape { seed, devices: 4, software_per_device: 4, findings_per_device: 4000, ..Shape::default() };
        let tenant = Tenant::new(shape);
        for base in tenant.catalogue().bases() {
            let most = (0..200).map(|release| base.fixes(release)).max();
            assert!(most.is_none_or(|most| most <= 300), "seed {seed}: {most:?} weaknesses in a release");
        }
    }
}
