//! Time, so that tests need not wait for it.

use std::time::{Duration, Instant, SystemTime};

/// Tells the time and waits.
pub trait Clock: Send + Sync {
    /// The wall clock.
    fn now(&self) -> SystemTime;
    /// Waits.
    fn sleep(&self, duration: Duration);
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy)]
pub struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// A moment after which something is given up, on a clock that never goes back.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// This long from now.
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now() + duration)
    }

    /// How long it is until then; nothing once it has come.
    pub fn left(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether it has come.
    pub fn has_passed(&self) -> bool {
        Instant::now() >= self.0
    }
}
