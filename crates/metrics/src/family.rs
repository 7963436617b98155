//! A metric with its label set as a type: what is declared, and the family once it is registered.

use prometheus::core::{Collector, MetricVec, MetricVecBuilder};
use prometheus::proto::{Metric, MetricFamily};
use prometheus::{GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};
use std::marker::PhantomData;

/// The Prometheus type of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricType {
    /// Only rises, until the process ends.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Classic histogram with fixed buckets.
    Histogram,
}

impl MetricType {
    /// The word used in a scrape.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What a metric is called and what it means.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// Its type.
    pub metric_type: MetricType,
    /// Full name, with prefix and unit.
    pub name: &'static str,
    /// Help text of the scrape, one sentence or two.
    pub help: &'static str,
    /// Label names in order.
    pub labels: &'static [&'static str],
    /// Upper bounds of a histogram's buckets, rising, without `+Inf`; empty for other types.
    pub buckets: &'static [f64],
}

/// A fixed set of labels; a value of the type is one combination of label values.
pub(crate) trait LabelSet {
    /// Label names, in the order of [`LabelSet::values`].
    const NAMES: &'static [&'static str];
    /// The same set with values that live for `'a`.
    type At<'a>: LabelSet;
    /// One value per name.
    fn values(&self) -> Vec<&str>;
}

impl LabelSet for () {
    const NAMES: &'static [&'static str] = &[];
    type At<'a> = ();
    fn values(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// A metric as the catalogue declares it; registering makes it a [`Family`].
pub(crate) struct Declared<L, V> {
    pub(crate) definition: Definition,
    marker: PhantomData<fn() -> (L, V)>,
}

pub(crate) type Counters<L> = Family<L, IntCounterVec>;
pub(crate) type Gauges<L> = Family<L, IntGaugeVec>;
pub(crate) type Histograms<L> = Family<L, HistogramVec>;

impl<L: LabelSet, V> Declared<L, V> {
    const fn new(
        metric_type: MetricType,
        name: &'static str,
        help: &'static str,
        buckets: &'static [f64],
    ) -> Self {
        let definition = Definition { metric_type, name, help, labels: L::NAMES, buckets };
        Self { definition, marker: PhantomData }
    }

    fn options(&self) -> Opts {
        Opts::new(self.definition.name, self.definition.help)
    }
}

impl<L: LabelSet> Declared<L, IntCounterVec> {
    pub(crate) const fn counter(name: &'static str, help: &'static str) -> Self {
        Self::new(MetricType::Counter, name, help, &[])
    }

    pub(crate) fn register(&self, registry: &Registry) -> prometheus::Result<Counters<L>> {
        Family::registered(IntCounterVec::new(self.options(), L::NAMES)?, registry)
    }
}

impl<L: LabelSet> Declared<L, IntGaugeVec> {
    pub(crate) const fn gauge(name: &'static str, help: &'static str) -> Self {
        Self::new(MetricType::Gauge, name, help, &[])
    }

    pub(crate) fn register(&self, registry: &Registry) -> prometheus::Result<Gauges<L>> {
        Family::registered(IntGaugeVec::new(self.options(), L::NAMES)?, registry)
    }
}

impl<L: LabelSet> Declared<L, GaugeVec> {
    /// A gauge that is computed for each scrape.
    pub(crate) const fn computed(name: &'static str, help: &'static str) -> Self {
        Self::new(MetricType::Gauge, name, help, &[])
    }

    /// The metric with these series, for one scrape.
    pub(crate) fn with_values<'a>(
        &self,
        values: impl IntoIterator<Item = (L::At<'a>, f64)>,
    ) -> prometheus::Result<Vec<MetricFamily>> {
        let series = GaugeVec::new(self.options(), L::NAMES)?;
        values.into_iter().for_each(|(labels, value)| series.with_label_values(&labels.values()).set(value));
        Ok(series.collect().into_iter().filter(|family| !family.get_metric().is_empty()).collect())
    }
}

impl<L: LabelSet> Declared<L, HistogramVec> {
    pub(crate) const fn histogram(name: &'static str, help: &'static str, buckets: &'static [f64]) -> Self {
        Self::new(MetricType::Histogram, name, help, buckets)
    }

    pub(crate) fn register(&self, registry: &Registry) -> prometheus::Result<Histograms<L>> {
        let options = HistogramOpts::from(self.options()).buckets(self.definition.buckets.to_vec());
        Family::registered(HistogramVec::new(options, L::NAMES)?, registry)
    }
}

/// All time series of one registered metric.
pub(crate) struct Family<L, V> {
    series: V,
    marker: PhantomData<fn() -> L>,
}

impl<L, V: Clone> Clone for Family<L, V> {
    fn clone(&self) -> Self {
        Self { series: self.series.clone(), marker: PhantomData }
    }
}

impl<L: LabelSet, B: MetricVecBuilder + 'static> Family<L, MetricVec<B>>
where
    MetricVec<B>: Collector,
{
    fn registered(series: MetricVec<B>, registry: &Registry) -> prometheus::Result<Self> {
        registry.register(Box::new(series.clone()))?;
        Ok(Self { series, marker: PhantomData })
    }

    /// The time series with these labels; it exists from now on.
    pub(crate) fn with(&self, labels: &L::At<'_>) -> B::M {
        // Names and values come from the same type, so their numbers always match.
        self.series.with_label_values(&labels.values())
    }

    /// Ends the time series with these labels, if there is one.
    pub(crate) fn forget(&self, labels: &L::At<'_>) {
        // The only error says that it didn't exist.
        let _ = self.series.remove_label_values(&labels.values());
    }

    /// Every time series that exists now.
    pub(crate) fn collect(&self) -> Vec<Metric> {
        self.series.collect().into_iter().flat_map(|mut family| family.take_metric()).collect()
    }
}
