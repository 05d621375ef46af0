//! A script for Microsoft Graph PowerShell. Sources: the pages of the commands that it uses, module
//! `Microsoft.Graph.Applications`; "Grant and revoke app role assignments" of Microsoft Graph PowerShell.

use super::api::{self, NotOnRecord};
use super::credential::{Credential, TOKEN_EXCHANGE};
use super::quote::{odata_equals, powershell as quote};
use super::wanted::Registration;
use std::fmt::Write as _;

/// Names of the clouds, as `Get-MgEnvironment` lists them.
fn environment(cloud: &str) -> &'static str {
    match cloud {
        "gcc_high" => "USGov",
        "dod" => "USGovDoD",
        _ => "Global",
    }
}

/// A script for PowerShell 7 with the module `Microsoft.Graph.Applications` 2.0 or newer.
///
/// # Errors
///
/// An API whose application id is not on record.
pub fn write(registration: &Registration<'_>) -> Result<String, NotOnRecord> {
    let (name, environment) = (quote(registration.name), environment(registration.cloud));
    let same_name = quote(&odata_equals("displayName", registration.name));
    let fresh = match registration.credential {
        Some(Credential::Secret { file }) => {
            let file = quote(&file.display().to_string());
            format!("if (Test-Path -LiteralPath {file}) {{ throw 'The file for the secret is there already.' }}\n")
        }
        _ => String::new(),
    };
    let mut out = format!(
        r"#Requires -Version 7.0
#Requires -Modules @{{ ModuleName = 'Microsoft.Graph.Applications'; ModuleVersion = '2.0.0' }}
# Creates an app registration, grants it the permissions below and consents to them.
# Sign in as somebody who may register applications and grant application permissions: Privileged Role Administrator, or
# Global Administrator.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest

Connect-MgGraph -NoWelcome -Environment {environment} -Scopes 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All'
{fresh}if (Get-MgApplication -Filter {same_name}) {{
    throw 'There is an app registration of this name already; choose another one with --name.'
}}

$wanted = [ordered]@{{
"
    );
    for (api, roles) in registration.grants.by_api() {
        let roles: Vec<String> = roles.into_iter().map(quote).collect();
        let _ = writeln!(out, "    '{}' = @({})    # {api}", api::by_name(api)?.app_id, roles.join(", "));
    }
    let _ = write!(
        out,
        r#"}}
# Everything is looked up before anything is made.
$resources = foreach ($api in $wanted.Keys) {{
    $resource = Get-MgServicePrincipal -Filter "appId eq '$api'"
    if (-not $resource) {{ throw "This tenant has no API ${{api}}: the product that it belongs to was never set up here." }}
    $roles = foreach ($name in $wanted[$api]) {{
        $role = $resource.AppRoles | Where-Object {{ $_.Value -ceq $name -and $_.AllowedMemberTypes -contains 'Application' }}
        if (-not $role) {{ throw "The API $api has no application permission $name in this cloud." }}
        $role.Id
    }}
    @{{ AppId = $api; Id = $resource.Id; Roles = @($roles) }}
}}

$access = @($resources | ForEach-Object {{
    @{{ ResourceAppId = $_.AppId; ResourceAccess = @($_.Roles | ForEach-Object {{ @{{ Id = $_; Type = 'Role' }} }}) }}
}})
$app = New-MgApplication -DisplayName {name} -SignInAudience 'AzureADMyOrg' -RequiredResourceAccess $access
$principal = New-MgServicePrincipal -AppId $app.AppId
foreach ($resource in $resources) {{
    foreach ($role in $resource.Roles) {{
        for ($try = 1; ; $try++) {{
            # The directory needs a moment to know a new principal.
            try {{
                New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -PrincipalId $principal.Id `
                    -ResourceId $resource.Id -AppRoleId $role | Out-Null
                break
            }} catch {{
                if ($try -ge 10) {{ throw }}
                Start-Sleep -Seconds 3
            }}
        }}
    }}
}}
"#
    );
    out.push_str(&credential(registration.credential));
    out.push_str("\n\"tenant_id = `\"$((Get-MgContext).TenantId)`\"\"\n\"client_id = `\"$($app.AppId)`\"\"\n");
    Ok(out)
}

fn credential(credential: Option<&Credential>) -> String {
    match credential {
        None => String::new(),
        Some(Credential::Secret { file }) => {
            let file = quote(&file.display().to_string());
            format!(
                r"
# The secret goes to the file and nowhere else. It is good for a year; a later one is made by the same command.
$file = New-Item -ItemType File -Path {file}
if (-not $IsWindows) {{ chmod 600 $file.FullName }}
$made = @{{ DisplayName = 'source-host'; EndDateTime = (Get-Date).AddYears(1) }}
(Add-MgApplicationPassword -ApplicationId $app.Id -PasswordCredential $made).SecretText | Set-Content -Path $file.FullName
"
            )
        }
        Some(Credential::Certificate { file }) => {
            let file = quote(&file.display().to_string());
            format!(
                r"
# The certificate alone, without its key.
$certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::new((Resolve-Path -LiteralPath {file}).Path)
$key = @{{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $certificate.RawData; DisplayName = 'source-host' }}
Update-MgApplication -ApplicationId $app.Id -KeyCredentials @($key)
"
            )
        }
        Some(Credential::Federated { issuer, subject }) => format!(
            r"
New-MgApplicationFederatedIdentityCredential -ApplicationId $app.Id -Name 'source-host' `
    -Issuer {} -Subject {} -Audiences @('{TOKEN_EXCHANGE}') | Out-Null
",
            quote(issuer),
            quote(subject)
        ),
    }
}
