//! Short answers, read whole.

use super::transport::Receive;

/// Reads a body of at most `max` bytes; what is longer is cut. `None` if it broke off.
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
    Some(bytes)
}
