//! What a seed means: the tenant, what goes wrong, how the source is configured, and when the host is killed.

use super::Options;
use super::faults;
use super::fuse::Passage;
use super::pipe::Habit;
use super::reading::{Dataset, Format, Reading, Strategy};
use super::site::Site;
use crate::contract::{Limits, Secret};
use crate::runner::Pace;
use defender_double::draw::Draw;
use defender_double::model::{Shape, Tenant};
use defender_double::period::{LENGTH, ORIGIN, Period};
use defender_double::scenario::{Scenario, What};
use defender_double::service::{ClientSecret, Feature, Resource, Service, Terms};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Everything about a simulation that is known before it starts.
pub(crate) struct Plan {
    /// The seed that it was drawn from.
    pub(crate) seed: u64,
    /// The tenant.
    pub(crate) tenant: Arc<Tenant>,
    /// How it is served.
    pub(crate) terms: Terms,
    /// What goes wrong.
    pub(crate) scenario: Scenario,
    /// What the source reads.
    pub(crate) reading: Reading,
    /// The shape of event bodies.
    pub(crate) format: Format,
    /// The source's configuration, but for tenant and application.
    config: Value,
    /// Limits of a batch.
    pub(crate) limits: Limits,
    /// How far ahead of what is durable a run may be.
    pub(crate) pace: Pace,
    /// Rows of a page, where the double is to give fewer than are asked for.
    pub(crate) page_rows: Option<u32>,
    /// When the host is killed: one for each life, as long as there are any.
    pub(crate) kills: Vec<Kill>,
    /// Where events go.
    pub(crate) outlet: Outlet,
    /// Where it is drawn from when second hosts start.
    calls: Draw,
    /// When the first run starts, as time since 1970.
    pub(crate) start: Duration,
    /// From the start of one run to the start of the next, if that takes no longer.
    pub(crate) interval: Duration,
}

/// A host that is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kill {
    /// Where.
    pub(crate) at: Passage,
    /// Until it is up again.
    pub(crate) downtime: Duration,
}

/// Where events go.
#[derive(Debug, Clone)]
pub(crate) enum Outlet {
    /// A file that every life adds to.
    File,
    /// A pipe, another one for each life.
    Pipe {
        /// How it is, and how its readers read.
        habit: Habit,
        /// Lines after which readers die: one for each life, as long as there are any.
        deaths: Vec<u64>,
    },
}

/// Days after the origin among which a start is drawn.
const START_DAYS: u64 = 20;
/// A start so short before the end of a period that the model is likely to move on under the run.
const SHORTLY: Duration = Duration::from_secs(120);

impl Plan {
    /// The plan of a seed.
    pub(crate) fn of(seed: u64, options: &Options) -> Self {
        let draw = Draw::seed(seed).at("simulate");
        let mut terms = Terms::default();
        let secret = format!("cAnArY~{:016x}.8Q/x+1", draw.at("secret").bits());
        terms.application.secrets = vec![ClientSecret { value: secret, expires: None }];
        if draw.at("token").chance(350) {
            terms.token_life = Duration::from_secs(log(draw.at("token life"), 60, 600));
        }
        let latency = draw.at("latency");
        terms.latency = (Duration::from_millis(5), Duration::from_millis(log(latency, 20, 4000)));
        // As little as two devices may have, so that a few dozen of them take several queries.
        let query_rows = number(log(draw.at("query rows"), 200, 3000));
        terms.hunting.rows = query_rows;
        let reading = reading(draw.at("reading"));
        if reading.strategy(Dataset::DeviceUsers) == Some(Strategy::Auto) {
            ways_to_users(draw.at("ways to users"), &mut terms);
        }
        let format = format(draw.at("config"));
        let mut faults = faults::draw(draw.at("faults"));
        for (dataset, strategy) in &reading.0 {
            let draw = draw.at("without").at(dataset.name());
            if draw.chance(150) {
                faults.extend(faults::without(draw, *dataset, *strategy));
            }
        }
        Self {
            seed,
            tenant: Arc::new(Tenant::new(shape(draw.at("shape"), seed, options.devices))),
            scenario: match &options.scenario {
                Some(scenario) => scenario.clone(),
                None => Scenario::of(faults),
            },
            config: config(draw.at("config"), format, &reading, query_rows),
            format,
            reading,
            terms,
            limits: Limits {
                max_events: number(log(draw.at("max events"), 1, 5000)),
                max_bytes: number(log(draw.at("max bytes"), 1, 4 << 20)),
            },
            pace: pace(draw.at("pace")),
            page_rows: draw.at("pages").chance(700).then(|| number(log(draw.at("page rows"), 1, 500))),
            kills: kills(draw.at("kills")),
            outlet: outlet(draw.at("outlet")),
            calls: draw.at("calls"),
            start: start(draw.at("start")),
            interval: interval(draw.at("interval")),
        }
    }
}

