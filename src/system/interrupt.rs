//! What SIGINT and SIGTERM do.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

/// Lets both signals end the run at once with the codes of the contract, 130 and 143, instead
/// of by the signal itself, and hands out the switch that postpones the first one.
pub fn exit_at_once() -> io::Result<Interrupts> {
    let armed = Arc::new(AtomicBool::new(true));
    let seen = Arc::new(AtomicBool::new(false));
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] {
        signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&armed))?;
        signal_hook::flag::register(signal, Arc::clone(&seen))?;
        // Registered last, so that the signal that arms it does not end the run itself.
        signal_hook::flag::register(signal, Arc::clone(&armed))?;
    }
    Ok(Interrupts { armed, seen })
}

/// The switch between ending at once and ending in good order.
#[derive(Clone, Debug, Default)]
pub struct Interrupts {
    armed: Arc<AtomicBool>,
    seen: Arc<AtomicBool>,
}

impl Interrupts {
    /// From here on the first signal only sets [`Interrupts::seen`]; a second one ends the run.
    pub fn postpone(&self) {
        self.armed.store(false, Ordering::SeqCst);
    }

    /// Whether a signal came.
    pub fn seen(&self) -> bool {
        self.seen.load(Ordering::SeqCst)
    }
}
