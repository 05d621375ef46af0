//! A first configuration: commented, with every dataset in it, ready to be read by a person and by [`super::Settings`].

use crate::contract::{Dataset, one_line};
use std::fmt::Write as _;
use std::path::Path;

/// What is known of it.
#[derive(Debug)]
pub struct Starter<'a> {
    /// The tenant.
    pub tenant_id: &'a str,
    /// The app registration.
    pub client_id: &'a str,
    /// The national cloud.
    pub cloud: &'a str,
    /// Where the client secret is: `env` or `file`, and the name.
    pub secret: (&'a str, &'a str),
    /// Every dataset that there is.
    pub known: &'a [Dataset],
    /// The names of those that are read.
    pub enabled: &'a [String],
    /// Where events go.
    pub sink: &'a Path,
    /// Whether every asset is remembered.
    pub inventory: bool,
    /// The file of the schema, as seen from the configuration.
    pub schema: &'a str,
    /// The file itself, for what the comments say.
    pub name: &'a str,
}

impl Starter<'_> {
    /// Its text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!(
            "#:schema {schema}\n\
             # `source-host validate --config {name}` tells every mistake, `check` tries the connection, `run` reads.\n\
             # All members: docs/configuration.md.\n\n\
             [source.config]\n\
             tenant_id = {tenant}    # Directory (tenant) ID, on the overview page of the app registration\n\
             client_id = {client}    # Application (client) ID, on the same page\n\
             cloud = {cloud}    # or gcc, gcc_high, dod\n\n\
             [source.config.datasets]\n",
            schema = self.schema,
            name = self.name,
            tenant = literal(self.tenant_id),
            client = literal(self.client_id),
            cloud = literal(self.cloud),
        );
        for dataset in self.known {
            let enabled = self.enabled.contains(&dataset.name);
            let needs: Vec<String> = dataset.permissions.iter().map(|grant| one_line(&grant.name)).collect();
            let _ = writeln!(
                out,
                "# {}; {}\n{} = {{ enabled = {enabled} }}",
                one_line(&dataset.description),
                needs.join(" or "),
                dataset.name
            );
        }
        let (kind, place) = self.secret;
        let _ = write!(
            out,
            "\n[source.secrets]                 # where the secret is, never the secret itself\n\
             client_secret = {{ {kind} = {place} }}\n\n\
             [state]\n\
             inventory = {inventory}                # true: every asset is remembered, and only what is new is delivered\n\n\
             [sink]\n\
             type = \"file\"\n\
             path = {sink}\n\n\
             # [schedule]                     # without it there is one run\n\
             # interval_secs = 43200\n",
            place = literal(place),
            inventory = self.inventory,
            sink = literal(&self.sink.display().to_string()),
        );
        out
    }
}

/// A text as TOML writes it.
fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(control));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::super::{SecretRef, Settings, SinkSettings};
    use super::*;
    use crate::contract::Permission;

    fn dataset(name: &str) -> Dataset {
        Dataset {
            name: name.into(),
            description: "Machines".into(),
            enabled_by_default: true,
            permissions: vec![Permission { api: "Api".into(), name: "Machine.Read.All".into() }],
            kinds: vec![],
            strategies: vec![],
            needs: vec![],
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let known = [dataset("devices"), dataset("software")];
        let odd = "a \"b\" \\ \n \u{7f}";
        let starter = Starter {
            tenant_id: odd,
            client_id: "c",
            cloud: "gcc",
            secret: ("env", "SECRET"),
            known: &known,
            enabled: &["software".to_owned()],
            sink: Path::new("out 'x'.ndjson"),
            inventory: true,
            schema: "./x.schema.json",
            name: "x.toml",
        };
        let settings = Settings::parse(Path::new("dir/x.toml"), &starter.text()).unwrap();
        assert_eq!(settings.config["tenant_id"], odd);
        assert_eq!(settings.config["cloud"], "gcc");
        assert_eq!(settings.config["datasets"]["devices"]["enabled"], false);
        assert_eq!(settings.config["datasets"]["software"]["enabled"], true);
        assert_eq!(settings.secrets["client_secret"], SecretRef::Env("SECRET".into()));
        assert_eq!(settings.sink, SinkSettings::File("dir/out 'x'.ndjson".into()));
        assert!(settings.inventory.is_some() && starter.text().starts_with("#:schema ./x.schema.json\n"));
    }
}
