//! Whether an answer without a body was recorded without it, or had none.
//!
//! No recorder says so: Playwright writes neither text nor size where it is told to omit bodies, chrome-har a size where
//! nobody gave it the text, mitmproxy an empty text of size 0 for a body that it passed on without keeping it. What
//! decides is what this program recorded itself, or how the answer was to be transferred; by default an answer without a body is not believed.

use super::entry::Response;
use http::{Method, StatusCode};

/// Why an answer has no body, as the end of a sentence about its entry; nothing where there is one, or where there is
/// none to be had.
pub(super) fn why(response: &Response<'_>, method: &Method) -> Option<String> {
    let (content, headers) = (&response.content, &response.headers);
    if let Some(why) = &content.omitted {
        return Some(format!("holds no body: {why}"));
    }
    if content.is_odd {
        return Some("holds no body: content.text is no text".to_owned());
    }
    if content.file.is_some() || content.text.as_ref().is_some_and(|text| !text.is_empty()) {
        return None;
    }
    let status = response.status;
    let never = content.is_empty
        || status.is_informational()
        || [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED].contains(&status)
        || *method == Method::HEAD;
    let is_empty = never
        || match (headers.length, content.size) {
            (Some(length), _) => length == 0,
            (None, Some(size)) if size != 0.0 => false,
            // What matters about a refusal is its status.
            _ if !status.is_success() => true,
            (None, size) => {
                let is_said = content.text.is_some() || size.is_some();
                is_said && !headers.is_transferred_in_parts && headers.coding.is_none()
            }
        };
    (!is_empty).then(|| "holds no body; let the recorder keep bodies".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::entry::{Content, Headers};
    use super::*;

    fn response(status: u16, text: Option<&'static str>, size: Option<f64>, length: Option<u64>) -> Response<'static> {
        Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers: Headers { length, ..Headers::default() },
            content: Content { text: text.map(Into::into), size, ..Content::default() },
        }
    }

    #[test]
    fn an_answer_without_a_body_is_believed_only_where_something_says_so() {
        for (status, text, size, length, is_omitted) in [
            (200, None, None, None, true),
            (200, None, Some(-1.0), None, true),
            (200, None, Some(7.0), None, true),
            (200, None, Some(0.0), Some(7), true),
            (200, Some(""), Some(0.0), Some(7), true),
            (200, Some(""), Some(0.0), None, false),
            (200, Some(""), None, Some(0), false),
            (200, None, Some(-1.0), Some(0), false),
            (200, Some("{}"), Some(-1.0), Some(7), false),
            (204, None, Some(-1.0), None, false),
            (429, None, None, None, false),
            (429, None, Some(0.0), None, false),
            (403, None, Some(80.0), None, true),
            (403, Some(""), Some(0.0), Some(80), true),
        ] {
            let why = why(&response(status, text, size, length), &Method::GET);
            assert_eq!(why.is_some(), is_omitted, "{status} {text:?} {size:?} {length:?}");
        }
        assert_eq!(why(&response(200, None, None, Some(9)), &Method::HEAD), None);
        let mut own = response(200, Some(""), Some(0.0), Some(9));
        own.content.is_empty = true;
        assert_eq!(why(&own, &Method::GET), None);
    }

    #[test]
    fn a_body_that_came_in_parts_was_one() {
        let mut response = response(200, Some(""), Some(0.0), None);
        response.headers.is_transferred_in_parts = true;
        assert!(why(&response, &Method::GET).unwrap().starts_with("holds no body; "));
    }
}
