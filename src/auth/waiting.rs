//! Waiting for a person, with a limit, and what is told meanwhile to who is watching.

use std::time::{Duration, SystemTime};

use super::callback::Ignored;
use crate::system::clock::Clock;

/// Something that happens while a login waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// About once a second: nobody has come yet.
    Waiting {
        /// How much longer it is waited for.
        left: Duration,
    },
    /// A request to the callback's port had nothing to do with this login and changed nothing.
    Ignored(Ignored),
    /// Further such requests are not told about.
    IgnoringSilently,
    /// GitLab wants to be asked less often.
    SlowingDown {
        /// The time between two questions from now on.
        interval: Duration,
    },
    /// A question to GitLab failed for a passing reason and is asked again.
    AskingAgain,
}

const TICK: Duration = Duration::from_secs(1);

/// A wait that has begun.
pub(super) struct Waiting<'a> {
    pub(super) clock: &'a dyn Clock,
    pub(super) limit: Duration,
    pub(super) watch: &'a mut dyn FnMut(Event),
    begun: SystemTime,
    next_tick: Duration,
}

impl<'a> Waiting<'a> {
    pub(super) fn begin(
        clock: &'a dyn Clock,
        limit: Duration,
        watch: &'a mut dyn FnMut(Event),
    ) -> Self {
        Self { clock, limit, watch, begun: clock.now(), next_tick: Duration::ZERO }
    }

    pub(super) fn passed(&self) -> Duration {
        let passed = self.clock.now().duration_since(self.begun);
        passed.unwrap_or_default()
    }

    pub(super) fn is_over(&self) -> bool {
        self.passed() >= self.limit
    }

    /// Waits, telling about it, but not beyond the limit.
    pub(super) fn sleep(&mut self, duration: Duration) {
        let mut rest = duration;
        while !rest.is_zero() && !self.is_over() {
            let passed = self.passed();
            let left = self.limit.saturating_sub(passed);
            if passed >= self.next_tick {
                (self.watch)(Event::Waiting { left });
                self.next_tick = passed + TICK;
            }
            let step = rest.min(TICK).min(left);
            self.clock.sleep(step);
            rest = rest.saturating_sub(step);
        }
    }
}
