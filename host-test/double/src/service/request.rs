//! A request, taken apart.

use crate::api::Site;
use crate::terms::Terms;
use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use std::borrow::Cow;

/// A request at one of the services.
pub(super) struct Request<'r> {
    pub(super) method: &'r Method,
    pub(super) uri: &'r Uri,
    pub(super) headers: &'r HeaderMap,
    pub(super) body: &'r Bytes,
    pub(super) site: Site,
    /// Scheme and authority of the storage that goes with the name that was called: a client that knows the real names
    /// is led to the real name of the storage.
    pub(super) blob_origin: &'r str,
    /// Parameters of the query, decoded, in their order.
    pub(super) query: Vec<(Cow<'r, str>, Cow<'r, str>)>,
}

impl<'r> Request<'r> {
    /// Finds the service of a request; none if no service has that host.
    pub(super) fn read(request: &'r http::Request<Bytes>, terms: &'r Terms) -> Option<Self> {
        let (cloud, authorities) = (terms.cloud, &terms.authorities);
        let uri = request.uri();
        let authority = uri.authority()?;
        let port = authority.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let named = authorities.iter().find(|(name, _)| match name.strip_prefix("*:") {
            Some(any) => any.parse() == Ok(port),
            None => name.eq_ignore_ascii_case(authority.as_str()),
        });
        let site = match named {
            Some((_, Site::Any)) => by_path(uri.path()),
            Some((_, site)) => *site,
            None => cloud.site(&authority.host().to_ascii_lowercase())?,
        };
        let is_real = named.is_none() && !authorities.is_empty();
        let blob_origin = if is_real { cloud.blob_origin() } else { &terms.blob_origin };
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).collect();
        Some(Self {
            method: request.method(),
            uri,
            headers: request.headers(),
            body: request.body(),
            site,
            blob_origin,
            query,
        })
    }

    /// A parameter of the query by its name in any case, the `$` of OData included.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let of_that_name = |(key, _): &&(Cow<'_, str>, Cow<'_, str>)| key.eq_ignore_ascii_case(name);
        self.query.iter().find(of_that_name).map(|(_, value)| value.as_ref())
    }

    /// A header as text.
    pub(super) fn header(&self, name: http::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Segments of the path, decoded.
    pub(super) fn segments(&self) -> Vec<String> {
        let decode = |segment: &str| percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned();
        self.uri.path().split('/').filter(|segment| !segment.is_empty()).map(decode).collect()
    }

    /// Whether it asks for the number of rows alone.
    pub(super) fn is_count(&self) -> bool {
        self.method == Method::GET && self.segments().last().is_some_and(|last| last.eq_ignore_ascii_case("$count"))
    }

    /// Scheme and authority that were called.
    pub(super) fn origin(&self) -> String {
        let scheme = self.uri.scheme_str().unwrap_or("https");
        format!("{scheme}://{}", self.uri.authority().map_or("", |authority| authority.as_str()))
    }

    /// Host, path and query for the log. Signatures stay out.
    pub(super) fn target(&self) -> String {
        let mut target = format!("{}{}", self.uri.authority().map_or("", |a| a.as_str()), self.uri.path());
        if let Some(query) = self.uri.query() {
            let shown: Vec<_> =
                query.split('&').map(|pair| if pair.starts_with("sig=") { "sig=..." } else { pair }).collect();
            target = format!("{target}?{}", shown.join("&"));
        }
        target
    }
}

/// The service that a single listener means.
fn by_path(path: &str) -> Site {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let first = segments.next().unwrap_or_default();
    // A tenant may have any name, so what stands behind it tells.
    let of_sign_in =
        |name: &str| ["oauth2", "discovery", ".well-known"].iter().any(|known| known.eq_ignore_ascii_case(name));
    if first.eq_ignore_ascii_case("api") {
        Site::Defender
    } else if first.eq_ignore_ascii_case("v1.0") || first.eq_ignore_ascii_case("beta") {
        Site::Graph
    } else if segments.take(2).any(of_sign_in) {
        Site::Login
    } else {
        Site::Defender
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(uri: &str) -> Option<Site> {
        let request = http::Request::get(uri).body(Bytes::new()).unwrap();
        let authorities = vec![("127.0.0.1:8080".to_owned(), Site::Any), ("*:8081".to_owned(), Site::Blob)];
        let terms = Terms { authorities, ..Terms::default() };
        Request::read(&request, &terms).map(|request| request.site)
    }

    #[test]
    fn one_listener_serves_all_by_the_path() {
        assert_eq!(site("http://127.0.0.1:8080/api/machines"), Some(Site::Defender));
        assert_eq!(site("http://127.0.0.1:8080/v1.0/users"), Some(Site::Graph));
        assert_eq!(site("http://127.0.0.1:8080/x/oauth2/v2.0/token"), Some(Site::Login));
        for path in ["x/v2.0/.well-known/openid-configuration", "x/.well-known/openid-configuration"] {
            assert_eq!(site(&format!("http://127.0.0.1:8080/{path}")), Some(Site::Login));
        }
        assert_eq!(site("http://127.0.0.1:8080/common/discovery/instance?x=y"), Some(Site::Login));
        assert_eq!(site("http://127.0.0.1:8081/api/machines"), Some(Site::Blob));
        assert_eq!(site("http://elsewhere.example:8081/x"), Some(Site::Blob));
        assert_eq!(site("http://127.0.0.1:9999/api/machines"), None);
        assert_eq!(site("https://API.security.microsoft.com/api/machines"), Some(Site::Defender));
    }

    #[test]
    fn parameters_are_decoded_and_signatures_are_not_logged() {
        let uri = "https://graph.microsoft.com/v1.0/users?%24top=5&$Filter=a%20eq+'b'&sig=secret&x=1";
        let request = http::Request::get(uri).body(Bytes::new()).unwrap();
        let terms = Terms::default();
        let request = Request::read(&request, &terms).unwrap();
        assert_eq!(request.parameter("$top"), Some("5"));
        assert_eq!(request.parameter("$filter"), Some("a eq 'b'"));
        assert!(!request.target().contains("secret") && request.target().ends_with("&sig=...&x=1"));
    }
}
