//! The files of a run: none of them may be another one.
//!
//! | written | must not be |
//! |---|---|
//! | the state or the inventory, with what lies beside it | the configuration, or anything that it names |
//! | the sink | the same, nor the state, nor anything but lines of events |
//!
//! By default two files are told apart by what they are, not by their paths; what does not exist is told by its place.

use super::exit::Exit;
use super::out;
use crate::config::{SecretRef, Settings, SinkSettings};
use crate::lock::{Identity, lock_path};
use crate::runner::Stop;
use crate::sink::{self, Claim, Lines, Sink};
use std::path::{Path, PathBuf};

/// Files that the database makes beside an inventory; see <https://www.sqlite.org/tempfiles.html>.
const BESIDE_INVENTORY: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The sink of a run, not yet written to.
pub(super) enum Claimed {
    Stdout(Lines),
    File(Claim),
}

impl Claimed {
    /// Cuts a half line off, if there is one. A reader that does not read is not waited for once the run is to end.
    pub(super) fn sink(self, stop: &Stop) -> Result<Box<dyn Sink + Send>, Exit> {
        match self {
            Self::Stdout(lines) => Ok(out::events(lines, stop)),
            Self::File(claim) => Ok(Box::new(out::until(claim.append()?, stop))),
        }
    }
}

/// Locks the sink.
pub(super) fn claim(sink: &SinkSettings) -> Result<Claimed, Exit> {
    Ok(match sink {
        SinkSettings::Stdout => Claimed::Stdout(Lines::stdout()?),
        SinkSettings::File(path) => Claimed::File(Claim::on(path)?),
    })
}

/// Refuses settings under which a run would write into a file that is something else. Nothing is opened for writing.
pub(super) fn check(settings: &Settings, config: &Path) -> Result<(), Exit> {
    let read = read(settings, config);
    let state = beside_state(settings);
    for (what, path) in &state {
        let about = Identity::of(path);
        if let Some((other, _)) = read.iter().find(|(_, path)| Identity::of(path).is(&about)) {
            let problem = format!("{} is {what} and {other} at once; name another file in state.path", path.display());
            return Err(Exit::usage(problem));
        }
    }
    let (target, about, cure) = match &settings.sink {
        SinkSettings::File(path) => (path.display().to_string(), Identity::of(path), "name another file in sink.path"),
        SinkSettings::Stdout => match sink::standard_output() {
            Some(about) => ("the standard output".to_owned(), about, "redirect it into another file"),
            None => return Ok(()),
        },
    };
    if let Some((other, _)) = read.iter().chain(&state).find(|(_, path)| Identity::of(path).is(&about)) {
        return Err(Exit::usage(format!("{target} cannot be the sink: it is {other}; {cure}")));
    }
    if let SinkSettings::File(path) = &settings.sink {
        sink::examine(path)?;
    }
    Ok(())
}

/// Whether the folders are there that sink and state are to be in: what `check` cannot tell of a file that is yet to be made.
pub(super) fn have_folders(settings: &Settings) -> Result<(), Exit> {
    let sink = match &settings.sink {
        SinkSettings::File(path) => Some(("sink.path", path)),
        SinkSettings::Stdout => None,
    };
    for (member, path) in sink.into_iter().chain([("state.path", &settings.state_path)]) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            let problem = format!("{member}: there is no folder {}; make it, or name another file", folder.display());
            return Err(Exit::usage(problem));
        }
    }
    Ok(())
}

/// The files that a run reads.
fn read(settings: &Settings, config: &Path) -> Vec<(String, PathBuf)> {
    let mut files = vec![("the configuration".to_owned(), config.to_owned())];
    for (name, secret) in &settings.secrets {
        if let SecretRef::File { path, .. } = secret {
            files.push((format!("the file of the secret {name}"), path.clone()));
        }
    }
    files.extend(settings.component.iter().map(|path| ("the component".to_owned(), path.clone())));
    files.extend(
        settings.sandbox.network.ca_file.iter().map(|path| ("the file of authorities".to_owned(), path.clone())),
    );
    files
}

/// The state, and what lies beside it.
fn beside_state(settings: &Settings) -> Vec<(String, PathBuf)> {
    let path = &settings.state_path;
    let (what, beside) = match settings.inventory {
        Some(_) => ("the inventory", &BESIDE_INVENTORY[..]),
        None => ("the state file", &[][..]),
    };
    let mut files = vec![(what.to_owned(), path.clone()), (format!("the lock of {what}"), lock_path(path))];
    for end in beside {
        let mut path = path.clone().into_os_string();
        path.push(end);
        files.push((format!("a part of {what}"), path.into()));
    }
    files
}
