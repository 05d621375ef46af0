//! Requests to answers.

mod answer;

pub use answer::{Answer, Body, Piece, Response};
