//! The signals that ask a process to end: the first one asks for an orderly end, the second one ends it at once.

use crate::exit::Failure;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Both signals, received from the moment this exists: from then on none ends the process unseen.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Registers for both.
    ///
    /// # Errors
    /// When signals can't be watched.
    pub(crate) fn register(runtime: &Runtime) -> Result<Self, Failure> {
        let _context = runtime.enter();
        let of = |kind| signal(kind).map_err(Failure::other);
        Ok(Self { terminate: of(SignalKind::terminate())?, interrupt: of(SignalKind::interrupt())? })
    }

    /// Calls `told` at the first signal; the second one ends the process.
    pub(crate) async fn wait(mut self, told: impl Fn()) {
        for again in [false, true] {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
            }
            if again {
                std::process::exit(130);
            }
            told();
        }
    }
}

/// Watches signals on a thread, for commands other than the service.
///
/// # Errors
/// When signals can't be watched.
pub(crate) fn watch(told: impl Fn() + Send + 'static) -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Failure::other)?;
    // Registered before the thread exists.
    let signals = Signals::register(&runtime)?;
    let body = move || runtime.block_on(signals.wait(told));
    std::thread::Builder::new().name("signals".into()).spawn(body).map_err(Failure::other)?;
    Ok(())
}
