//! A tool that runs on a thread of its own, so that the socket is read meanwhile.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

use super::http_tool;
use super::reply::Reply;
use crate::gitlab::Apart;
use crate::system::notify::Notify;
use crate::tools::{Cancel, Outcome, Permit, Tools};

pub(super) struct ToolRun {
    reply: Receiver<Reply>,
    /// Whether it ends soon after it was cancelled; an answer of a server is not waited for.
    heeds_cancel: bool,
}

impl ToolRun {
    /// Starts a tool of this machine; notifies when it is done.
    pub(super) fn start(
        tools: &Arc<Tools>,
        permit: Permit,
        cancel: &Cancel,
        notify: &Notify,
    ) -> Self {
        let (tools, cancel) = (Arc::clone(tools), cancel.clone());
        let work = move || Reply::Text(tools.run(permit, &cancel));
        Self { reply: spawn(notify, work), heeds_cancel: true }
    }

    /// Starts a request to the instance.
    pub(super) fn request(gitlab: Apart, permit: Permit, notify: &Notify) -> Self {
        let work = move || Reply::Http(http_tool::send(&gitlab.gitlab(), permit.call()));
        Self { reply: spawn(notify, work), heeds_cancel: false }
    }

    /// What it did, if it is done. A tool whose thread panicked has failed.
    pub(super) fn reply(&self) -> Option<Reply> {
        match self.reply.try_recv() {
            Ok(reply) => Some(reply),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) if self.heeds_cancel => {
                Some(Reply::Text(Outcome::failed("the tool failed".to_owned())))
            }
            Err(TryRecvError::Disconnected) => {
                Some(Reply::Http(http_tool::failed(&"the request failed")))
            }
        }
    }

    /// The same after it was canceled, waiting a little.
    pub(super) fn last_reply(&self, limit: Duration) -> Option<Reply> {
        let limit = if self.heeds_cancel { limit } else { Duration::ZERO };
        self.reply.recv_timeout(limit).ok()
    }
}

fn spawn(notify: &Notify, work: impl FnOnce() -> Reply + Send + 'static) -> Receiver<Reply> {
    let (give, reply) = sync_channel(1);
    let notify = notify.clone();
    thread::spawn(move || {
        // Notifies after a panic too.
        let _notifier = Notifier(notify);
        // Fails if the run has ended meanwhile.
        let _ = give.send(work());
    });
    reply
}

struct Notifier(Notify);

impl Drop for Notifier {
    fn drop(&mut self) {
        self.0.notify();
    }
}
