//! Properties of the rows: a walk can start anywhere, the delta leads from one state to the next, and the oddities of
//! the wire are all there.

mod declared;
mod delta;
mod lists;
mod oddities;
mod walks;
