//! The parts of HAR 1.2 that are written. What is read of a file is in [`super::stream`].

use serde::Serialize;

/// A HAR file.
#[derive(Debug, Serialize)]
pub struct Har {
    /// Its only member.
    pub log: Log,
}

/// What was recorded.
#[derive(Debug, Serialize)]
pub struct Log {
    /// Version of the format.
    pub version: String,
    /// Program that wrote the file.
    pub creator: Creator,
    /// The exchanges, in order.
    pub entries: Vec<Entry>,
}

/// The program that wrote a file.
#[derive(Debug, Default, Serialize)]
pub struct Creator {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// One exchange.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When the request was sent.
    pub started_date_time: String,
    /// How long it took, in milliseconds.
    pub time: f64,
    /// What was asked.
    pub request: Request,
    /// What was answered.
    pub response: Response,
    /// Required by the format, always empty.
    pub cache: Empty,
    /// Where the time went.
    pub timings: Timings,
    /// What is to be said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// An object without members.
#[derive(Debug, Default, Serialize)]
pub struct Empty {}

/// A request.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Method.
    pub method: String,
    /// Absolute address.
    pub url: String,
    /// Protocol.
    pub http_version: String,
    /// Headers.
    pub headers: Vec<Header>,
    /// Required by the format; everything in it is in the address too.
    pub query_string: Vec<Header>,
    /// Required by the format, always empty.
    pub cookies: Vec<Header>,
    /// Body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_data: Option<PostData>,
    /// Unknown, as -1.
    pub headers_size: i64,
    /// Length of the body.
    pub body_size: i64,
}

/// A request body.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PostData {
    /// Media type.
    pub mime_type: String,
    /// The body.
    pub text: String,
}

/// A response.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub status_text: String,
    /// Protocol.
    pub http_version: String,
    /// Headers.
    pub headers: Vec<Header>,
    /// Required by the format, always empty.
    pub cookies: Vec<Header>,
    /// Body.
    pub content: Content,
    /// Target of a redirect; kept in the headers too.
    #[serde(rename = "redirectURL")]
    pub redirect_url: String,
    /// Unknown, as -1.
    pub headers_size: i64,
    /// Unknown, as -1.
    pub body_size: i64,
}

/// A response body.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// Length of the decoded body.
    pub size: i64,
    /// Media type.
    pub mime_type: String,
    /// The body, encoded as `encoding` says.
    pub text: Option<String>,
    /// Nothing for text, or `base64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Why there is no body, where one was left out. A member of our own, which the format allows.
    #[serde(rename = "_omitted", skip_serializing_if = "Option::is_none")]
    pub omitted: Option<String>,
    /// That the answer had no body, where it had none. A member of our own too: what others write does not tell.
    #[serde(rename = "_empty", skip_serializing_if = "Option::is_none")]
    pub empty: Option<bool>,
}

/// A name and a value.
#[derive(Debug, Clone, Serialize)]
pub struct Header {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Where the time of an exchange went, in milliseconds.
#[derive(Debug, Default, Serialize)]
pub struct Timings {
    /// Sending.
    pub send: f64,
    /// Waiting for the answer.
    pub wait: f64,
    /// Receiving.
    pub receive: f64,
}