impl Plan {
    /// The service of the tenant, to begin with.
    pub(crate) fn service(&self) -> Service {
        Service::new(Arc::clone(&self.tenant), self.terms.clone(), self.scenario.clone())
    }

    /// The source's configuration as JSON and its secret, for the terms that are in force.
    pub(crate) fn sign_in(&self, terms: &Terms) -> (String, Secret) {
        let mut config = self.config.clone();
        config["tenant_id"] = self.tenant.id().into();
        config["client_id"] = terms.application.client_id.clone().into();
        let value = terms.application.secrets.first().map(|secret| secret.value.clone()).unwrap_or_default();
        (config.to_string(), Secret { name: "client_secret".into(), value })
    }

    /// When a second host starts in a life, counted from 1.
    pub(crate) fn call(&self, life: u64) -> Option<Passage> {
        let draw = self.calls.nth(life);
        if !draw.at("comes").chance(600) {
            return None;
        }
        // Nowhere else can somebody break as much as in the middle of a line.
        let site = match draw.at("breaks in").chance(200) {
            true => Site::HalfLine,
            false => {
                let sites: Vec<Site> = Site::ALL.iter().copied().filter(|site| site.is_open_to_others()).collect();
                *draw.at("site").pick(&sites)?
            }
        };
        Some(passage(draw, site))
    }

    /// Requests about one device each that a run makes at most, if that is configured.
    pub(crate) fn calls_per_run(&self) -> Option<u64> {
        self.config["datasets"]["device_users"]["calls_per_run"].as_u64()
    }

    /// How far the clock of the service may be from the clock of everybody else.
    pub(crate) fn skew(&self) -> Duration {
        let secs = self.scenario.faults.iter().map(|fault| match fault.what {
            What::ClockSkew { secs } => secs.unsigned_abs(),
            _ => 0,
        });
        Duration::from_secs(secs.sum())
    }
}

fn shape(draw: Draw, seed: u64, devices: Option<u32>) -> Shape {
    let amount = |name: &str, most: u64| number(log(draw.at(name), 1, most) - 1);
    // Products with a weakness are recommendations: with too few products the model has to give them thousands of
    // weaknesses each, which are slow to make up and teach nothing.
    let software_per_device = 4 + amount("software", 12);
    Shape {
        seed,
        devices: devices.unwrap_or_else(|| 4 + amount("devices", 36)),
        users: 1 + amount("users", 40),
        software_per_device,
        findings_per_device: amount("findings", 24).min(software_per_device),
        recommendations: 10 + amount("recommendations", 24),
    }
}

fn reading(draw: Draw) -> Reading {
    let strategy = |dataset: Dataset| {
        let strategies = dataset.strategies();
        *draw.at(dataset.name()).at("strategy").pick(strategies).unwrap_or(&Strategy::Bulk)
    };
    let mut read: Vec<Dataset> =
        Dataset::ALL.iter().copied().filter(|dataset| draw.at(dataset.name()).chance(700)).collect();
    if read.is_empty() {
        read.push(Dataset::Devices);
    }
    Reading(read.into_iter().map(|dataset| (dataset, strategy(dataset))).collect())
}

