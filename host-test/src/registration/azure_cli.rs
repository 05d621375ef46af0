//! A script for Azure CLI. Sources: `az ad app`, `az ad sp`, `az ad app credential`, `az ad app federated-credential` and
//! `az rest` of the Azure CLI reference; "Grant an appRoleAssignment to a service principal" of Microsoft Graph.

use super::api::{self, NotOnRecord};
use super::credential::{Credential, TOKEN_EXCHANGE};
use super::quote::{odata_equals, shell};
use super::wanted::Registration;
use serde_json::json;
use std::fmt::Write as _;

/// Microsoft Graph, by cloud.
const GRAPH: [(&str, &str); 4] = [
    ("commercial", "https://graph.microsoft.com"),
    ("gcc", "https://graph.microsoft.com"),
    ("gcc_high", "https://graph.microsoft.us"),
    ("dod", "https://dod-graph.microsoft.us"),
];

/// Where nobody says otherwise the command stays with the public cloud.
fn graph(cloud: &str) -> &'static str {
    GRAPH.iter().find(|(name, _)| *name == cloud).map_or(GRAPH[0].1, |(_, origin)| origin)
}

/// A script for a POSIX shell with Azure CLI 2.37 or newer.
///
/// # Errors
///
/// An API whose application id is not on record.
pub fn write(registration: &Registration<'_>) -> Result<String, NotOnRecord> {
    let name = shell(registration.name);
    let same_name = shell(&odata_equals("displayName", registration.name));
    let cloud = match graph(registration.cloud) {
        public if public == GRAPH[0].1 => "AzureCloud",
        _ => "AzureUSGovernment",
    };
    // A file that is there may be readable by others, or be the secret of something else.
    let fresh = match registration.credential {
        Some(Credential::Secret { file }) => {
            let file = shell(&file.display().to_string());
            format!("if [ -e {file} ]; then\n    echo 'the file for the secret is there already' >&2\n    exit 1\nfi\n")
        }
        _ => String::new(),
    };
    let mut out = format!(
        r#"#!/bin/sh
# Creates an app registration, grants it the permissions below and consents to them.
# Needs Azure CLI 2.37 or newer, signed in to the tenant (az login --allow-no-subscriptions) as somebody who may register
# applications and grant application permissions: Privileged Role Administrator, or Global Administrator.
set -eu

if [ "$(az cloud show --query name --output tsv)" != {cloud} ]; then
    echo 'this tenant is in another cloud: az cloud set --name {cloud}, then sign in again' >&2
    exit 1
fi
{fresh}# Everything is looked up before anything is made.
same_name=$(az ad app list --filter {same_name} --query '[].appId' --output tsv)
if [ -n "$same_name" ]; then
    echo 'there is an app registration of this name already; choose another one with --name' >&2
    exit 1
fi

# look API ROLE: finds both in this tenant, by application id and name.
wanted=''
look() {{
    resource=$(az ad sp show --id "$1" --query id --output tsv) || {{
        echo "this tenant has no API $1: the product that it belongs to was never set up here" >&2
        exit 1
    }}
    role=$(az ad sp show --id "$1" --output tsv \
        --query "appRoles[?value=='$2' && contains(allowedMemberTypes, 'Application')].id")
    if [ -z "$role" ]; then
        echo "the API $1 has no application permission $2 in this cloud" >&2
        exit 1
    fi
    wanted="$wanted $1/$resource/$role"
}}

"#
    );
    for (api, roles) in registration.grants.by_api() {
        let app_id = api::by_name(api)?.app_id;
        for role in roles {
            let _ = writeln!(out, "look {app_id} {}    # {api}", shell(role));
        }
    }
    let _ = write!(
        out,
        r#"
app=$(az ad app create --display-name {name} --sign-in-audience AzureADMyOrg --query appId --output tsv)
principal=$(az ad sp create --id "$app" --query id --output tsv)
for one in $wanted; do
    api=${{one%%/*}} role=${{one##*/}} resource=${{one#*/}}
    resource=${{resource%/*}}
    # What the registration shows, and the consent. The directory needs a moment to know a new principal.
    az ad app permission add --id "$app" --api "$api" --api-permissions "$role=Role" --only-show-errors
    tries=0
    until az rest --method POST --output none --headers 'Content-Type=application/json' \
        --url {graph}/v1.0/servicePrincipals/"$principal"/appRoleAssignments \
        --body "{{\"principalId\":\"$principal\",\"resourceId\":\"$resource\",\"appRoleId\":\"$role\"}}"; do
        tries=$((tries + 1))
        if [ "$tries" -ge 10 ]; then
            echo "a permission could not be granted; see above. The registration $app was made: delete it before another try" >&2
            exit 1
        fi
        sleep 3
    done
done
"#,
        graph = graph(registration.cloud),
    );
    out.push_str(&credential(registration.credential));
    out.push_str("\necho \"tenant_id = \\\"$(az account show --query tenantId --output tsv)\\\"\"\n");
    out.push_str("echo \"client_id = \\\"$app\\\"\"\n");
    Ok(out)
}

fn credential(credential: Option<&Credential>) -> String {
    match credential {
        None => String::new(),
        Some(Credential::Secret { file }) => {
            let file = shell(&file.display().to_string());
            format!(
                r#"
# The secret goes to the file and nowhere else. It is good for a year; a later one is made by the same command.
(umask 077 && az ad app credential reset --id "$app" --append --years 1 --display-name source-host \
    --query password --output tsv --only-show-errors > {file})
"#
            )
        }
        Some(Credential::Certificate { file }) => {
            let file = shell(&format!("@{}", file.display()));
            format!(
                "\n# The certificate alone, without its key.\naz ad app credential reset --id \"$app\" --append --cert {file} \
                 --output none --only-show-errors\n"
            )
        }
        Some(Credential::Federated { issuer, subject }) => {
            let parameters = json!({
                "name": "source-host", "issuer": issuer, "subject": subject, "audiences": [TOKEN_EXCHANGE],
            });
            format!(
                "\naz ad app federated-credential create --id \"$app\" --output none \\\n    --parameters {}\n",
                shell(&parameters.to_string())
            )
        }
    }
}
