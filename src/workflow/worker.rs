//! A tool at work on a thread of its own, so that the socket is read meanwhile.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;

use crate::tools::{Cancel, Outcome, Permit, Tools};

pub(super) struct Worker {
    outcome: Receiver<Outcome>,
}

impl Worker {
    pub(super) fn start(tools: &Arc<Tools>, permit: Permit, cancel: &Cancel) -> Self {
        let (give, outcome) = sync_channel(1);
        let (tools, cancel) = (Arc::clone(tools), cancel.clone());
        thread::spawn(move || {
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
            Err(TryRecvError::Disconnected) => {
                Some(Outcome::failed("the tool failed".to_owned()))
            }
        }
    }
}
