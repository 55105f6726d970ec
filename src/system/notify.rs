//! Wakes a waiting thread or future from any thread, so that it need not poll.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Wakes one waiting thread or future. Clones share state. A notification without a waiter is
/// kept for the next wait.
#[derive(Clone, Debug, Default)]
pub struct Notify(Arc<(Mutex<Pending>, Condvar)>);

#[derive(Debug, Default)]
struct Pending {
    is_notified: bool,
    waker: Option<Waker>,
}

impl Notify {
    /// Wakes the waiter, or the next one.
    pub fn notify(&self) {
        let (pending, condition) = &*self.0;
        let mut pending = pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.is_notified = true;
        condition.notify_one();
        if let Some(waker) = pending.waker.take() {
            waker.wake();
        }
    }

    /// Waits for a notification, at most this long, and returns whether there was one.
    pub fn wait(&self, limit: Duration) -> bool {
        let (pending, condition) = &*self.0;
        let guard = pending.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut pending, _) = condition
            .wait_timeout_while(guard, limit, |pending| !pending.is_notified)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut pending.is_notified)
    }

    /// Is ready once there is a notification, which it takes. The last caller is the waiter.
    pub fn poll(&self, context: &Context<'_>) -> Poll<()> {
        let mut pending = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut pending.is_notified) {
            return Poll::Ready(());
        }
        pending.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_wakes_once_whether_it_came_before_or_during_the_wait() {
        let notify = Notify::default();
        notify.notify();
        notify.notify();
        assert!(notify.wait(Duration::ZERO));
        assert!(!notify.wait(Duration::ZERO));
        let other = notify.clone();
        let notifier = std::thread::spawn(move || other.notify());
        assert!(notify.wait(Duration::from_secs(20)));
        notifier.join().expect("no panic");
    }

    #[test]
    fn a_future_takes_the_notification_that_a_thread_would() {
        let notify = Notify::default();
        let context = Context::from_waker(Waker::noop());
        assert!(notify.poll(&context).is_pending());
        notify.notify();
        assert!(notify.poll(&context).is_ready() && !notify.wait(Duration::ZERO));
    }
}
