//! The whole report.

use super::{Context, ReportSettings, header, quality, verdict};
use crate::document::{Chapters, Header, Report, SCHEMA};
use crate::gates::{self, Gates};
use crate::join::Dataset;
use crate::kinds;
use bystander_core::kind::Kind;
use bystander_core::time::Rfc3339;

impl Report {
    /// Joins what `data` holds as of `as_of_ms` (epoch milliseconds) and computes every section. The dataset may go on
    /// growing and be reported again.
    ///
    /// The same rows, settings, gates and time give the same report, whatever the order of the rows and the number of threads.
    pub fn build(data: &mut Dataset, as_of_ms: i64, settings: &ReportSettings, gates: &Gates) -> Self {
        data.prepare();
        let data = &*data;
        let joined = data.joined(as_of_ms, settings.maturity_ms);
        let context = Context { joined: &joined, settings };
        let mut chapters = Chapters::default();
        for kind in Kind::ALL {
            for (joined, runs) in context.streams(kind) {
                kinds::report(kind).add_chapter(&context, joined, &runs, &mut chapters);
            }
        }
        let gates = gates::results(data, &joined, settings, gates);
        let chosen: Vec<_> = joined.streams.iter().flat_map(|joined| context.chosen(joined)).collect();
        let (events, scored) = header::spans(&context, &chosen);
        let header = Header {
            verdict: verdict::of(&chapters, &gates),
            as_of: Rfc3339(as_of_ms),
            events,
            scored,
            settings: header::settings(&context),
            streams: joined.streams.iter().map(|joined| header::stream(&context, joined)).collect(),
            models: chosen.iter().map(header::model).collect(),
        };
        Self { schema: SCHEMA, header, chapters, gates, data: quality::section(&context) }
    }
}
