//! One round after the other: make, write, show; or say what failed and keep the last report.

use super::figures;
use super::schedule::Schedule;
use crate::commands::report::maker::Maker;
use crate::commands::report::{Files, Forms};
use crate::exit::Failure;
use bystander_core::time::Rfc3339;
use bystander_metrics::ReportServer;
use bystander_pipeline::{Clock, Stop, SystemClock};
use bystander_report::render::Staleness;
use bystander_report::{Report, render};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

/// What makes reports, and the last one.
pub(super) struct Rounds {
    maker: Maker,
    files: Files,
    site: Arc<ReportServer>,
    stop: Stop,
    last: Option<Report>,
    /// When the first of the rounds began that have failed one after the other, epoch milliseconds.
    failing_since_ms: Option<i64>,
}

impl Rounds {
    pub(super) fn new(maker: Maker, files: Files, site: Arc<ReportServer>, stop: Stop) -> Self {
        Self { maker, files, site, stop, last: None, failing_since_ms: None }
    }

    /// Makes reports until `woken` is closed.
    ///
    /// # Errors
    /// Wrong usage or configuration that only shows at work: no further round would mend it.
    pub(super) fn run(mut self, mut schedule: Schedule, woken: &Receiver<()>) -> Result<(), Failure> {
        loop {
            let (began, now_ms) = (Instant::now(), SystemClock::default().now_ms());
            let made = match self.round(now_ms, began) {
                Ok(()) => true,
                Err(_) if self.stop.requested().is_some() => return Ok(()),
                Err(failure @ (Failure::Usage(_) | Failure::Configuration { .. })) => return Err(failure),
                Err(failure) => {
                    self.failed(now_ms, &failure);
                    false
                }
            };
            let wait = schedule.after(made, began.elapsed());
            tracing::debug!(?wait, "until the next round");
            if woken.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                return Ok(());
            }
        }
    }

    /// Files are written before anything is shown, so that both say the same.
    fn round(&mut self, now_ms: i64, began: Instant) -> Result<(), Failure> {
        let report = self.maker.make(now_ms, &self.stop)?;
        let forms = Forms::of(&report)?;
        self.files.write(&forms)?;
        let figures = figures::of(&report, now_ms, began.elapsed());
        self.site.made(forms.html, forms.json, &figures).map_err(Failure::other)?;
        tracing::info!(took = ?began.elapsed(), verdict = report.header.verdict.word.words(), "the report is made");
        self.last = Some(report);
        self.failing_since_ms = None;
        Ok(())
    }

    fn failed(&mut self, now_ms: i64, failure: &Failure) {
        tracing::error!(error = %failure, "the report could not be made; the last one stays, and it is tried again");
        let since = Rfc3339(*self.failing_since_ms.get_or_insert(now_ms));
        let reason = &failure.to_string();
        let staleness = Staleness { since, last: Rfc3339(now_ms), reason };
        let page = self.last.as_ref().map(|report| render::stale(report, &staleness));
        self.site.failed(reason, page);
    }
}
