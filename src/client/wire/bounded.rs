//! Short answers, read whole.

use super::transport::Receive;

/// UTF-8's byte order mark, which some writers put in front of a text. RFC 8259 section 8.1 lets readers pass over it.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a body of at most `max` bytes, without the byte order mark that it may begin with; what is longer is cut.
/// `None` if it broke off.
#[inline(never)]
pub fn read_bounded(mut body: Box<dyn Receive>, max: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    while bytes.len() < max {
        match body.receive(&mut piece) {
            Ok(0) => break,
            Ok(length) => bytes.extend_from_slice(&piece[..length.min(max - bytes.len())]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    Some(bytes)
}
