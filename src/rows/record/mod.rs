//! One row as it came over the wire.

pub mod address;
mod device;
mod fields;
mod members;
mod number;
pub mod time;
mod value;

pub use device::{DeviceFacts, DeviceFields, DeviceTexts, device_id, group, hostname};
pub use fields::field_table;
pub use fields::{FieldTable, MAX_FIELDS, Record};
pub use number::Number;
pub use value::{Moment, Value};
