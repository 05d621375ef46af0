//! Where positions are kept, within a run and between runs: a small file, or an [inventory](crate::inventory), which
//! remembers every asset with them.

mod error;
mod file;
mod inventory;
mod position;

pub use error::StoreError;
pub use file::FileStore;
pub use position::Store;
