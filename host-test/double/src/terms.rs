//! On what terms the tenant is served: who may sign in, what it may read and how often, and under which host names.

use crate::api::{Cloud, Feature, Quotas, Resource, Site, all_roles};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::time::Duration;

/// A directory id that every tenant answers to, besides its own, so that a configuration suits all seeds.
pub const TENANT_ID: &str = "5a6b7c8d-1e2f-4a3b-8c4d-6e7f80910a1b";

/// Client id of the application that is registered unless the terms say otherwise.
pub const CLIENT_ID: &str = "0f1e2d3c-4b5a-4678-8899-aabbccddeeff";

/// Client secret of that application. It opens nothing but doubles.
pub const CLIENT_SECRET: &str = "double-secret";

/// Everything about the tenant that is no asset.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Cloud: which hosts are real, and for which audiences tokens are given.
    pub cloud: Cloud,
    /// Directory id and verified domains, as the path of the token endpoint may have them; empty: those of the model.
    pub tenant: Vec<String>,
    /// The application that may sign in.
    pub application: Application,
    /// Application permissions with consent.
    pub roles: BTreeMap<Resource, BTreeSet<String>>,
    /// What the tenant has no licence for.
    pub switched_off: BTreeSet<Feature>,
    /// Life of a token.
    pub token_life: Duration,
    /// Calls that each API allows.
    pub quotas: Quotas,
    /// Limits of hunting queries.
    pub hunting: Hunting,
    /// Authorities that stand for services besides the real ones, as in `127.0.0.1:8080`, or `*:8080` for any host.
    pub authorities: Vec<(String, Site)>,
    /// Scheme and authority of links to export files.
    pub blob_origin: String,
    /// Host in next links of Defender; none: the one that was called.
    pub next_link_host: Option<String>,
    /// Files of an export that is cut by devices; none: one for each 5,000 devices, but at least 4.
    pub export_files: Option<u32>,
    /// For how many periods after its own a snapshot can be read on with its token.
    pub snapshot_periods: u32,
    /// Bounds of the time that an answer takes to begin.
    pub latency: (Duration, Duration),
    /// Bytes of a body, as sent, that come in a second; none: all at once.
    pub bytes_per_sec: Option<NonZeroU64>,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            cloud: Cloud::Commercial,
            tenant: Vec::new(),
            application: Application::default(),
            roles: all_roles(),
            switched_off: BTreeSet::new(),
            token_life: Duration::from_secs(3599),
            quotas: Quotas::default(),
            hunting: Hunting::default(),
            authorities: Vec::new(),
            blob_origin: Cloud::Commercial.blob_origin().into(),
            next_link_host: None,
            export_files: None,
            snapshot_periods: 4,
            latency: (Duration::from_millis(20), Duration::from_millis(180)),
            bytes_per_sec: None,
        }
    }
}

/// An application registration.
#[derive(Debug, Clone)]
pub struct Application {
    /// Client id.
    pub client_id: String,
    /// Whether it was disabled by an administrator.
    pub disabled: bool,
    /// Client secrets.
    pub secrets: Vec<ClientSecret>,
    /// Certificates, DER.
    pub certificates: Vec<Vec<u8>>,
    /// Federated identity credentials.
    pub federated: Vec<FederatedCredential>,
}

impl Default for Application {
    fn default() -> Self {
        Self {
            client_id: CLIENT_ID.into(),
            disabled: false,
            secrets: vec![ClientSecret { value: CLIENT_SECRET.into(), expires: None }],
            certificates: Vec::new(),
            federated: Vec::new(),
        }
    }
}

/// A client secret.
#[derive(Debug, Clone)]
pub struct ClientSecret {
    /// Its value.
    pub value: String,
    /// When it expires, as time since 1970; none: never.
    pub expires: Option<Duration>,
}

/// Trust in the tokens of another identity provider.
#[derive(Debug, Clone)]
pub struct FederatedCredential {
    /// Claim `iss`.
    pub issuer: String,
    /// Claim `sub`.
    pub subject: String,
    /// Claim `aud`.
    pub audience: String,
    /// Public key of the provider, DER: a certificate or a subject public key info.
    pub key: Vec<u8>,
}

/// Limits of hunting queries.
#[derive(Debug, Clone, Copy)]
pub struct Hunting {
    /// Rows of a result. More are cut off silently.
    pub rows: u32,
    /// Bytes of a result. More are refused.
    pub bytes: u64,
    /// Rows that may be looked at in a quarter of an hour: the double's measure of CPU.
    pub rows_per_quarter: u64,
}

impl Default for Hunting {
    fn default() -> Self {
        Self { rows: 100_000, bytes: 50_000_000, rows_per_quarter: 20_000_000 }
    }
}
