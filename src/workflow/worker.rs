//! A tool at work on a thread of its own, so that the socket is read meanwhile.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

use crate::system::bell::Bell;
use crate::tools::{Cancel, Outcome, Permit, Tools};

pub(super) struct Worker {
    outcome: Receiver<Outcome>,
}

impl Worker {
    /// Starts it; the bell rings when it is done.
    pub(super) fn start(tools: &Arc<Tools>, permit: Permit, cancel: &Cancel, bell: &Bell) -> Self {
        let (give, outcome) = sync_channel(1);
        let (tools, cancel, bell) = (Arc::clone(tools), cancel.clone(), bell.clone());
        thread::spawn(move || {
            // Rings after a panic too.
            let _ringer = Ringer(bell);
            // Nobody waits for it any more where this fails.
            let _ = give.send(tools.run(permit, &cancel));
        });
        Self { outcome }
    }

    /// What it did, if it is done. A tool that died has failed.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        match self.outcome.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Outcome::failed("the tool failed".to_owned())),
        }
    }

    /// The same after it was cancelled, waited for a little.
    pub(super) fn last_outcome(&self, limit: Duration) -> Option<Outcome> {
        self.outcome.recv_timeout(limit).ok()
    }
}

struct Ringer(Bell);

impl Drop for Ringer {
    fn drop(&mut self) {
        self.0.ring();
    }
}
