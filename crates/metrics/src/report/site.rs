//! The newest report over HTTP: `/` as a page, `/report.json`, `/metrics`, `/healthz`, `/readyz`.

use super::catalogue::{ReportCatalogue, ReportFigures};
use crate::health::{Liveness, Readiness};
use crate::http::{self, Health, Site};
use crate::registry::CatalogueError;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use parking_lot::{Mutex, MutexGuard};
use serde_json::json;
use std::sync::Arc;

/// The page runs nothing and fetches nothing; a browser is told to see to that.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const PATHS: &str = "no such path; there are /, /report.json, /metrics, /healthz and /readyz";

/// What is served: nothing before the first report, and from then on the last one that could be made.
pub struct ReportServer {
    catalogue: ReportCatalogue,
    shown: Mutex<Shown>,
}

/// Why there is no report yet, or the report.
enum Shown {
    Nothing(String),
    Report { page: Bytes, document: Bytes },
}

impl ReportServer {
    /// Before the first report.
    ///
    /// # Errors
    /// When the metrics can't be registered: a mistake in the code.
    pub fn new() -> Result<Self, CatalogueError> {
        let nothing = Shown::Nothing("the first report is being made".to_owned());
        Ok(Self { catalogue: ReportCatalogue::new()?, shown: Mutex::new(nothing) })
    }

    /// Shows a report: as HTML, as JSON, and as gauges.
    ///
    /// # Errors
    /// When the gauges can't be registered: a mistake in the code. Nothing changes then.
    pub fn made(
        &self,
        page: String,
        document: String,
        figures: &ReportFigures<'_>,
    ) -> Result<(), CatalogueError> {
        self.catalogue.made(figures)?;
        *self.shown() = Shown::Report { page: page.into(), document: document.into() };
        Ok(())
    }

    /// A round failed. The last report and its figures stay, with `page` for its page, which says what failed; where
    /// there is none yet, `why` says so.
    pub fn failed(&self, why: &str, page: Option<String>) {
        self.catalogue.failed();
        match (&mut *self.shown(), page) {
            (Shown::Nothing(reason), _) => *reason = format!("no report could be made yet: {why}"),
            (Shown::Report { page, .. }, Some(noticed)) => *page = noticed.into(),
            (Shown::Report { .. }, None) => {}
        }
    }

    /// It holds one whole value at any time, whoever panicked.
    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock()
    }
}

impl Health for ReportServer {
    /// A round that fails is no reason to be killed: the next one may not.
    fn verdict(&self) -> Liveness {
        Liveness::Healthy
    }

    fn readiness(&self) -> Readiness {
        match &*self.shown() {
            Shown::Nothing(why) => Readiness::NotReady(why.clone()),
            Shown::Report { .. } => Readiness::Ready,
        }
    }
}

impl From<Arc<ReportServer>> for Site {
    fn from(site: Arc<ReportServer>) -> Self {
        let health = http::health_routes(Arc::clone(&site) as _);
        let routes = Router::new()
            .route("/", get(page))
            .route("/report.json", get(document))
            .route("/metrics", get(metrics))
            .with_state(site)
            .merge(health);
        Site::new(routes, PATHS)
    }
}

async fn page(State(site): State<Arc<ReportServer>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    match &*site.shown() {
        Shown::Report { page, .. } => (headers, page.clone()).into_response(),
        Shown::Nothing(why) => nothing(why),
    }
}

async fn document(State(site): State<Arc<ReportServer>>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    match &*site.shown() {
        Shown::Report { document, .. } => (headers, document.clone()).into_response(),
        Shown::Nothing(why) => nothing(why),
    }
}

fn nothing(why: &str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": why }))).into_response()
}

async fn metrics(State(site): State<Arc<ReportServer>>) -> Response {
    http::scraped(site.catalogue.scrape())
}
