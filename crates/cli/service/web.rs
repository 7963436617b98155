//! The control plane's thread: HTTP endpoints, signals and the ticker that refreshes what they show.

use super::shard::Happening;
use super::status::ServiceStatus;
use crate::exit::Failure;
use bystander_metrics::{Endpoints, bind, serve};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How long open requests may go on at shutdown.
const DRAIN: Duration = Duration::from_secs(2);
const REFRESH: Duration = Duration::from_secs(1);

/// The running control plane.
pub(crate) struct Web {
    stop: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

impl Web {
    /// Binds `listen` and starts to answer; signals are passed on as happenings.
    ///
    /// # Errors
    /// When the address can't be used.
    pub(crate) fn start(
        listen: SocketAddr,
        endpoints: Endpoints,
        status: Arc<ServiceStatus>,
        happenings: Sender<Happening>,
    ) -> Result<Self, Failure> {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(Failure::other)?;
        let listener = runtime.block_on(bind(listen)).map_err(Failure::other)?;
        if let Ok(address) = listener.local_addr() {
            tracing::info!(%address, "metrics, health and status are served");
        }
        let (stop, stopped) = watch::channel(false);
        let run = move || {
            watch_signals(&runtime, happenings.clone())?;
            runtime.spawn(async move {
                let mut ticker = tokio::time::interval(REFRESH);
                loop {
                    ticker.tick().await;
                    status.refresh();
                }
            });
            let mut stopping = stopped;
            let shutdown = async move {
                // An error means that the service is gone, which is a shutdown, too.
                let _ = stopping.wait_for(|stop| *stop).await;
            };
            runtime.block_on(serve(listener, endpoints, DRAIN, shutdown)).map_err(Failure::other)
        };
        let body = move || {
            if let Err(failure) = run() {
                tracing::error!(error = %failure, "the control plane stopped");
            }
        };
        let thread =
            std::thread::Builder::new().name("control-plane".into()).spawn(body).map_err(Failure::other)?;
        Ok(Self { stop, thread })
    }

    /// Stops answering.
    pub(crate) fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.thread.join();
    }
}

/// The first signal asks for an orderly end, the second one ends at once.
fn watch_signals(runtime: &Runtime, happenings: Sender<Happening>) -> Result<(), Failure> {
    let _guard = runtime.enter();
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::other)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::other)?;
    runtime.spawn(async move {
        for again in [false, true] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if again {
                std::process::exit(130);
            }
            let _ = happenings.send(Happening::Signal);
        }
    });
    Ok(())
}
