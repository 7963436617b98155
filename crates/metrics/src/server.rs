//! The server under a site: few connections, short waits, and no answers to names that are not this machine's.
//!
//! It stands in the same process as the shards, so no client may use up descriptors or memory: a client that never ends
//! its request is cut off after [`HEADERS`], and with [`CONNECTIONS`] open the oldest is closed for the next one. So
//! probes and scrapes are answered whatever other clients do.

use crate::http::{HttpError, Site};
use axum::Router;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// Connections at a time. Two Prometheus servers, probes and a few browsers need a dozen.
const CONNECTIONS: usize = 64;
/// How long a request's header may take to arrive, and a connection may be idle: longer than a usual scrape interval.
const HEADERS: Duration = Duration::from_secs(30);
/// Largest header, in bytes.
const HEADER_BYTES: usize = 16 << 10;
/// Wait after the system refused a connection, so that a lack of descriptors doesn't keep a core busy.
const REFUSED: Duration = Duration::from_millis(100);

/// How the server treats its clients.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// Connections at a time.
    pub connections: usize,
    /// How long a request's header may take to arrive.
    pub headers: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self { connections: CONNECTIONS, headers: HEADERS }
    }
}

/// Answers until `shutdown` is done, then lets open requests finish for at most `drain`.
///
/// # Errors
/// [`HttpError::Serve`] when the listener breaks.
pub async fn serve(
    listener: TcpListener,
    site: impl Into<Site>,
    drain: Duration,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), HttpError> {
    serve_within(ConnectionLimits::default(), listener, site, drain, shutdown).await
}

/// The same with other limits.
///
/// # Errors
/// As [`serve`].
pub async fn serve_within(
    limits: ConnectionLimits,
    listener: TcpListener,
    site: impl Into<Site>,
    drain: Duration,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), HttpError> {
    let router = guarded(site.into().into_router(), listener.local_addr().map_err(HttpError::Serve)?);
    let (close, closing) = watch::channel(false);
    let mut open = Open { limits, tasks: JoinSet::new(), oldest: VecDeque::new() };
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = open.tasks.join_next() => open.forget_closed(),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => open.take(stream, router.clone(), closing.clone()),
                Err(error) if fails_one_client(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "a connection to the metrics and health endpoints was refused");
                    tokio::time::sleep(REFUSED).await;
                }
            },
        }
    }
    drop(listener);
    // Every connection holds a receiver; without any there is nobody to tell.
    let _ = close.send(true);
    let drained = tokio::time::timeout(drain, async { while open.tasks.join_next().await.is_some() {} });
    if drained.await.is_err() {
        tracing::warn!(?drain, "requests to the metrics and health endpoints were cut off at shutdown");
    }
    Ok(())
}

/// The client went away before it was accepted.
fn fails_one_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

/// The open connections.
struct Open {
    limits: ConnectionLimits,
    tasks: JoinSet<()>,
    /// In the order in which they were opened.
    oldest: VecDeque<AbortHandle>,
}

impl Open {
    fn take(&mut self, stream: TcpStream, router: Router, closing: watch::Receiver<bool>) {
        self.forget_closed();
        while self.oldest.len() >= self.limits.connections.max(1) {
            let Some(oldest) = self.oldest.pop_front() else { break };
            tracing::debug!("the oldest connection is closed for a new one");
            oldest.abort();
        }
        self.oldest.push_back(self.tasks.spawn(answer(stream, router, self.limits.headers, closing)));
    }

    fn forget_closed(&mut self) {
        self.oldest.retain(|task| !task.is_finished());
    }
}

/// Answers one connection's requests. It ends by itself, when told to close, or when its task is aborted.
async fn answer(stream: TcpStream, router: Router, headers: Duration, closing: watch::Receiver<bool>) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(headers)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = told_to_close(closing) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the metrics and health endpoints ended early");
    }
}

async fn told_to_close(mut closing: watch::Receiver<bool>) {
    // An error means that the server is gone, which ends its connections, too.
    let _ = closing.wait_for(|close| *close).await;
}

/// On a loopback address only requests to this machine by its own names are answered. A browser on this machine may be
/// led to this port by a page whose host name suddenly means 127.0.0.1 (DNS rebinding); it then sends that name.
fn guarded(router: Router, listening: SocketAddr) -> Router {
    if !listening.ip().is_loopback() {
        return router;
    }
    router.layer(from_fn(async |request: Request, next: Next| {
        if foreign_host(request.headers(), request.uri().authority()) {
            return misdirected();
        }
        next.run(request).await
    }))
}

/// Whether a request names a host that is not this machine's loopback. Only requests before HTTP/1.1 name none.
fn foreign_host(headers: &HeaderMap, target: Option<&Authority>) -> bool {
    let own = |authority: &Authority| {
        let host = authority.host();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
    };
    let named = headers.get_all(header::HOST).iter().map(|value| value.as_bytes().try_into().ok());
    let named = named.map(|authority: Option<Authority>| authority.as_ref().is_some_and(own));
    named.chain(target.map(own)).any(|own| !own)
}

fn misdirected() -> Response {
    let said = "this address answers to localhost only; listen on another address (http.listen) to be asked by name, or \
                let the proxy in front send Host: localhost\n";
    (StatusCode::MISDIRECTED_REQUEST, said).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn foreign(host: &str) -> bool {
        let headers = HeaderValue::from_str(host).map(|host| HeaderMap::from_iter([(header::HOST, host)]));
        foreign_host(&headers.unwrap_or_default(), None)
    }

    #[test]
    fn only_loopbacks_own_names_are_answered_on_loopback() {
        for own in [
            "localhost",
            "LOCALHOST:9464",
            "127.0.0.1",
            "127.0.0.1:9464",
            "127.1.2.3:1",
            "[::1]:9464",
            "[::1]",
        ] {
            assert!(!foreign(own), "{own}");
        }
        for other in [
            "attacker.example",
            "attacker.example:9464",
            "localhost.attacker.example",
            "127.0.0.1.attacker.example",
            "10.0.0.7:9464",
            "0.0.0.0:9464",
            "[2001:db8::1]",
            "user@attacker.example",
            "",
            "a b",
        ] {
            assert!(foreign(other), "{other}");
        }
        assert!(!foreign_host(&HeaderMap::new(), None), "a probe by HTTP/1.0 names no host");
        let target = Authority::from_static("attacker.example");
        assert!(foreign_host(&HeaderMap::new(), Some(&target)));
        let twice = [HeaderValue::from_static("localhost"), HeaderValue::from_static("attacker.example")];
        let mut headers = HeaderMap::new();
        for host in twice {
            headers.append(header::HOST, host);
        }
        assert!(foreign_host(&headers, None), "every name counts");
    }
}
