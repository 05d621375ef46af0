//! Addresses of machines.

use super::*;

#[test]
fn every_address_is_an_event_of_its_own() {
    let mut run = Run::ocsf();
    let docs = run.emit(map, &full(), T);
    let address = &docs[1];
    assert_eq!(address.key(), format!("ip_address:{DEVICE}/10.50.11.140"));
    assert_eq!(address.refs(), [format!("assigned_to device:{DEVICE}")]);
    assert_eq!(address.json["schema"], "ocsf/1.8.0/0");
    assert_eq!(address.at("/activity_name"), "ip_address");
    assert_eq!(address.at("/metadata/profiles"), &json!(["host"]));
    assert_eq!(
        address.at("/device"),
        &json!({ "uid": DEVICE, "hostname": "srv-7.contoso.example", "type_id": 1, "type": "Server",
            "ip": "10.50.11.140", "mac": "00:00:5E:00:53:01" })
    );
    assert_eq!(
        address.at("/unmapped/ip_address"),
        &json!({ "ipVersion": 4, "scope": "private", "type": "Ethernet", "operationalStatus": "Up" })
    );
    assert_eq!(docs[2].at("/unmapped/ip_address/ipVersion"), 6);
    assert_eq!(docs[2].at("/unmapped/ip_address/scope"), "global");
}

#[test]
fn addresses_are_kept_labelled_and_not_repeated() {
    let row = json!({
        "id": DEVICE, "lastIpAddress": "192.0.2.9",
        "ipAddresses": [
            { "ipAddress": "fe80::1%4", "macAddress": "0242F5BBD085", "type": "Wireless80211" },
            { "ipAddress": "fe80::1", "macAddress": "42010A800FDB", "type": "Carrier pigeon" },
            { "ipAddress": "169.254.3.4", "macAddress": "0123456789ABCDEF", "type": "Tunnel" },
            { "ipAddress": "fe80::5", "type": "SoftwareLoopback" },
            { "ipAddress": "10.0.0.4", "macAddress": null, "type": null },
            { "ipAddress": "0.0.0.0" }, { "ipAddress": "" }, null, "10.0.0.5", { "ipAddress": "not an address" },
        ],
    });
    let mut run = Run::ocsf();
    let docs = run.emit(map, &row.to_string(), T);
    let keys: Vec<_> = docs[1..].iter().map(|doc| doc.at("/device/ip").clone()).collect();
    assert_eq!(keys, ["10.0.0.4", "169.254.3.4", "fe80::1", "192.0.2.9"]);
    assert_eq!(
        docs[0].at("/device/network_interfaces"),
        &json!([
            { "ip": "10.0.0.4", "type_id": 0, "type": "Unknown" },
            { "ip": "169.254.3.4", "type_id": 4, "type": "Tunnel" },
            { "ip": "fe80::1", "mac": "42:01:0A:80:0F:DB", "type_id": 99, "type": "Carrier pigeon" },
            { "ip": "fe80::1", "mac": "02:42:F5:BB:D0:85", "type_id": 2, "type": "Wireless" },
        ])
    );
    assert_eq!(docs[0].at("/device/ip"), "192.0.2.9");
    assert!(docs[0].at("/device/mac").is_null());
    let unmapped = docs[0].at("/unmapped/ipAddresses").as_array().unwrap();
    assert_eq!(unmapped.len(), 7, "kept and unreadable, without loopback: {unmapped:?}");
    assert_eq!(docs[2].at("/unmapped/ip_address/scope"), "link_local");
    assert_eq!(docs[2].at("/unmapped/ip_address/macAddress"), "0123456789ABCDEF");
    assert_eq!(
        docs[2].at("/observables").as_array().unwrap().len(),
        2,
        "address and device, of which no name is known"
    );
    assert_eq!(
        docs[3].at("/unmapped/ip_address/moreInterfaces"),
        &json!([{ "macAddress": "02:42:F5:BB:D0:85", "type": "Wireless80211" }])
    );
    assert_eq!(
        run.tolerated(),
        [("mac_not_eui48", 1), ("unknown_word.ipAddresses.type", 1), ("unreadable_address", 2)]
    );
}
