//! How the room waits: the HTTP library's asynchronous work runs on the thread that waits for
//! it. A worker thread would cost 0.6 ms at start and end, and every piece of a stream two
//! hand-overs between threads.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime;

use crate::system::progress::Progress;

/// Runs what is waited for. Several threads may wait at once: one of them moves everybody's
/// connections, and hands that over when it has what it waited for.
#[derive(Clone)]
pub(super) struct Runtime {
    tokio: Arc<runtime::Runtime>,
    /// Tells people that something is waited for.
    progress: Progress,
}

/// The limit passed first.
pub(super) struct OutOfTime;

impl Runtime {
    pub(super) fn new(progress: Progress) -> io::Result<Self> {
        let tokio = runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { tokio: Arc::new(tokio), progress })
    }

    /// Waits for the future, no longer than the limit.
    pub(super) fn wait<T>(
        &self,
        limit: Option<Duration>,
        future: impl Future<Output = T>,
    ) -> Result<T, OutOfTime> {
        let _wait = self.progress.wait();
        let Some(limit) = limit else {
            return Ok(self.tokio.block_on(future));
        };
        self.wait_quietly(limit, future)
    }

    /// The same without progress shown, for a caller that shows its own.
    pub(super) fn wait_quietly<T>(
        &self,
        limit: Duration,
        future: impl Future<Output = T>,
    ) -> Result<T, OutOfTime> {
        // A timer can only be made inside the runtime.
        let limited = async { tokio::time::timeout(limit, future).await };
        self.tokio.block_on(limited).map_err(|_| OutOfTime)
    }

    /// Ends it without waiting for a name lookup that nobody needs any more: the only thing
    /// for which the runtime has threads. Streams that are still read keep it.
    pub(super) fn shut_down(self) {
        if let Some(runtime) = Arc::into_inner(self.tokio) {
            runtime.shutdown_background();
        }
    }
}

/// Lets idle connections notice what happened while nobody waited: one that the server closed
/// must not be used again, and one whose answer was read to its end can be.
pub(super) async fn catch_up() {
    // The first round sees what the sockets have, the second gives it to the connections.
    for _ in 0..2 {
        tokio::task::yield_now().await;
    }
}
