//! A configuration for Terraform. Source: documentation of the provider `hashicorp/azuread` 3, resources `application`,
//! `service_principal`, `app_role_assignment`, `application_certificate`, `application_federated_identity_credential` and
//! data source `service_principal`.

use super::api::{self, NotOnRecord};
use super::credential::{Credential, TOKEN_EXCHANGE};
use super::quote::hcl;
use super::wanted::Registration;
use std::fmt::Write as _;

/// Names of the clouds for the provider.
fn environment(cloud: &str) -> &'static str {
    match cloud {
        "gcc_high" => "usgovernmentl4",
        "dod" => "usgovernmentl5",
        _ => "global",
    }
}

/// A configuration for Terraform with the provider `azuread` 3.
///
/// # Errors
///
/// An API whose application id is not on record.
pub fn write(registration: &Registration<'_>) -> Result<String, NotOnRecord> {
    let environment = environment(registration.cloud);
    let mut out = format!(
        r#"# Creates an app registration, grants it the permissions below and consents to them.
# Whoever applies it may register applications and grant application permissions: Privileged Role Administrator, or Global
# Administrator; as an application, the roles Application.ReadWrite.OwnedBy and AppRoleAssignment.ReadWrite.All.
terraform {{
  required_providers {{
    azuread = {{
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }}
  }}
}}

provider "azuread" {{
  environment = "{environment}"
}}

data "azuread_client_config" "current" {{}}
"#
    );
    let apis = registration.grants.by_api();
    let apis = apis.into_iter().map(|(name, roles)| Ok((api::by_name(name)?, roles)));
    let apis = apis.collect::<Result<Vec<_>, NotOnRecord>>()?;
    for (api, _) in &apis {
        let _ = write!(
            out,
            "\n# {}\ndata \"azuread_service_principal\" \"{}\" {{\n  client_id = \"{}\"\n}}\n",
            api.name, api.identifier, api.app_id
        );
    }
    let _ = write!(
        out,
        r#"
resource "azuread_application" "source" {{
  display_name            = {name}
  sign_in_audience        = "AzureADMyOrg"
  prevent_duplicate_names = true
"#,
        name = hcl(registration.name),
    );
    for (api, roles) in &apis {
        let _ = write!(
            out,
            "\n  required_resource_access {{\n    resource_app_id = data.azuread_service_principal.{}.client_id\n",
            api.identifier
        );
        for role in roles {
            let _ = write!(
                out,
                "\n    resource_access {{\n      id   = data.azuread_service_principal.{}.app_role_ids[{}]\n      type = \
                 \"Role\"\n    }}\n",
                api.identifier,
                hcl(role)
            );
        }
        out.push_str("  }\n");
    }
    out.push_str(
        "}\n\nresource \"azuread_service_principal\" \"source\" {\n  client_id = azuread_application.source.client_id\n}\n",
    );
    for (api, roles) in &apis {
        let roles: Vec<String> = roles.iter().map(|role| hcl(role)).collect();
        let _ = write!(
            out,
            r#"
resource "azuread_app_role_assignment" "{api}" {{
  for_each            = toset([{roles}])
  app_role_id         = data.azuread_service_principal.{api}.app_role_ids[each.value]
  principal_object_id = azuread_service_principal.source.object_id
  resource_object_id  = data.azuread_service_principal.{api}.object_id
}}
"#,
            api = api.identifier,
            roles = roles.join(", "),
        );
    }
    out.push_str(&credential(registration.credential));
    out.push_str(
        r#"
output "tenant_id" {
  value = data.azuread_client_config.current.tenant_id
}

output "client_id" {
  value = azuread_application.source.client_id
}
"#,
    );
    Ok(out)
}

fn credential(credential: Option<&Credential>) -> String {
    match credential {
        // Terraform would keep it in its state, for everybody to read who may plan.
        None | Some(Credential::Secret { .. }) => String::new(),
        Some(Credential::Certificate { file }) => format!(
            r#"
# The certificate alone, without its key.
resource "azuread_application_certificate" "source" {{
  application_id = azuread_application.source.id
  type           = "AsymmetricX509Cert"
  encoding       = "pem"
  value          = file({})
}}
"#,
            hcl(&file.display().to_string())
        ),
        Some(Credential::Federated { issuer, subject }) => format!(
            r#"
resource "azuread_application_federated_identity_credential" "source" {{
  application_id = azuread_application.source.id
  display_name   = "source-host"
  audiences      = ["{TOKEN_EXCHANGE}"]
  issuer         = {}
  subject        = {}
}}
"#,
            hcl(issuer),
            hcl(subject)
        ),
    }
}
