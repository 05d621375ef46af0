//! Requests to answers.
//!
//! | file | idea |
//! |---|---|
//! | `serve` | the services as one thing |
//! | `request` | which service a request is for, and what it says |
//! | `sign_in` | tokens |
//! | `quota`, `log`, `state` | calls, counted; what changes from request to request |
//! | `handler` | the order in which a request is looked at |
//! | `page`, `odata`, `export`, `hunt`, `kql` | rows as pages, files and results |
//! | `fault` | what goes wrong |
//! | `reply`, `error`, `encoding`, `pace`, `finish`, `answer` | from words to bytes |

mod answer;
mod encoding;
mod error;
mod export;
mod fault;
mod finish;
mod handler;
mod hunt;
mod kql;
mod lasting;
mod log;
mod odata;
mod pace;
mod page;
mod quota;
mod reply;
mod request;
mod serve;
mod shuffle;
mod sign_in;
mod state;
mod timespan;
mod uuid;

pub use crate::api::{Cloud, Family, Feature, HOUR, MINUTE, Quota, Quotas, Resource, Site};
pub use crate::terms::{
    Application, CLIENT_ID, CLIENT_SECRET, ClientSecret, FederatedCredential, Hunting, TENANT_ID, Terms,
};
pub use answer::{Answer, Body, Piece, Response};
pub use log::{Entry, Log, Throttled};
pub use serve::Service;

#[cfg(test)]
mod tests;
