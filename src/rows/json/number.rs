//! Numbers that no double can hold.

/// Whether a valid number is finite as a double. Receivers read `1e999` as infinity, or not at all. Plain digits fit up
/// to 308 of them; only an exponent makes a short number large.
pub(super) fn is_finite(number: &str) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let whole = whole.trim_start_matches(['-', '0']);
    let is_zero = whole.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    let exponent = exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
    is_zero || exponent.saturating_add(whole.len() as i64) <= 308
}
