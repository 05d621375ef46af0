//! A sink that is a pipe: what is written lies in it until its reader takes it, and is gone with a reader that dies
//! before. What the consumer has is what was read.

use crate::clock::Clock;
use crate::contract::Event;
use std::collections::VecDeque;
use std::time::Duration;

/// How a pipe and its reader are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Habit {
    /// Lines that fit into the pipe.
    pub(crate) lines: usize,
    /// From one line to the next, as the reader reads.
    pub(crate) pause: Duration,
}

/// What became of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Death {
    /// Lines that it left unread.
    pub(crate) unread: usize,
}

/// The reader is gone, and somebody writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

/// A pipe with a reader. Lines are whole: half a line at the end of what a reader gets is none.
pub(crate) struct Pipe {
    habit: Habit,
    clock: Clock,
    /// Lines, each with the time at which the reader takes it.
    unread: VecDeque<(Duration, Event)>,
    /// When the reader is done with the line before.
    free: Duration,
    /// Lines that the reader takes before it dies; none if it does not.
    left: Option<u64>,
    /// What was read and not fetched.
    read: Vec<Event>,
    death: Option<Death>,
}

impl Pipe {
    /// A pipe whose reader dies after so many lines, or never.
    pub(crate) fn new(habit: Habit, dies_after: Option<u64>, clock: &Clock) -> Self {
        let mut pipe = Self {
            habit,
            clock: clock.clone(),
            unread: VecDeque::new(),
            free: Duration::ZERO,
            left: dies_after,
            read: Vec::new(),
            death: None,
        };
        pipe.die_if_due();
        pipe
    }

    /// Makes room for a line: waits until the reader has taken what is too much.
    ///
    /// # Errors
    /// When there is no reader.
    pub(crate) fn make_room(&mut self) -> Result<(), Broken> {
        self.wait_until(|pipe| pipe.unread.len() < pipe.habit.lines.max(1));
        if self.death.is_some() { Err(Broken) } else { Ok(()) }
    }

    /// Writes a line for which there is room.
    ///
    /// # Errors
    /// When there is no reader.
    pub(crate) fn write(&mut self, line: Event) -> Result<(), Broken> {
        self.catch_up();
        if self.death.is_some() {
            return Err(Broken);
        }
        self.free = self.free.max(self.clock.now()).saturating_add(self.habit.pause);
        self.unread.push_back((self.free, line));
        Ok(())
    }

    /// Waits until everything was read.
    ///
    /// # Errors
    /// When the reader died before.
    pub(crate) fn drain(&mut self) -> Result<(), Broken> {
        self.wait_until(|pipe| pipe.unread.is_empty());
        match self.death {
            Some(Death { unread: 1.. }) => Err(Broken),
            _ => Ok(()),
        }
    }

    /// The writer is gone. The reader reads what is left, and needs nobody's time for it.
    pub(crate) fn hang_up(&mut self) {
        while self.take() {}
    }

    /// What the reader has read since this was last asked.
    pub(crate) fn fetch(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.read)
    }

    /// What became of the reader, if it died.
    pub(crate) fn death(&self) -> Option<Death> {
        self.death
    }

    fn wait_until(&mut self, is_met: impl Fn(&Self) -> bool) {
        self.catch_up();
        while self.death.is_none() && !is_met(self) {
            let Some((due, _)) = self.unread.front() else { return };
            self.clock.advance(due.saturating_sub(self.clock.now()));
            self.catch_up();
        }
    }

    /// The reader takes what is due by now.
    fn catch_up(&mut self) {
        let now = self.clock.now();
        while self.unread.front().is_some_and(|(due, _)| *due <= now) && self.take() {}
    }

    /// The reader takes one line; whether it did.
    fn take(&mut self) -> bool {
        if self.death.is_some() {
            return false;
        }
        let Some((_, line)) = self.unread.pop_front() else { return false };
        self.read.push(line);
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
        }
        self.die_if_due();
        true
    }

    fn die_if_due(&mut self) {
        if self.left == Some(0) && self.death.is_none() {
            self.death = Some(Death { unread: self.unread.len() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Operation;

    const HABIT: Habit = Habit { lines: 2, pause: Duration::from_secs(1) };

    fn line(key: &str) -> Event {
        Event {
            kind: "device".into(),
            operation: Operation::Upsert,
            key: key.into(),
            observed_at: String::new(),
            content_hash: String::new(),
            document: String::new(),
        }
    }

    fn pipe(dies_after: Option<u64>) -> (Pipe, Clock) {
        let clock = Clock::virtual_at(Duration::from_secs(100));
        (Pipe::new(HABIT, dies_after, &clock), clock)
    }

    fn write(pipe: &mut Pipe, keys: &[&str]) -> Result<(), Broken> {
        keys.iter().try_for_each(|key| pipe.make_room().and_then(|()| pipe.write(line(key))))
    }

    fn read(pipe: &mut Pipe) -> Vec<String> {
        pipe.fetch().into_iter().map(|event| event.key).collect()
    }

    #[test]
    fn the_writer_waits_for_the_reader() {
        let (mut pipe, clock) = pipe(None);
        write(&mut pipe, &["a", "b"]).unwrap();
        assert_eq!((clock.elapsed().as_secs(), read(&mut pipe).len()), (0, 0), "they fit");
        write(&mut pipe, &["c"]).unwrap();
        assert_eq!((clock.elapsed().as_secs(), read(&mut pipe)), (1, vec!["a".to_owned()]));
        pipe.drain().unwrap();
        assert_eq!((clock.elapsed().as_secs(), read(&mut pipe)), (3, vec!["b".to_owned(), "c".to_owned()]));
    }

    #[test]
    fn what_a_dead_reader_left_is_gone() {
        let (mut pipe, _) = pipe(Some(1));
        write(&mut pipe, &["a", "b"]).unwrap();
        assert_eq!(pipe.drain(), Err(Broken));
        assert_eq!((read(&mut pipe), pipe.death()), (vec!["a".to_owned()], Some(Death { unread: 1 })));
        assert_eq!(write(&mut pipe, &["c"]), Err(Broken));
        pipe.hang_up();
        assert!(read(&mut pipe).is_empty());
    }

    #[test]
    fn what_was_read_before_its_reader_died_is_delivered() {
        let (mut pipe, _) = pipe(Some(2));
        write(&mut pipe, &["a", "b"]).unwrap();
        assert_eq!((pipe.drain(), pipe.death()), (Ok(()), Some(Death { unread: 0 })));
        assert_eq!((write(&mut pipe, &["c"]), read(&mut pipe).len()), (Err(Broken), 2));
        let mut never_read = Pipe::new(HABIT, Some(0), &Clock::virtual_at(Duration::ZERO));
        assert_eq!(write(&mut never_read, &["a"]), Err(Broken));
    }

    #[test]
    fn a_pipe_outlives_its_writer() {
        let (mut pipe, clock) = pipe(None);
        write(&mut pipe, &["a", "b"]).unwrap();
        pipe.hang_up();
        assert_eq!((read(&mut pipe).len(), clock.elapsed()), (2, Duration::ZERO));
    }
}
