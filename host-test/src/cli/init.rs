//! `init`: from nothing to a configuration that is valid, the grants that it needs, and the next command.
//!
//! What is not given is asked for where a person can answer; elsewhere it is missing. The secret itself is never asked for.

use super::describe::{schema, unconnected};
use super::exit::Exit;
use super::out::{Form, pretty, print};
use super::permissions::to_table;
use super::setup_args::Init;
use super::tell::{is_terminal, tell};
use super::{job, places, report};
use crate::config::{ConfigError, Overrides, Sandbox, Settings, Starter, of_file};
use crate::contract::{Dataset, one_line};
use crate::registration::{Grants, shell};
use dialoguer::{Input, MultiSelect};
use std::fs::OpenOptions;
use std::io::{IsTerminal, Write};
use std::path::Path;

/// Where the secret is said to be unless somebody says otherwise; `permissions --client-secret` writes it there.
const SECRET_FILE: &str = "defender.secret";

pub(super) async fn run(args: Init) -> Result<(), Exit> {
    let schema_file = args.out.with_extension("schema.json");
    for file in [&args.out, &schema_file] {
        // Also a link that leads nowhere.
        if file.symlink_metadata().is_ok() {
            return Err(Exit::usage(format!("{} is there already; name another file with --out", file.display())));
        }
    }
    let mut source = unconnected(&Sandbox::default(), None).await?;
    let about = source.descriptor().clone();
    let can_ask = std::io::stdin().is_terminal() && is_terminal();
    let tenant_id = answer(can_ask, args.tenant_id, "--tenant-id", "Directory (tenant) ID")?;
    let client_id = answer(can_ask, args.client_id, "--client-id", "Application (client) ID")?;
    let enabled = datasets(can_ask, args.datasets, &about.datasets)?;
    let secret_file = args.secret_file.map_or_else(|| SECRET_FILE.to_owned(), |file| file.display().to_string());
    let secret = match &args.secret_env {
        Some(variable) => ("env", variable.as_str()),
        None => ("file", secret_file.as_str()),
    };
    let starter = Starter {
        tenant_id: &tenant_id,
        client_id: &client_id,
        cloud: &args.cloud,
        secret,
        known: &about.datasets,
        enabled: &enabled,
        sink: &args.sink,
        inventory: args.inventory,
        schema: &format!("./{}", name(&schema_file)),
        name: &name(&args.out),
    };
    let text = starter.text();
    // Nothing is written that `validate` would refuse.
    let settings = Settings::parse(&args.out, &text)?;
    places::check(&settings, &args.out)?;
    let config = job::configure(settings.config, &Overrides::default(), &about)?;
    let planned = source.plan(&config, None, None).await?;
    report::verdict(&planned, "this would not run")?;
    write(&schema_file, &pretty(&of_file(schema(&about))))?;
    write(&args.out, &text)?;

    let needs = planned.estimates.iter().map(|estimate| (estimate.dataset.as_str(), &estimate.permissions[..]));
    print(&to_table(&Grants::of(needs)), Form::Text)?;
    let file = shell(&args.out.display().to_string());
    // As the configuration means it: relative to itself.
    let secret_file = args.out.parent().unwrap_or(Path::new("")).join(&secret_file);
    let credential = match args.secret_env {
        Some(_) => String::new(),
        None => format!(" --client-secret {}", shell(&secret_file.display().to_string())),
    };
    tell(format_args!(
        "{} is written, and {} for editors. The app registration needs the grants above:\n    \
         source-host permissions --config {file} --format az{credential} > register.sh\n\
         prints a script that makes one (read it first). Then:\n    \
         source-host check --config {file}\n    source-host run --config {file}",
        args.out.display(),
        schema_file.display(),
    ));
    Ok(())
}

fn name(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What was given, or what a person says.
fn answer(can_ask: bool, given: Option<String>, flag: &str, question: &str) -> Result<String, Exit> {
    match given {
        Some(given) => Ok(given),
        None if can_ask => {
            let prompt = format!("{question}, on the overview page of the app registration");
            let said: Result<String, _> = Input::new().with_prompt(prompt).interact_text();
            said.map(|said| said.trim().to_owned()).map_err(|error| Exit::usage(format!("{flag}: no answer: {error}")))
        }
        None => Err(Exit::usage(format!("{flag} is missing, and there is no terminal to ask on; give it"))),
    }
}

fn datasets(can_ask: bool, given: Vec<String>, known: &[Dataset]) -> Result<Vec<String>, Exit> {
    let names: Vec<&str> = known.iter().map(|dataset| dataset.name.as_str()).collect();
    if let Some(name) = given.iter().find(|name| !names.contains(&name.as_str())) {
        return Err(ConfigError::unknown_dataset(name, &names).into());
    }
    if !given.is_empty() {
        return Ok(given);
    }
    let by_default = || known.iter().filter(|it| it.enabled_by_default).map(|it| it.name.clone()).collect();
    if !can_ask {
        return Ok(by_default());
    }
    let items = known
        .iter()
        .map(|it| (format!("{}: {}", one_line(&it.name), one_line(&it.description)), it.enabled_by_default));
    let prompt = "Datasets to read (space changes, enter takes them)";
    let chosen = MultiSelect::new().report(false).with_prompt(prompt).items_checked(items).interact_opt();
    match chosen.map_err(|error| Exit::usage(format!("--datasets: no answer: {error}")))? {
        Some(chosen) => Ok(chosen.into_iter().filter_map(|index| Some((*names.get(index)?).to_owned())).collect()),
        None => Ok(by_default()),
    }
}

/// Writes a new file.
fn write(file: &Path, text: &str) -> Result<(), Exit> {
    let written =
        OpenOptions::new().write(true).create_new(true).open(file).and_then(|mut out| out.write_all(text.as_bytes()));
    written.map_err(|error| Exit::failed(format!("cannot write {}: {error}; look at the folder", file.display())))
}
