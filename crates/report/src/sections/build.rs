//! The whole report.

use super::{Context, ReportSettings, fraud, header, pricing, quality, verdict};
use crate::document::{Header, Report, SCHEMA};
use crate::gates::{self, Gates};
use crate::join::Dataset;
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
        let fraud: Vec<_> = context
            .streams(Kind::Orders)
            .into_iter()
            .map(|(joined, runs)| fraud::section(&context, joined, &runs))
            .collect();
        let pricing: Vec<_> = context
            .streams(Kind::Prices)
            .into_iter()
            .map(|(joined, runs)| pricing::section(&context, joined, &runs))
            .collect();
        let gates = gates::results(data, &joined, settings, gates);
        let chosen: Vec<_> = joined.streams.iter().flat_map(|joined| context.chosen(joined)).collect();
        let (events, scored) = header::spans(&context, &chosen);
        let header = Header {
            verdict: verdict::of(&fraud, &pricing, &gates),
            as_of: Rfc3339(as_of_ms),
            events,
            scored,
            settings: header::settings(&context),
            streams: joined.streams.iter().map(|joined| header::stream(&context, joined)).collect(),
            models: chosen.iter().map(header::model).collect(),
        };
        Self { schema: SCHEMA, header, fraud, pricing, gates, data: quality::section(&context) }
    }
}
