//! `bystander report --watch`: the report made anew at an interval, served, and exported as gauges.
//!
//! One thread makes reports, another answers; between them stands the last report that could be made. Nothing is kept from
//! one round to the next but that report.

mod figures;
mod rounds;
mod rules;
mod schedule;

use super::Files;
use super::maker::Maker;
use crate::config::HttpSettings;
use crate::exit::Failure;
use crate::service::{SignalHandlers, Web};
use bystander_metrics::ReportServer;
use bystander_pipeline::{Stop, StopMode};
use rounds::Rounds;
use schedule::Schedule;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Beside `run`'s port.
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9465);
/// How long a round may go on after it was told to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the main thread has to hear of.
enum WatchEvent {
    /// A signal asks for an orderly end.
    Signal,
    /// Reports are no longer made.
    Ended(Result<(), Failure>),
}

/// Makes and serves reports until a signal says that it is enough.
///
/// # Errors
/// Wrong usage, an address that can't be used, or a fault of the program; a report that can't be made is none.
pub(super) fn watch(
    maker: Maker,
    files: Files,
    interval: Duration,
    listen: Option<SocketAddr>,
) -> Result<(), Failure> {
    rules::agree(&maker.times, &maker.gates)?;
    let site = Arc::new(ReportServer::new().map_err(Failure::other)?);
    let (tell, happened) = channel();
    let signalled = tell.clone();
    let http = HttpSettings { listen: listen.unwrap_or(DEFAULT_LISTEN), any_port: listen.is_none() };
    // Nobody listens any more once the watch has ended by itself.
    let signalled = move || drop(signalled.send(WatchEvent::Signal));
    let web = Web::start(
        http,
        Arc::clone(&site).into(),
        || {},
        SignalHandlers { end: Box::new(signalled), reload: None },
    )?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), ?interval, "the report is watched");
    let (stop, (wake, woken)) = (Stop::default(), channel());
    let rounds = Rounds::new(maker, files, site, stop.clone());
    let body = move || {
        let ended = catch_unwind(AssertUnwindSafe(|| rounds.run(Schedule::new(interval), &woken)));
        let ended = ended.unwrap_or_else(|_| {
            let what = "making the report panicked; start it again, and report this with the message above";
            Err(Failure::Other(what.to_owned()))
        });
        let _ = tell.send(WatchEvent::Ended(ended));
    };
    std::thread::Builder::new().name("report".into()).spawn(body).map_err(Failure::other)?;
    let ended = match happened.recv() {
        Ok(WatchEvent::Signal) => {
            tracing::info!("told to end");
            stop.request(StopMode::Abort);
            drop(wake);
            last(&happened)
        }
        Ok(WatchEvent::Ended(ended)) => ended,
        Err(_) => Err(Failure::other("the watch lost its own channel")),
    };
    web.stop();
    ended
}

/// Waits for the round that is being made, within limits: what it has written is whole at any time.
fn last(happened: &Receiver<WatchEvent>) -> Result<(), Failure> {
    match happened.recv_timeout(PATIENCE) {
        Ok(WatchEvent::Ended(ended)) => ended,
        Ok(WatchEvent::Signal) => Ok(()),
        Err(_) => {
            tracing::warn!("the round that is being made takes too long and is given up");
            Ok(())
        }
    }
}
