//! The binary: captures the world and hands it over.

use glduo::system::System;
use glduo::system::environment;
use glduo::system::hardening::Hardening;
use glduo::system::interrupt::Interrupts;
use glduo::system::orphans;

fn main() {
    orphans::claim_this_process();
    let hardening = Hardening::apply();
    // Without handlers the signals still end the process, only with another status.
    let interrupts = Interrupts::install().unwrap_or_default();
    let mut system = System::capture(interrupts, hardening);
    let code = glduo::run(environment::arguments(), &mut system);
    // Not by returning: that would wait for threads that have nothing left to do.
    std::process::exit(code.into());
}
