//! The list of requests is what a host lets pass: it has to say exactly what is meant, and nothing that writes.

use super::descriptor::distinct;
use crate::conformance::lab::Lab;
use crate::conformance::verdict::{Judged, broken};
use crate::policy::{Pattern, is_public_name};

/// Methods that read, and the one for signing in and for queries.
const METHODS: [&str; 3] = ["GET", "HEAD", "POST"];

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let endpoints = &lab.descriptor.endpoints;
    for endpoint in endpoints {
        let wrong = if endpoint.host != endpoint.host.to_ascii_lowercase() || !is_public_name(&endpoint.host) {
            "its host is not a name in lower case"
        } else if !METHODS.contains(&endpoint.method.as_str()) {
            "its method is none that reads"
        } else if Pattern::parse(&endpoint.path).is_none() {
            "its path is not a pattern of plain segments"
        } else if endpoint.method == "POST" && endpoint.path.contains("...}") {
            "it posts to any path there is"
        } else if endpoint.purpose.starts_with("query: ") && endpoint.method != "POST" {
            "it calls itself a query, which a GET need not"
        } else if endpoint.purpose.trim().is_empty() {
            "it does not say what it is for"
        } else {
            continue;
        };
        return Err(broken(format!("{} {}{}: {wrong}", endpoint.method, endpoint.host, endpoint.path)));
    }
    let lines: Vec<String> = endpoints.iter().map(|it| format!("{} {}{}", it.method, it.host, it.path)).collect();
    distinct("endpoints", lines.iter().map(String::as_str))?;
    let posts = endpoints.iter().filter(|endpoint| endpoint.method == "POST").count();
    Ok(format!("{} requests, {posts} of them POST", endpoints.len()))
}
