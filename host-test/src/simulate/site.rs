//! Where the host can be lost, and where a second one can start beside it.

use strum::VariantArray;

/// A place that a host passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub(crate) enum Site {
    /// The lock is held, and nothing was read.
    Locked,
    /// The position is read, and the sink is not open.
    Loaded,
    /// The sink is open, and the source was asked for nothing.
    Opened,
    /// The component reads a clock.
    ClockRead,
    /// The component sends a request; the service never sees it.
    Request,
    /// The service has answered; the component never sees it.
    Answer,
    /// A part of a body is on its way.
    Body,
    /// An event is about to be written: those before it in its batch are, those after it are not.
    Event,
    /// Half of an event is written.
    HalfLine,
    /// All events of a batch are written, and the sink has not said so.
    Durable,
    /// They are durable, and the checkpoint is not stored.
    Save,
    /// The checkpoint is stored, and the component was not called again.
    Saved,
    /// The run is over, and the checkpoint is not forgotten.
    Finish,
}

impl Site {
    /// All of them.
    pub(crate) const ALL: &'static [Self] = Self::VARIANTS;

    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::Loaded => "loaded",
            Self::Opened => "opened",
            Self::ClockRead => "clock read",
            Self::Request => "request",
            Self::Answer => "answer",
            Self::Body => "body",
            Self::Event => "event",
            Self::HalfLine => "half line",
            Self::Durable => "durable",
            Self::Save => "save",
            Self::Saved => "saved",
            Self::Finish => "finish",
        }
    }

    /// Whether somebody can come in between. A clock is read inside of the component, which the host only hears of later.
    pub(crate) fn is_open_to_others(self) -> bool {
        self != Self::ClockRead
    }

    /// Passages among which the one is drawn at which something happens.
    pub(crate) fn passages(self) -> u64 {
        match self {
            Self::ClockRead | Self::Event | Self::HalfLine => 512,
            Self::Body => 128,
            Self::Request | Self::Answer | Self::Durable | Self::Save | Self::Saved => 32,
            Self::Locked | Self::Loaded | Self::Opened | Self::Finish => 1,
        }
    }
}
