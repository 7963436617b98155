//! `[report]`: what a shop assumes, and how sure it wants to be.

use super::super::keys;
use super::super::raw::{RawCost, RawDeclines, RawRates, RawReport};
use super::super::read::UNKNOWN_KEY;
use super::values::Resolver;
use bystander_core::money::Currency;
use bystander_core::outcome::Label;
use bystander_report::sections::{DeclinesAssumption, ExchangeRates};
use std::collections::BTreeMap;
use std::time::Duration;

/// How reports are made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReportSettings {
    /// Age from which an order without a bad outcome counts as good.
    pub(crate) maturity: Duration,
    /// Age from which a quote without an outcome counts as not bought.
    pub(crate) sale_window: Duration,
    /// What mistakes cost.
    pub(crate) costs: CostSettings,
    /// The same for currencies that have costs of their own, by ISO 4217 code.
    pub(crate) costs_by_currency: BTreeMap<String, CostSettings>,
    /// What is assumed of the orders that live declined and whose label isn't known.
    pub(crate) declines: Option<DeclinesAssumption>,
    /// Exchange rates, for a total over currencies.
    pub(crate) rates: Option<ExchangeRates>,
    /// What disputes are about, by the shop's own reasons, on top of the codes of card schemes and providers.
    pub(crate) dispute_reasons: BTreeMap<String, Label>,
    /// Below this share of mature orders the headline uses developed recall and precision.
    pub(crate) developed_below: f64,
    /// Coverage of the intervals, 0.5 to below 1.
    pub(crate) confidence: f64,
    /// Resamples of the bootstrap.
    pub(crate) resamples: usize,
    /// Seed of the bootstrap.
    pub(crate) seed: u64,
    /// Fewest comparisons of a slice that is shown.
    pub(crate) min_slice: u64,
    /// Smallest share of comparisons, and of outcomes, that must have been read.
    pub(crate) min_readable: f64,
}

/// What mistakes cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CostSettings {
    /// Share of a missed fraud's amount that comes back.
    pub(crate) recovery: f64,
    /// Fee for a missed fraud, minor units.
    pub(crate) chargeback_fee: f64,
    /// Share of a declined good order's amount that is lost.
    pub(crate) margin: f64,
    /// What an insulted good customer costs beside that, minor units.
    pub(crate) churn: f64,
    /// What a review costs, minor units.
    pub(crate) review: f64,
    /// Share of frauds that a review catches.
    pub(crate) review_catch: f64,
}

impl Default for CostSettings {
    fn default() -> Self {
        Self {
            recovery: 0.0,
            chargeback_fee: 1_500.0,
            margin: 0.25,
            churn: 0.0,
            review: 300.0,
            review_catch: 0.8,
        }
    }
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self {
            maturity: Duration::from_secs(90 * 86_400),
            sale_window: Duration::from_secs(7 * 86_400),
            costs: CostSettings::default(),
            costs_by_currency: BTreeMap::new(),
            declines: None,
            rates: None,
            dispute_reasons: BTreeMap::new(),
            developed_below: 0.8,
            confidence: 0.95,
            resamples: 1_000,
            seed: 1,
            min_slice: 100,
            min_readable: 0.0,
        }
    }
}

const FRAUD_SHARE: &str = "write the least and the greatest share of fraud among declined orders without a label, such as \
                           [0.2, 0.8]";

const COSTS: &[&str] = &["recovery", "chargeback_fee", "margin", "churn", "review", "review_catch"];

/// `2026-11-27`.
fn is_day(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10
}

impl CostSettings {
    /// The cost of that name and the most that it can be.
    fn named(&mut self, name: &str) -> Option<(&mut f64, f64)> {
        match name {
            "recovery" => Some((&mut self.recovery, 1.0)),
            "chargeback_fee" => Some((&mut self.chargeback_fee, f64::MAX)),
            "margin" => Some((&mut self.margin, 1.0)),
            "churn" => Some((&mut self.churn, f64::MAX)),
            "review" => Some((&mut self.review, f64::MAX)),
            "review_catch" => Some((&mut self.review_catch, 1.0)),
            _ => None,
        }
    }
}

