//! The page that is read: rows of the vulnerability export, of the size that Microsoft states for them.

use bytes::Bytes;

/// Rows on the page: about 150 MB.
pub(crate) const ROWS: u64 = 158_000;

/// Bytes handed over at once, like a network does.
const CHUNK: usize = 128 << 10;

/// The whole page in chunks, made before anything is measured.
pub(crate) fn chunks() -> Vec<Bytes> {
    let mut page = String::from(r#"{"@odata.context":"c","value":["#);
    for number in 0..ROWS {
        if number > 0 {
            page.push(',');
        }
        row(&mut page, number);
    }
    page.push_str("]}");
    let page = Bytes::from(page);
    (0..page.len()).step_by(CHUNK).map(|at| page.slice(at..page.len().min(at + CHUNK))).collect()
}

fn row(page: &mut String, number: u64) {
    use std::fmt::Write as _;
    let (device, product, cve) = (number / 300, number % 60, number % 300);
    let severity = ["Low", "Medium", "High", "Critical"][(number % 4) as usize];
    let _ = write!(
        page,
        r#"{{"id":"{device:040x}_vendor_product-{product}_10.{product}.4_CVE-2025-{cve:05}_","deviceId":"{device:040x}","rbacGroupId":{group},"rbacGroupName":"Group {group}","deviceName":"host-{device}.corp.contoso.example","osPlatform":"Windows11","osVersion":"23H2","osArchitecture":"x64","softwareVendor":"vendor","softwareName":"product-{product}","softwareVersion":"10.{product}.4","cveId":"CVE-2025-{cve:05}","vulnerabilitySeverityLevel":"{severity}","recommendedSecurityUpdate":"January 2026 Security Updates","recommendedSecurityUpdateId":"50{product:05}","recommendedSecurityUpdateUrl":"https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB50{product:05}","diskPaths":["C:\\Program Files\\Vendor\\Product {product}\\bin\\product.exe"],"registryPaths":["HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Product {product}"],"firstSeenTimestamp":"2025-12-11 09:04:31","lastSeenTimestamp":"2026-01-15 01:55:02.1230000","exploitabilityLevel":"NoExploit","recommendationReference":"va-_-vendor-_-product-{product}","securityUpdateAvailable":true,"cvssScore":{score}.5}}"#,
        group = device % 8,
        score = number % 10,
    );
}
