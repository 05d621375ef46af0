//! What happens to a life: the faults of the table, carried out.

use crate::consumer::Patience;
use crate::faults::{Does, Fault, Moment, Room};
use crate::life::{LONGEST, Life, Setting, Signal, set_clock};
use crate::trial::Trial;
use crate::world::{Memory, Place};
use defender_double::draw::Draw;
use rustix::process::Signal as Posix;

impl Trial<'_> {
    /// A run that something happens to.
    pub(crate) fn disturbed(&mut self, fault: &Fault, draw: Draw) {
        let moment = Moment::draw(draw, self.extent());
        match fault.does {
            Does::Kill => self.killed(fault, moment, draw),
            Does::Ask(signal) => self.asked(fault, moment, signal),
            Does::Start { at_once: false } => self.beside(fault, moment),
            Does::Start { at_once: true } => self.at_once(fault, draw),
            Does::Leave => {
                // Less than a pipe holds, or more: what is in it when the reader leaves was written, and not read.
                let bytes = 1 + draw.at("bytes").below(200_000);
                let life = self.start(Setting { patience: Patience::Leaves { bytes }, ..Setting::default() });
                if life.wait_for(Signal::Left, LONGEST) {
                    self.tally.strikes(fault);
                }
                self.finish(life, fault.name, |end| matches!(end.code, Some(0 | 1)));
            }
            Does::Limit { is_signalled } => {
                let blocks = 1 << draw.at("blocks").below(11);
                let room = Room::Limit { blocks, is_signalled };
                let life = self.start(Setting { room, ..Setting::default() });
                let end = self.finish(life, fault.name, |end| {
                    matches!(end.code, Some(0..=2)) || end.signal == Some(Posix::XFSZ.as_raw())
                });
                if end.is_some_and(|end| end.code != Some(0)) {
                    self.tally.strikes(fault);
                }
            }
            Does::Fill => {
                // Less than a page, or as much as many events.
                self.world.fill(1 << draw.at("left").below(17));
                let life = self.start(Setting::default());
                let end = self.finish(life, fault.name, |end| matches!(end.code, Some(0..=2)));
                self.world.clear();
                if end.is_some_and(|end| end.code != Some(0)) {
                    self.tally.strikes(fault);
                }
            }
            Does::Mute(messages) => {
                let life = self.start(Setting { messages, ..Setting::default() });
                self.finish(life, fault.name, |end| end.code == Some(0));
                self.tally.strikes(fault);
            }
            Does::Clock(hours) => {
                let life = self.start(Setting { clock: Some(hours * 3600), ..Setting::default() });
                self.finish(life, fault.name, |end| end.code == Some(0));
                self.tally.strikes(fault);
            }
            Does::Jump(hours) => {
                let (life, runs) = self.until(moment, false, Setting { can_jump: true, ..Setting::default() });
                set_clock(self.world.folder(), self.clock + hours * 3600);
                if runs {
                    self.tally.strikes(fault);
                }
                self.finish(life, fault.name, |end| end.code == Some(0));
            }
        }
    }

    /// Starts a program and waits for the moment; whether it still runs then.
    pub(crate) fn until(&mut self, moment: Moment, holds_all: bool, setting: Setting) -> (Life, bool) {
        let (place, double) = (self.world.place, self.double);
        let patience = match moment {
            Moment::Delivered(bytes) if place == Place::Pipe => Patience::Pauses { bytes },
            _ => Patience::ToTheEnd,
        };
        let file = self.world.events();
        let length = std::fs::metadata(&file).map_or(0, |found| found.len());
        let life = self.start(Setting { patience, ..setting });
        let runs = match moment {
            // The program needs longer to start than this thread to get here.
            Moment::Asked(requests) => {
                double.gate().close_behind(requests, holds_all, life.sender(), || Signal::Asked);
                let runs = life.wait_for(Signal::Asked, LONGEST);
                if !runs {
                    // It asked less often. Nobody else is meant.
                    double.gate().open();
                }
                runs
            }
            Moment::Delivered(bytes) => {
                if place == Place::File {
                    life.watch(file, length + bytes);
                }
                life.wait_for(Signal::Delivered, LONGEST)
            }
            Moment::After(time) => life.runs_after(time),
        };
        (life, runs)
    }

    fn killed(&mut self, fault: &Fault, moment: Moment, draw: Draw) {
        let (life, _) = self.until(moment, true, Setting::default());
        life.signal(Posix::KILL);
        let kill = Some(Posix::KILL.as_raw());
        let end = self.finish(life, fault.name, |end| end.signal == kill || end.code == Some(0));
        if end.is_some_and(|end| end.signal == kill) {
            self.tally.strikes(fault);
        }
        // Seldom: who looks puts right what the next start should.
        if self.world.memory == Memory::Inventory && draw.at("look").chance(200) {
            self.sound();
        }
    }

    fn asked(&mut self, fault: &Fault, moment: Moment, signal: Posix) {
        let (life, runs) = self.until(moment, true, Setting::default());
        life.signal(signal);
        if runs {
            self.tally.strikes(fault);
        }
        // Before it listens the signal ends it, and there is nothing to store. Who was asked or read from listens.
        let listens = !matches!(moment, Moment::After(_));
        self.finish(life, fault.name, |end| end.code == Some(0) || (!listens && end.signal == Some(signal.as_raw())));
    }
}
