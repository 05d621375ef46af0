//! An inventory as a store.

use super::error::StoreError;
use super::position::Store;
use crate::contract::{Event, Receipt};
use crate::inventory::Inventory;

impl Store for Inventory {
    fn admit(&mut self, events: Vec<Event>) -> Result<Vec<Event>, StoreError> {
        Ok(self.news(events)?)
    }

    fn save(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        Ok(self.keep(checkpoint)?)
    }

    fn settle(&mut self) -> Result<(), StoreError> {
        Ok(self.settled()?)
    }

    fn conclude(&mut self, receipt: &Receipt) -> Result<Vec<Event>, StoreError> {
        Ok(self.gone(receipt)?)
    }

    fn finish(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        Ok(self.close(checkpoint)?)
    }
}
