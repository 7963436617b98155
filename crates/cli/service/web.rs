//! The control plane's thread: HTTP endpoints, signals and the ticker that refreshes what they show.

use crate::config::HttpSettings;
use crate::exit::Failure;
use crate::signals::{Hangup, Signals};
use bystander_metrics::{HttpError, Site, bind, serve};
use std::net::SocketAddr;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::watch;

/// How long open requests may go on at shutdown.
const DRAIN: Duration = Duration::from_secs(2);
const REFRESH: Duration = Duration::from_secs(1);

/// What signals do.
pub(crate) struct SignalHandlers {
    /// Called at the first signal to end; the second one ends the process at once.
    pub(crate) end: Box<dyn Fn() + Send + Sync>,
    /// Called at each SIGHUP; without it, SIGHUP ends the process.
    pub(crate) reload: Option<Box<dyn Fn() + Send + Sync>>,
}

/// The running control plane.
pub(crate) struct Web {
    stop: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

impl Web {
    /// Listens and starts to answer. `refresh` is called every second.
    ///
    /// # Errors
    /// When the address can't be used.
    pub(crate) fn start(
        listen: HttpSettings,
        site: Site,
        refresh: impl Fn() + Send + 'static,
        handlers: SignalHandlers,
    ) -> Result<Self, Failure> {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(Failure::other)?;
        let listener = runtime.block_on(listener(listen)).map_err(Failure::other)?;
        // Before the line below: who reads it may send a signal at once.
        runtime.spawn(Signals::register(&runtime)?.wait(handlers.end));
        if let Some(reload) = handlers.reload {
            runtime.spawn(Hangup::register(&runtime)?.each(reload));
        }
        if let Ok(address) = listener.local_addr() {
            tracing::info!(%address, "metrics, health and status are served");
        }
        let (stop, stopped) = watch::channel(false);
        let run = move || {
            runtime.spawn(async move {
                let mut ticker = tokio::time::interval(REFRESH);
                loop {
                    ticker.tick().await;
                    refresh();
                }
            });
            let mut stopping = stopped;
            let shutdown = async move {
                // An error means that the service is gone, which is a shutdown, too.
                let _ = stopping.wait_for(|stop| *stop).await;
            };
            runtime.block_on(serve(listener, site, DRAIN, shutdown)).map_err(Failure::other)
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

/// Where further instances on a machine listen, in this order. The port next to the service's default is that of a
/// watched report.
fn further(taken: SocketAddr) -> impl Iterator<Item = SocketAddr> {
    (2..=11).filter_map(move |step| Some(SocketAddr::new(taken.ip(), taken.port().checked_add(step)?)))
}

/// The listener. Where the default port is taken, as by another instance on this machine, it is the first free one of
/// the [`further`] ones, so that a scrape configuration can name them.
async fn listener(HttpSettings { listen, any_port }: HttpSettings) -> Result<TcpListener, HttpError> {
    let taken = match bind(listen).await {
        Err(error) if any_port => error,
        bound => return bound,
    };
    for address in further(listen) {
        if let Ok(listener) = bind(address).await {
            tracing::warn!(
                %taken,
                %address,
                "the default port is taken, another one is used: scrape this address too, or set http.listen"
            );
            return Ok(listener);
        }
    }
    Err(taken)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_an_error_only_where_it_was_asked_for() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = taken.local_addr().unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let asked_for = runtime.block_on(listener(HttpSettings { listen, any_port: false }));
        assert!(asked_for.unwrap_err().to_string().contains("choose another port"));
        let default = runtime.block_on(listener(HttpSettings { listen, any_port: true })).unwrap();
        let other = default.local_addr().unwrap();
        assert_eq!(other.ip(), listen.ip());
        let third = runtime.block_on(listener(HttpSettings { listen, any_port: true })).unwrap();
        let steps = [other.port(), third.local_addr().unwrap().port()].map(|port| port - listen.port());
        assert!(steps[0] < steps[1] && steps.iter().all(|step| (2..=11).contains(step)), "{steps:?}");
    }

    /// The ports that the shipped scrape configuration and the docs name.
    #[test]
    fn further_instances_listen_on_9466_to_9475_in_this_order() {
        let ports: Vec<String> =
            further("127.0.0.1:9464".parse().unwrap()).map(|at| at.to_string()).collect();
        let named = [9466, 9467, 9468, 9469, 9470, 9471, 9472, 9473, 9474, 9475];
        assert_eq!(ports, named.map(|port| format!("127.0.0.1:{port}")));
        assert_eq!(further("127.0.0.1:65534".parse().unwrap()).count(), 0, "65535 is the last port");
    }
}
