//! `permissions`: the least grants of what is enabled, and how to give them. Nobody is asked, nothing is executed.

use super::describe::offline;
use super::exit::Exit;
use super::out::{Form, print, print_json};
use super::page::table;
use super::setup_args::{PermissionForm, Permissions};
use super::tell::tell;
use super::{job, report};
use crate::config::{ConfigError, Overrides, Settings};
use crate::contract::{Dataset, Descriptor, one_line};
use crate::engine::Source;
use crate::registration::{Credential, Grant, Grants, Registration, azure_cli, manifest, powershell, terraform};
use serde_json::{Value, json};

pub(super) async fn run(args: Permissions) -> Result<(), Exit> {
    let settings = args.config.as_deref().map(Settings::load).transpose()?;
    let mut source = offline(settings.as_ref()).await?;
    let changes = Overrides::from(args.changes);
    let (grants, cloud) = match settings {
        Some(settings) => of_configuration(settings, &changes, &mut source).await?,
        None => (of_defaults(&changes, source.descriptor())?, "commercial".to_owned()),
    };
    let credential = args.credential.chosen();
    if let Some(problem) = credential.as_ref().and_then(|credential| refused(args.format, credential)) {
        return Err(Exit::usage(problem));
    }
    let registration =
        Registration { name: &args.name, grants: &grants, credential: credential.as_ref(), cloud: &cloud };
    match args.format {
        PermissionForm::Table => {
            print(&to_table(&grants), Form::Text)?;
            tell(
                "These are application permissions, and an administrator has to consent to them. To make an app \
                 registration with exactly these: --format az, powershell or terraform; to paste into one: --format manifest",
            );
            Ok(())
        }
        PermissionForm::Json => print_json(&to_json(&grants)),
        PermissionForm::Manifest => print_json(&manifest::write(&registration).map_err(Exit::usage)?),
        PermissionForm::Az => print(&azure_cli::write(&registration).map_err(Exit::usage)?, Form::Text),
        PermissionForm::Powershell => print(&powershell::write(&registration).map_err(Exit::usage)?, Form::Text),
        PermissionForm::Terraform => print(&terraform::write(&registration).map_err(Exit::usage)?, Form::Text),
    }
}

/// Why a credential does not go with a form, if it does not.
fn refused(form: PermissionForm, credential: &Credential) -> Option<String> {
    let flag = match credential {
        Credential::Secret { .. } => "--client-secret",
        Credential::Certificate { .. } => "--certificate",
        Credential::Federated { .. } => "--federated",
    };
    let problem = match (form, credential) {
        (PermissionForm::Az | PermissionForm::Powershell, _) => return None,
        (PermissionForm::Terraform, Credential::Secret { .. }) => {
            "Terraform would keep the secret in its state; take --certificate or --federated"
        }
        (PermissionForm::Terraform, _) => return None,
        (PermissionForm::Table | PermissionForm::Json | PermissionForm::Manifest, _) => {
            "adds a credential to a registration that is made; give --format az, powershell or terraform too"
        }
    };
    Some(format!("{flag}: {problem}"))
}

/// What the ways to read need that a configuration takes, and the cloud that it names.
async fn of_configuration(
    settings: Settings,
    changes: &Overrides,
    source: &mut Source,
) -> Result<(Grants, String), Exit> {
    let config = job::configure(settings.config, changes, source.descriptor())?;
    let planned = source.plan(&config, None, None).await?;
    report::verdict(&planned, "the configuration would not run")?;
    let needs = planned.estimates.iter().map(|estimate| (estimate.dataset.as_str(), &estimate.permissions[..]));
    let grants = Grants::of(needs);
    let cloud =
        serde_json::from_str::<Value>(&config).ok().and_then(|config| Some(config.get("cloud")?.as_str()?.to_owned()));
    Ok((grants, cloud.unwrap_or_else(|| "commercial".to_owned())))
}

/// What all ways to read need of the datasets that are named, or of those that are read by default.
fn of_defaults(changes: &Overrides, about: &Descriptor) -> Result<Grants, Exit> {
    if !changes.set.is_empty() {
        return Err(Exit::usage("--set changes a configuration; give one with --config"));
    }
    let known: Vec<&str> = about.datasets.iter().map(|dataset| dataset.name.as_str()).collect();
    if let Some(name) = changes.datasets.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(ConfigError::unknown_dataset(name, &known).into());
    }
    let is_read = |name: &String, by_default| match changes.datasets.is_empty() {
        true => by_default,
        false => changes.datasets.contains(name),
    };
    let asked: Vec<&Dataset> =
        about.datasets.iter().filter(|dataset| is_read(&dataset.name, dataset.enabled_by_default)).collect();
    // What others need is read too.
    let is_needed = |name: &String| asked.iter().any(|it| it.name == *name || it.needs.contains(name));
    let wanted = about.datasets.iter().filter(|dataset| is_needed(&dataset.name));
    Ok(Grants::of(wanted.map(|dataset| (dataset.name.as_str(), &dataset.permissions[..]))))
}

pub(super) fn to_table(grants: &Grants) -> String {
    let mut rows = vec![["API", "permission", "datasets"].map(str::to_owned)];
    rows.extend(grants.all().iter().map(|grant| {
        let datasets: Vec<String> = grant.datasets.iter().map(|name| one_line(name)).collect();
        [one_line(&grant.api), one_line(&grant.role), datasets.join(", ")]
    }));
    table(&rows, 3)
}

fn to_json(grants: &Grants) -> Value {
    let grant = |grant: &Grant| json!({ "api": grant.api, "name": grant.role, "datasets": grant.datasets });
    json!({ "permissions": grants.all().iter().map(grant).collect::<Vec<_>>() })
}
