//! A tool at work on a thread of its own, so that the socket is read meanwhile.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

use super::http_tool::{self, Answer};
use crate::gitlab::Apart;
use crate::system::bell::Bell;
use crate::tools::{Cancel, Outcome, Permit, Tools};

/// What a tool did.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    /// The instance's answer, where that is what the service waits for.
    pub(super) answer: Option<Answer>,
}

pub(super) struct Worker {
    done: Receiver<Done>,
    /// Whether it ends soon after it was cancelled; an answer of a server is not waited for.
    heeds_cancel: bool,
}

impl Worker {
    /// Starts a tool of this machine; the bell rings when it is done.
    pub(super) fn start(tools: &Arc<Tools>, permit: Permit, cancel: &Cancel, bell: &Bell) -> Self {
        let (tools, cancel) = (Arc::clone(tools), cancel.clone());
        let work = move || Done { outcome: tools.run(permit, &cancel), answer: None };
        Self { done: spawn(bell, work), heeds_cancel: true }
    }

    /// Starts a request to the instance.
    pub(super) fn request(gitlab: Apart, permit: Permit, bell: &Bell) -> Self {
        let work = move || {
            let answer = http_tool::send(&gitlab.gitlab(), permit.call());
            let outcome = Outcome {
                text: answer.body.clone(),
                ok: answer.error.is_empty(),
                refused: answer.refused,
            };
            Done { outcome, answer: Some(answer) }
        };
        Self { done: spawn(bell, work), heeds_cancel: false }
    }

    /// What it did, if it is done. A tool that died has failed.
    pub(super) fn done(&self) -> Option<Done> {
        match self.done.try_recv() {
            Ok(done) => Some(done),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                let outcome = Outcome::failed("the tool failed".to_owned());
                Some(Done { outcome, answer: None })
            }
        }
    }

    /// The same after it was cancelled, waited for a little.
    pub(super) fn last(&self, limit: Duration) -> Option<Done> {
        let limit = if self.heeds_cancel { limit } else { Duration::ZERO };
        self.done.recv_timeout(limit).ok()
    }
}

fn spawn(bell: &Bell, work: impl FnOnce() -> Done + Send + 'static) -> Receiver<Done> {
    let (give, done) = sync_channel(1);
    let bell = bell.clone();
    thread::spawn(move || {
        // Rings after a panic too.
        let _ringer = Ringer(bell);
        // Nobody waits for it any more where this fails.
        let _ = give.send(work());
    });
    done
}

struct Ringer(Bell);

impl Drop for Ringer {
    fn drop(&mut self) {
        self.0.ring();
    }
}
