//! Clients as they come from PyPI and npm, under the real host names; each reads a number that is true.

use crate::double::Double;
use crate::packages::{self, SCRIPTS};
use std::path::Path;
use std::process::Command;

/// Clients from PyPI, and the fact that each counts.
const FROM_PYPI: &[(&str, &str)] = &[
    ("msal_secret", "device"),
    ("msal_certificate", "device"),
    ("msal_thumbprint", "device"),
    ("azure_identity_secret", "device"),
    ("azure_identity_certificate", "device"),
    ("azure_storage_blob", "installed"),
    ("msgraph_core", "recent_logon"),
    ("check_msdefender", "device"),
];

/// Clients from npm.
const FROM_NPM: &[(&str, &str)] =
    &[("identity_secret", "device"), ("identity_certificate", "device"), ("storage_blob", "installed")];

fn hold(clients: &[(&str, &str)], command: impl Fn(&str) -> Command) {
    let double = Double::start();
    let wrong = clients.iter().filter_map(|(client, fact)| {
        let (wanted, found) = (Double::facts(fact), double.read(&mut command(client)));
        (found != Ok(wanted)).then(|| format!("{client}: {found:?}, and {wanted} are true of '{fact}'"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn clients_from_pypi_read_what_is_true() {
    let Some(python) = packages::python() else { return };
    hold(FROM_PYPI, |client| {
        let mut command = Command::new(&python);
        command.arg(Path::new(SCRIPTS).join("read.py")).arg(client);
        command
    });
}

#[test]
fn clients_from_npm_read_what_is_true() {
    let Some(folder) = packages::node() else { return };
    hold(FROM_NPM, |client| {
        let mut command = Command::new("node");
        command.arg(Path::new(SCRIPTS).join("read.mjs")).arg(client).env("DOUBLE_PACKAGES", &folder);
        command
    });
}

/// Python 3.13 and newer are as strict by themselves.
#[test]
fn the_certificates_pass_the_strict_checks_of_python() {
    let Some(python) = packages::python() else { return };
    let double = Double::start();
    let strict = "import os, ssl, socket; \
        context = ssl.create_default_context(cafile=os.environ['SSL_CERT_FILE']); \
        context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN; \
        host, port = os.environ['HTTPS_PROXY'].split('//')[1].split(':'); \
        plain = socket.create_connection((host, int(port))); \
        plain.sendall(b'CONNECT graph.microsoft.com:443 HTTP/1.1\\r\\nHost: graph.microsoft.com:443\\r\\n\\r\\n'); \
        assert plain.recv(4096).startswith(b'HTTP/1.1 200'); \
        print(len(context.wrap_socket(plain, server_hostname='graph.microsoft.com').getpeercert()['issuer']))";
    assert_eq!(double.read(Command::new(python).arg("-c").arg(strict)), Ok(1));
}
