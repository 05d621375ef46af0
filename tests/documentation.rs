//! What is documented is what is published and what comes out. `BLESS=1` writes the generated parts anew.

mod support;

#[path = "documentation/configuration.rs"]
mod configuration;
#[path = "documentation/events.rs"]
mod events;
#[path = "documentation/forms.rs"]
mod forms;
#[path = "documentation/page.rs"]
mod page;
#[path = "documentation/schema.rs"]
mod schema;
#[path = "documentation/shape.rs"]
mod shape;
