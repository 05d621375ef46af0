//! Tables of advanced hunting: the same truth in other columns. Booleans are the numbers 0 and 1, times have seven
//! digits, lists and objects are JSON in a string, and what is not known is an empty text.

mod bit;
mod device;
mod identity;
mod logon;
mod network;
#[cfg(test)]
mod tests;
mod tvm;

pub use device::DEVICE_INFO;
pub use identity::IDENTITY_INFO;
pub use logon::DEVICE_LOGON_EVENTS;
pub use network::DEVICE_NETWORK_INFO;
pub use tvm::{
    DEVICE_TVM_SECURE_CONFIGURATION_ASSESSMENT, DEVICE_TVM_SOFTWARE_INVENTORY, DEVICE_TVM_SOFTWARE_VULNERABILITIES,
};
