//! The parts of HAR 1.2 that are read or written. Members that nobody needs are not read, so that files of other
//! tools with members of their own are fine.

use serde::{Deserialize, Serialize};

/// A HAR file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Har {
    /// Its only member.
    pub log: Log,
}

/// What was recorded.
#[derive(Debug, Serialize, Deserialize)]
pub struct Log {
    /// Version of the format.
    #[serde(default)]
    pub version: String,
    /// Program that wrote the file.
    #[serde(default)]
    pub creator: Creator,
    /// The exchanges, in order.
    pub entries: Vec<Entry>,
}

/// The program that wrote a file.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Creator {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
}

/// One exchange.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When the request was sent.
    #[serde(default)]
    pub started_date_time: String,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub time: f64,
    /// What was asked.
    pub request: Request,
    /// What was answered.
    pub response: Response,
    /// Required by the format, always empty.
    #[serde(default, skip_deserializing)]
    pub cache: Empty,
    /// Where the time went.
    #[serde(default, skip_deserializing)]
    pub timings: Timings,
    /// What is to be said about it.
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// An object without members.
#[derive(Debug, Default, Serialize)]
pub struct Empty {}

/// A request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Method.
    pub method: String,
    /// Absolute address.
    pub url: String,
    /// Protocol.
    #[serde(default)]
    pub http_version: String,
    /// Headers.
    #[serde(default)]
    pub headers: Vec<Header>,
    /// Required by the format; everything in it is in the address too.
    #[serde(default, skip_deserializing)]
    pub query_string: Vec<Header>,
    /// Required by the format, always empty.
    #[serde(default, skip_deserializing)]
    pub cookies: Vec<Header>,
    /// Body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_data: Option<PostData>,
    /// Unknown, as -1.
    #[serde(default, skip_deserializing)]
    pub headers_size: i64,
    /// Length of the body.
    #[serde(default, skip_deserializing)]
    pub body_size: i64,
}

/// A request body.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostData {
    /// Media type.
    #[serde(default)]
    pub mime_type: String,
    /// The body.
    #[serde(default)]
    pub text: String,
}

/// A response.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    #[serde(default)]
    pub status_text: String,
    /// Protocol.
    #[serde(default)]
    pub http_version: String,
    /// Headers.
    #[serde(default)]
    pub headers: Vec<Header>,
    /// Required by the format, always empty.
    #[serde(default, skip_deserializing)]
    pub cookies: Vec<Header>,
    /// Body.
    pub content: Content,
    /// Target of a redirect; kept in the headers too.
    #[serde(default, rename = "redirectURL", skip_deserializing)]
    pub redirect_url: String,
    /// Unknown, as -1.
    #[serde(default, skip_deserializing)]
    pub headers_size: i64,
    /// Unknown, as -1.
    #[serde(default, skip_deserializing)]
    pub body_size: i64,
}

/// A response body.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// Length of the decoded body.
    #[serde(default)]
    pub size: i64,
    /// Media type.
    #[serde(default)]
    pub mime_type: String,
    /// The body, encoded as `encoding` says.
    #[serde(default)]
    pub text: Option<String>,
    /// Nothing for text, or `base64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Why there is no body, where one was left out. A member of our own, which the format allows.
    #[serde(default, rename = "_omitted", skip_serializing_if = "Option::is_none")]
    pub omitted: Option<String>,
}

/// A name and a value.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Header {
    /// The name.
    pub name: String,
    /// The value.
    #[serde(default)]
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
