//! Wakes one waiting thread from any other, so that it need not look again and again.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A bell; clones ring the same one. A ring while nobody waits is kept for the next wait.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<(Mutex<bool>, Condvar)>);

impl Bell {
    /// Wakes who waits, or who waits next.
    pub fn ring(&self) {
        let (rung, bell) = &*self.0;
        *rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        bell.notify_one();
    }

    /// Waits for a ring, no longer than this; whether it rang.
    pub fn wait(&self, limit: Duration) -> bool {
        let (rung, bell) = &*self.0;
        let guard = rung.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut rung, _) = bell
            .wait_timeout_while(guard, limit, |rung| !*rung)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *rung)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_heard_once_whether_before_or_during_the_wait() {
        let bell = Bell::default();
        bell.ring();
        bell.ring();
        assert!(bell.wait(Duration::ZERO));
        assert!(!bell.wait(Duration::ZERO));
        let other = bell.clone();
        let ringer = std::thread::spawn(move || other.ring());
        assert!(bell.wait(Duration::from_secs(20)));
        ringer.join().expect("no panic");
    }
}