/// What decides how users are read. One way is always open.
fn ways_to_users(draw: Draw, terms: &mut Terms) {
    let (resource, role) = match draw.below(5) {
        0 => (Resource::Graph, "ThreatHunting.Read.All"),
        1 => (Resource::Defender, "User.Read.All"),
        2 => {
            terms.switched_off.insert(Feature::Hunting);
            return;
        }
        _ => return,
    };
    terms.roles.entry(resource).or_default().remove(role);
}

fn format(draw: Draw) -> Format {
    let is_native = draw.at("format").chance(150);
    let versions: Vec<Format> =
        Format::ALL.into_iter().filter(|format| (*format == Format::Native) == is_native).collect();
    *draw.at("version").pick(&versions).unwrap_or(&Format::Native)
}

fn config(draw: Draw, format: Format, reading: &Reading, query_rows: u32) -> Value {
    let mut config = json!({
        "datasets": reading.config(),
        "format": format.name(),
        "limits": { "query_rows": query_rows },
        "http": {
            "timeout_secs": log(draw.at("timeout"), 5, 300),
            "max_attempts": 1 + draw.at("attempts").below(8),
            "max_wait_secs": log(draw.at("wait"), 60, 7200),
            "max_in_flight": 1 + draw.at("in flight").below(6),
        },
    });
    if let Format::Ocsf(version) = format {
        config["ocsf_version"] = version.into();
        if draw.at("body").chance(300) {
            config["body"] = "lean".into();
        }
    }
    config["datasets"]["vulnerabilities"]["baseline_days"] = (1 + draw.at("baseline").below(13)).into();
    config["datasets"]["cves"]["baseline_days"] = (1 + draw.at("baseline of cves").below(30)).into();
    let is_free = reading.strategy(Dataset::DeviceUsers) == Some(Strategy::Auto);
    if draw.at("rounds").chance(if is_free { 600 } else { 200 }) {
        // Fewer than most tenants have devices: these are asked about in rounds, over several runs, or hunted over.
        config["datasets"]["device_users"]["calls_per_run"] = (1 + draw.at("calls per run").below(20)).into();
    }
    if draw.at("instance").chance(200) {
        config["instance"] = "simulated \"1\"".into();
    }
    config
}

fn kills(draw: Draw) -> Vec<Kill> {
    let count = *draw.at("count").pick(&[0, 1, 2, 3, 4, 6, 9, 12]).unwrap_or(&0);
    let kill = |index: u64| {
        let draw = draw.nth(index);
        let site = *draw.at("site").pick(Site::ALL).unwrap_or(&Site::Event);
        // Most hosts are back at once; some come back when the model has moved on.
        let longest = if draw.at("long").chance(200) { 4 * 3600 } else { 60 };
        Kill { at: passage(draw, site), downtime: Duration::from_secs(draw.at("down").below(longest)) }
    };
    (0..count).map(kill).collect()
}

fn passage(draw: Draw, site: Site) -> Passage {
    Passage { site, nth: log(draw.at("nth"), 1, site.passages()) }
}

fn outlet(draw: Draw) -> Outlet {
    if draw.at("file").chance(600) {
        return Outlet::File;
    }
    let lines = usize::try_from(log(draw.at("lines"), 1, 256)).unwrap_or(usize::MAX);
    let habit = Habit { lines, pause: Duration::from_millis(log(draw.at("pause"), 1, 100)) };
    let count = *draw.at("count").pick(&[0, 1, 1, 2, 3]).unwrap_or(&0);
    // Some readers are gone before they have read a line.
    let death = |index: u64| log(draw.at("death").nth(index), 1, 512) - 1;
    Outlet::Pipe { habit, deaths: (0..count).map(death).collect() }
}

/// Some hosts take one batch after the other. Others write some of them together, and have more at hand.
fn pace(draw: Draw) -> Pace {
    if draw.at("stepwise").chance(300) {
        return Pace::STEPWISE;
    }
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Pace { group_bytes: size(log(draw.at("group"), 1, 128 * 1024) - 1), ahead: size(log(draw.at("ahead"), 1, 5) - 1) }
}

/// A day for most. Some hosts run again before the service has made newer exports, which it does every six hours.
fn interval(draw: Draw) -> Duration {
    match draw.at("short").chance(150) {
        true => Duration::from_secs(log(draw.at("secs"), 600, 12 * 3600)),
        false => Duration::from_secs(24 * 3600),
    }
}

