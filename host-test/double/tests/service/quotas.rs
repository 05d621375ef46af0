use super::client::{API, Client, SCOPE};
use defender_double::service::{MINUTE, Throttled};
use std::time::Duration;

#[test]
fn a_quota_is_kept_and_frees_when_it_says() {
    let client = Client::of_scenario("[quotas.machines]\nper_minute = 3").signed_in(SCOPE);
    let url = format!("{API}/machines?$top=1");
    for _ in 0..3 {
        assert_eq!(client.get(&url).status, 200);
    }
    let refused = client.get(&url);
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "TooManyRequests"));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(wait, 60);
    // Another API has its own.
    assert_eq!(client.get(&format!("{API}/recommendations")).status, 200);
    client.pass(Duration::from_secs(wait));
    assert_eq!(client.get(&url).status, 200);
    let log = client.service.log();
    assert_eq!((log.throttled(Throttled::Quota), log.throttled(Throttled::Injected)), (1, 0));
    let machines = log.entries.iter().find(|entry| entry.target.contains("machines")).unwrap().family.unwrap();
    assert_eq!((machines.name(), log.busiest(machines, MINUTE)), ("machines", 4));
    assert!(log.to_string().contains("machines"));
}

#[test]
fn documented_quotas_are_the_default() {
    let client = Client::new().signed_in(SCOPE);
    let until_refused =
        |path: &str| (0..200).position(|_| client.get(&format!("{API}/{path}")).status == 429).unwrap_or(200);
    assert_eq!(until_refused("machines/SoftwareVulnerabilitiesExport"), 5);
    assert_eq!(until_refused("machines/SoftwareInventoryByMachine?pageSize=1"), 30);
    assert_eq!(until_refused("machines?$top=1"), 100);
    assert_eq!(until_refused("machines/x/vulnerabilities"), 50);
    // Five a minute, but not more than twenty an hour.
    let mut listings = 5;
    for _ in 0..10 {
        client.pass(MINUTE);
        listings += (0..6)
            .filter(|_| client.get(&format!("{API}/machines/SoftwareVulnerabilitiesExport")).status != 429)
            .count();
    }
    assert!(listings <= 20, "{listings}");
}
