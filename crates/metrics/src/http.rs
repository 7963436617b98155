//! The HTTP endpoints of `run`: the status page at `/`, `/metrics`, `/healthz`, `/readyz`, `/status`; and what they share
//! with other sites. They only read.

use crate::health::{Liveness, Readiness};
use crate::page::{page, page_headers};
use crate::registry::{Catalogue, CatalogueError};
use crate::status::Status;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use bystander_pipeline::{Clock, SystemClock};
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Who knows how the process is.
pub trait Health: Send + Sync {
    /// Whether the shards do their work now.
    fn verdict(&self) -> Liveness;
    /// Whether the process takes part now.
    fn readiness(&self) -> Readiness;
}

/// Who knows what `/` and `/status` show. It must answer from memory: it runs on the endpoints' own thread.
pub trait StatusProvider: Send + Sync {
    /// How the process is now.
    fn status(&self) -> Status;
}

/// What the endpoints show.
#[derive(Clone)]
pub struct Endpoints {
    /// For `/metrics`.
    pub catalogue: Arc<Catalogue>,
    /// For `/healthz` and `/readyz`.
    pub health: Arc<dyn Health>,
    /// For `/` and `/status`.
    pub status: Arc<dyn StatusProvider>,
}

/// Paths and what answers them.
pub struct Site(Router);

impl Site {
    /// These paths; anything else is answered with `elsewhere`, which names them, and nothing but GET and HEAD is.
    pub(crate) fn new(routes: Router, elsewhere: &'static str) -> Self {
        let not_found = move || async move { (StatusCode::NOT_FOUND, Json(json!({ "error": elsewhere }))) };
        Self(routes.fallback(not_found).method_not_allowed_fallback(method_not_allowed))
    }

    pub(crate) fn into_router(self) -> Router {
        self.0
    }
}

/// Why the endpoints can't be served.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address can't be listened on.
    #[error("can't listen on {address} for metrics and health: {source}; {fix}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What to do.
        fix: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The listener broke.
    #[error("the metrics and health endpoints stopped: {0}")]
    Serve(#[source] io::Error),
}

/// Listens on `address`; port 0 takes a free one.
///
/// # Errors
/// [`HttpError::Bind`] when the address is taken, not this machine's, or not allowed.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, HttpError> {
    TcpListener::bind(address).await.map_err(|source| HttpError::Bind {
        address,
        fix: bind_fix(source.kind()),
        source,
    })
}

fn bind_fix(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::AddrInUse => "stop the process that has the port, or choose another port",
        io::ErrorKind::AddrNotAvailable => "choose an address of this machine, 127.0.0.1 or 0.0.0.0",
        io::ErrorKind::PermissionDenied => "choose a port above 1023",
        _ => "choose another address",
    }
}

impl From<Endpoints> for Site {
    fn from(endpoints: Endpoints) -> Self {
        let health = health_routes(Arc::clone(&endpoints.health));
        let routes = Router::new()
            .route("/", get(home))
            .route("/metrics", get(metrics))
            .route("/status", get(status))
            .with_state(endpoints)
            .merge(health);
        Self::new(
            routes,
            "no such path; there are / (the status page), /metrics, /healthz, /readyz and /status",
        )
    }
}

/// `/healthz` and `/readyz`.
pub(crate) fn health_routes(health: Arc<dyn Health>) -> Router {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).with_state(health)
}

async fn home(State(endpoints): State<Endpoints>) -> Response {
    (page_headers(), page(&endpoints.status.status())).into_response()
}

async fn metrics(State(endpoints): State<Endpoints>) -> Response {
    scraped(endpoints.catalogue.scrape(SystemClock::default().now_ms()))
}

/// The answer of `/metrics`.
pub(crate) fn scraped(scrape: Result<String, CatalogueError>) -> Response {
    match scrape {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            let body = json!({ "error": error.to_string() });
            (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
        }
    }
}

async fn healthz(State(health): State<Arc<dyn Health>>) -> (StatusCode, Json<Value>) {
    match health.verdict() {
        Liveness::Healthy => (StatusCode::OK, Json(json!({ "status": "healthy" }))),
        Liveness::Unhealthy(reasons) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "unhealthy", "reasons": reasons })))
        }
    }
}

async fn readyz(State(health): State<Arc<dyn Health>>) -> (StatusCode, Json<Value>) {
    match health.readiness() {
        Readiness::Ready => (StatusCode::OK, Json(json!({ "status": "ready" }))),
        Readiness::NotReady(reason) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not ready", "reason": reason })))
        }
    }
}

async fn status(State(endpoints): State<Endpoints>) -> Json<Status> {
    Json(endpoints.status.status())
}

async fn method_not_allowed() -> (StatusCode, Json<Value>) {
    (StatusCode::METHOD_NOT_ALLOWED, Json(json!({ "error": "only GET and HEAD are answered here" })))
}