impl Resolver<'_> {
    pub(super) fn report(&mut self, raw: RawReport) -> ReportSettings {
        let defaults = ReportSettings::default();
        let (costs, costs_by_currency) = self.costs(raw.costs);
        let sale_window = self.duration("report.sale_window", raw.sale_window.as_deref());
        let settings = ReportSettings {
            sale_window: sale_window.unwrap_or(defaults.sale_window),
            maturity: self.duration("report.maturity", raw.maturity.as_deref()).unwrap_or(defaults.maturity),
            costs,
            costs_by_currency,
            declines: raw.declines.map(|declines| self.declines(declines)),
            rates: raw.rates.map(|rates| self.rates(rates)),
            dispute_reasons: self.dispute_reasons(raw.dispute_reasons),
            developed_below: raw.developed_below.unwrap_or(defaults.developed_below),
            confidence: raw.confidence.unwrap_or(defaults.confidence),
            resamples: raw.resamples.unwrap_or(defaults.resamples),
            seed: raw.seed.unwrap_or(defaults.seed),
            min_slice: raw.min_slice.unwrap_or(defaults.min_slice),
            min_readable: self.share("report.min_readable", raw.min_readable),
        };
        let ReportSettings { confidence, resamples, min_slice, .. } = settings;
        if !(0.5..1.0).contains(&confidence) {
            let what = format!("{confidence} is not a valid coverage of an interval");
            self.wrong("report.confidence", what, "write a number from 0.5 to below 1, such as 0.95");
        }
        if !(0.0..=1.0).contains(&settings.developed_below) {
            let what = format!("{} is not a share", settings.developed_below);
            self.wrong("report.developed_below", what, "write a number from 0 to 1, such as 0.8");
        }
        if !(100..=100_000).contains(&resamples) {
            let what = format!("{resamples} is not a valid number of resamples");
            self.wrong("report.resamples", what, "write 100 to 100000");
        }
        if min_slice == 0 {
            self.wrong("report.min_slice", "0 is not a valid size of a slice", "write a number from 1 on");
        }
        settings
    }

    /// An assumption needs its bounds and its source: the report cites it beside every figure that rests on it.
    fn declines(&mut self, raw: RawDeclines) -> DeclinesAssumption {
        let fraud_share = match raw.fraud_share {
            Some(bounds) => self.fraud_share("report.declines.fraud_share", &bounds),
            None => {
                self.wrong("report.declines.fraud_share", "is missing", FRAUD_SHARE);
                (0.0, 1.0)
            }
        };
        let source = raw.source.map(|source| source.trim().to_owned()).filter(|source| !source.is_empty());
        if source.is_none() {
            self.wrong(
                "report.declines.source",
                "is missing",
                "say where the shares come from, such as \"manual audit of 500 declines, March 2026\"",
            );
        }
        if raw.segment.is_none() && !raw.by_value.is_empty() {
            let fix = "name the segment whose values these are, such as segment = \"country\"";
            self.wrong("report.declines.segment", "is missing", fix);
        }
        let by_value = raw.by_value.iter().map(|(value, bounds)| {
            let at = format!("report.declines.by_value.{value}");
            (value.clone(), self.fraud_share(&at, bounds))
        });
        DeclinesAssumption {
            fraud_share,
            source: source.unwrap_or_default(),
            by_value: by_value.collect(),
            segment: raw.segment,
        }
    }

    /// Rates need their day and their source: the report cites both beside the total.
    fn rates(&mut self, raw: RawRates) -> ExchangeRates {
        let mut code = |key: &str, text: &str| match Currency::from_code(text) {
            Some(currency) => currency.code().to_owned(),
            None => {
                self.wrong(key, format!("`{text}` is not a currency"), "write an ISO 4217 code such as EUR");
                text.to_owned()
            }
        };
        let into = raw.into.map(|into| code("report.rates.into", &into));
        let mut of = BTreeMap::new();
        for (text, rate) in &raw.of {
            of.insert(code(&format!("report.rates.of.{text}"), text), *rate);
        }
        for (text, rate) in raw.of {
            if !(rate.is_finite() && rate > 0.0) {
                let fix = "write what one unit of it is worth, such as 0.92";
                self.wrong(&format!("report.rates.of.{text}"), format!("{rate} is not a rate"), fix);
            }
        }
        if into.is_none() {
            let fix = "name the currency that the others are turned into, such as \"EUR\"";
            self.wrong("report.rates.into", "is missing", fix);
        }
        let day = raw.date.map(|date| date.as_str().map_or_else(|| date.to_string(), str::to_owned));
        let date = day.filter(|day| is_day(day));
        if date.is_none() {
            self.wrong(
                "report.rates.date",
                "is not a date",
                "write the day of the rates, such as 2026-11-27",
            );
        }
        let source = raw.source.map(|source| source.trim().to_owned()).filter(|source| !source.is_empty());
        if source.is_none() {
            let fix = "say where the rates are from, such as \"ECB reference rates\"";
            self.wrong("report.rates.source", "is missing", fix);
        }
        ExchangeRates {
            into: into.unwrap_or_default(),
            of,
            date: date.unwrap_or_default(),
            source: source.unwrap_or_default(),
        }
    }

    fn dispute_reasons(&mut self, raw: BTreeMap<String, String>) -> BTreeMap<String, Label> {
        let label = |(reason, label): (String, String)| {
            let found = match label.as_str() {
                "fraud" => Label::Fraud,
                "legit" => Label::Legit,
                "unknown" => Label::Unknown,
                _ => {
                    let at = format!("report.dispute_reasons.{reason}");
                    let fix = "write fraud, legit (the order was good) or unknown (left out of rates)";
                    self.wrong(&at, format!("`{label}` is not a label"), fix);
                    Label::Unknown
                }
            };
            (reason, found)
        };
        raw.into_iter().map(label).collect()
    }

    fn fraud_share(&mut self, at: &str, bounds: &[f64]) -> (f64, f64) {
        match bounds {
            [least, most] if (0.0..=1.0).contains(least) && (*least..=1.0).contains(most) => (*least, *most),
            _ => {
                self.wrong(at, format!("{bounds:?} is not a range of shares"), FRAUD_SHARE);
                (0.0, 1.0)
            }
        }
    }

    /// Costs of all currencies, and of those that have a table of their own.
    fn costs(&mut self, raw: BTreeMap<String, RawCost>) -> (CostSettings, BTreeMap<String, CostSettings>) {
        let mut all = CostSettings::default();
        let mut tables = Vec::new();
        for (name, cost) in raw {
            match cost {
                RawCost::Number(number) => self.cost("report.costs", &mut all, &name, number),
                RawCost::Currency(table) => tables.push((name, table)),
            }
        }
        let mut by_currency = BTreeMap::new();
        for (code, table) in tables {
            let at = format!("report.costs.{code}");
            let currency = Currency::from_code(&code);
            if currency.is_none() {
                self.wrong(&at, format!("`{code}` is not a currency"), "write an ISO 4217 code such as EUR");
            }
            let mut own = all;
            for (name, number) in table {
                self.cost(&at, &mut own, &name, number);
            }
            let Some(currency) = currency else { continue };
            if by_currency.insert(currency.code().to_owned(), own).is_some() {
                self.wrong(&at, format!("{} has two tables", currency.code()), "keep one of them");
            }
        }
        (all, by_currency)
    }

    fn cost(&mut self, at: &str, costs: &mut CostSettings, name: &str, number: f64) {
        let key = format!("{at}.{name}");
        match costs.named(name) {
            None => {
                let fix = match keys::nearest(name, COSTS) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!("write one of {}", COSTS.join(", ")),
                };
                self.wrong(&key, UNKNOWN_KEY, &fix);
            }
            Some((_, 1.0)) if !(0.0..=1.0).contains(&number) => {
                self.wrong(&key, format!("{number} is not a valid share"), "write a number from 0 to 1");
            }
            Some((_, most)) if !(0.0..=most).contains(&number) => {
                self.wrong(&key, format!("{number} is not a valid amount"), "write minor units, from 0 on");
            }
            Some((cost, _)) => *cost = number,
        }
    }
}
