//! Signing in: OAuth 2.0 client credentials at Microsoft Entra, one token for each audience that is called.

mod permission;
mod refusals;
mod secret;
mod token;
mod token_claims;
mod token_life;

pub use permission::{Api, Permission};
pub use secret::Secret;
pub use token::{CLIENT_SECRET, Grant, PLACE, TokenCache};
