//! Names and versions are what hosts, catalogues and configurations refer by.

use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, Verdict, broken};
use crate::contract::Dataset;
use std::collections::HashSet;

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let about = &lab.descriptor;
    if !is_name(&about.name, b'-') {
        return Err(broken(format!("the name {:?} is not in lower case with hyphens", about.name)));
    }
    if !is_semver(&about.version) {
        return Err(broken(format!("the version {:?} is not one of Semantic Versioning", about.version)));
    }
    if about.description.trim().is_empty() || about.description.contains('\n') {
        return Err(broken("the description is not one sentence"));
    }
    if about.datasets.is_empty() {
        return Err(broken("there is no dataset"));
    }
    distinct("datasets", about.datasets.iter().map(|dataset| dataset.name.as_str()))?;
    distinct("schemas", about.schemas.iter().map(String::as_str))?;
    let known: HashSet<&str> = about.datasets.iter().map(|dataset| dataset.name.as_str()).collect();
    for dataset in &about.datasets {
        judge_dataset(dataset, &known)?;
    }
    Ok(format!("{} {}, {} datasets", about.name, about.version, about.datasets.len()))
}

fn judge_dataset(dataset: &Dataset, known: &HashSet<&str>) -> Result<(), Verdict> {
    let name = &dataset.name;
    let wrong = if !is_name(name, b'_') {
        "is not in lower snake case".to_owned()
    } else if dataset.description.trim().is_empty() {
        "has no description".to_owned()
    } else if dataset.kinds.is_empty() || dataset.strategies.is_empty() {
        "has no kinds or no strategies".to_owned()
    } else if let Some(kind) = dataset.kinds.iter().find(|kind| !is_name(kind, b'_')) {
        format!("has the kind {kind:?}, which is not in lower snake case")
    } else if let Some(need) = dataset.needs.iter().find(|need| !known.contains(need.as_str())) {
        format!("needs {need:?}, which is no dataset")
    } else if dataset.permissions.iter().any(|permission| permission.api.is_empty() || permission.name.is_empty()) {
        "has a permission without a name".to_owned()
    } else {
        return distinct("kinds", dataset.kinds.iter().map(String::as_str));
    };
    Err(broken(format!("the dataset {name:?} {wrong}")))
}

/// Demands that nothing is named twice.
pub(super) fn distinct<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Verdict> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(broken(format!("two {what} are named {name:?}")));
        }
    }
    Ok(())
}

fn is_name(name: &str, joint: u8) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == joint)
}

/// `major.minor.patch`, with an optional pre-release and build behind them, as <https://semver.org> has it.
fn is_semver(version: &str) -> bool {
    let (version, build) = version.split_once('+').map_or((version, None), |(version, build)| (version, Some(build)));
    let (core, pre) = version.split_once('-').map_or((version, None), |(core, pre)| (core, Some(pre)));
    let is_number = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'))
    };
    let is_identifier =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| is_number(part))
        && [pre, build].into_iter().flatten().all(|rest| rest.split('.').all(is_identifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_strictly() {
        for version in ["0.1.0", "10.20.30", "1.0.0-rc.1", "1.0.0+build.5", "1.0.0-a-b+c"] {
            assert!(is_semver(version), "{version}");
        }
        for version in ["", "1", "1.0", "v1.0.0", "1.0.0.0", "01.0.0", "1.0.x", "1.0.0-", "1.0.0+", "1.0.0-a..b"] {
            assert!(!is_semver(version), "{version}");
        }
    }
}
