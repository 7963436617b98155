//! The signals that ask a process to end, where the first one asks for an orderly end and the second one ends it at once; and
//! the one that asks it to look at its files again.

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

/// SIGHUP, by which daemons are told to look at their files again.
pub(crate) struct Hangup(Signal);

impl Hangup {
    /// Registers for it: from then on it doesn't end the process.
    ///
    /// # Errors
    /// When signals can't be watched.
    pub(crate) fn register(runtime: &Runtime) -> Result<Self, Failure> {
        let _context = runtime.enter();
        signal(SignalKind::hangup()).map(Self).map_err(Failure::other)
    }

    /// Calls `told` at each one.
    pub(crate) async fn each(mut self, told: impl Fn()) {
        while self.0.recv().await.is_some() {
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