fn start(draw: Draw) -> Duration {
    let period = Period(number(draw.at("period").below(START_DAYS * 4)));
    let into = if draw.at("edge").chance(300) {
        LENGTH - Duration::from_millis(draw.at("shortly").below(number_of_millis(SHORTLY)))
    } else {
        Duration::from_millis(draw.at("into").below(number_of_millis(LENGTH)))
    };
    (period.start() + into).max(ORIGIN)
}

/// A number from `least` to `most`, small ones as often as large ones.
pub(super) fn log(draw: Draw, least: u64, most: u64) -> u64 {
    let least = least.max(1);
    let steps = (most / least).max(1).ilog2();
    let floor = least << draw.at("step").below(u64::from(steps) + 1);
    (floor + draw.at("rest").below(floor)).min(most)
}

fn number(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn number_of_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_means_the_same() {
        let options = Options::default();
        let (one, same, other) = (Plan::of(7, &options), Plan::of(7, &options), Plan::of(8, &options));
        let shape = |plan: &Plan| plan.tenant.shape().clone();
        assert_eq!((shape(&one), &one.config, one.start), (shape(&same), &same.config, same.start));
        assert_eq!(one.scenario.faults, same.scenario.faults);
        assert_ne!(one.config, other.config);
        let secret = |plan: &Plan| plan.sign_in(&plan.terms).1.value;
        assert_ne!(secret(&one), secret(&other));
    }

    #[test]
    fn plans_are_varied_and_within_bounds() {
        let options = Options::default();
        let plans: Vec<Plan> = (0..500).map(|seed| Plan::of(seed, &options)).collect();
        assert!(
            plans.iter().all(|plan| (4..=40).contains(&plan.tenant.shape().devices) && plan.limits.max_events >= 1)
        );
        assert!(plans.iter().all(|plan| !plan.reading.0.is_empty() && plan.start >= ORIGIN));
        for dataset in Dataset::ALL.iter().copied() {
            for strategy in dataset.strategies() {
                assert!(plans.iter().any(|plan| plan.reading.strategy(dataset) == Some(*strategy)));
            }
        }
        assert!(plans.iter().any(|plan| plan.kills.is_empty()));
        for site in Site::ALL.iter().copied() {
            assert!(plans.iter().flat_map(|plan| &plan.kills).any(|kill| kill.at.site == site), "{site:?}");
            let comes = |plan: &Plan| plan.call(1).is_some_and(|call| call.site == site);
            assert_eq!(plans.iter().any(comes), site.is_open_to_others(), "{site:?}");
        }
        let paces: [fn(&Pace) -> bool; 3] = [
            |pace| *pace == Pace::STEPWISE,
            |pace| pace.ahead > 1,
            |pace| pace.group_bytes > 10_000 && pace.ahead == 0,
        ];
        assert!(paces.iter().all(|is_like| plans.iter().any(|plan| is_like(&plan.pace))));
        assert!(plans.iter().any(|plan| matches!(plan.outlet, Outlet::File)));
        let dies = |plan: &Plan| matches!(&plan.outlet, Outlet::Pipe { deaths, .. } if !deaths.is_empty());
        assert!(plans.iter().any(dies) && plans.iter().any(|plan| plan.call(1).is_none()));
        assert!(plans.iter().any(|plan| plan.scenario.faults.is_empty()));
        assert!(
            plans.iter().any(|plan| plan.page_rows.is_none()) && plans.iter().any(|plan| plan.page_rows == Some(1))
        );
    }

    #[test]
    fn small_numbers_are_as_likely_as_large_ones() {
        let numbers: Vec<u64> = (0..1000).map(|seed| log(Draw::seed(seed), 1, 1000)).collect();
        assert!(numbers.iter().all(|number| (1..=1000).contains(number)));
        assert!(numbers.iter().filter(|number| **number < 30).count() > 300);
        assert!(numbers.iter().filter(|number| **number > 200).count() > 100);
        assert_eq!(log(Draw::seed(1), 5, 5), 5);
    }
}
