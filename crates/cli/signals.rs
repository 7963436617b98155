//! Signals of a command that is no service.

use crate::exit::Failure;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// Calls `told` at the first signal to end; the second one ends at once.
///
/// # Errors
/// When signals can't be watched.
pub(crate) fn watch(told: impl Fn() + Send + 'static) -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Failure::other)?;
    // Registered before the thread exists: from here on no signal ends the process unseen.
    let (mut terminate, mut interrupt) = {
        let _context = runtime.enter();
        let of = |kind| signal(kind).map_err(Failure::other);
        (of(SignalKind::terminate())?, of(SignalKind::interrupt())?)
    };
    let body = move || {
        runtime.block_on(async {
            for again in [false, true] {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                if again {
                    std::process::exit(130);
                }
                told();
            }
        });
    };
    std::thread::Builder::new().name("signals".into()).spawn(body).map_err(Failure::other)?;
    Ok(())
}
