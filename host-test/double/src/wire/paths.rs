//! Where a product is found on a device.

use crate::model::{Device, Family, Product};

/// Files of an installation; none for some.
pub(super) fn disk(device: &Device<'_>, product: &Product, version: &str) -> Vec<String> {
    let draw = device.draw().at("paths").nth(u64::from(product.index));
    let (vendor, name) = (&product.vendor, &product.name);
    match device.family() {
        _ if draw.chance(100) => Vec::new(),
        Family::Windows | Family::Server if product.is_system() => Vec::new(),
        Family::Windows | Family::Server => {
            let mut paths = vec![format!("c:\\program files\\{vendor}\\{name}\\{version}\\{name}.exe")];
            if draw.at("per user").chance(100) {
                paths.push(format!("c:\\users\\müller\\appdata\\local\\{name}\\{name}.exe"));
            }
            paths
        }
        Family::Mac => vec![format!("/Applications/{name}.app/Contents/Info.plist")],
        Family::Linux => vec![format!("/usr/lib/{name}"), format!("/var/lib/dpkg/info/{name}.list")],
        _ => Vec::new(),
    }
}

/// Registry keys of an installation.
pub(super) fn registry(device: &Device<'_>, product: &Product) -> Vec<String> {
    let draw = device.draw().at("registry").nth(u64::from(product.index));
    if !device.family().is_windows() || product.is_system() || draw.chance(300) {
        return Vec::new();
    }
    vec![format!("HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{}", product.title)]
}
