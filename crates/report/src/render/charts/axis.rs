//! An axis: a range of values, where each stands on it, and its ticks.

use crate::render::text::Unit;

/// Marks in this part of an even axis from 0 on crowd each other.
const CROWDED: f64 = 0.1;
/// Values below this part of the highest don't lengthen an axis of decades.
const SMALLEST: f64 = 1e-6;

/// A horizontal or vertical axis.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    /// What it shows.
    pub(crate) label: String,
    /// Value at its start.
    pub(crate) low: f64,
    /// Value at its end.
    pub(crate) high: f64,
    /// How its ticks are written.
    pub(crate) unit: Unit,
    /// Whether equal distances are equal ratios; `low` is then above zero.
    pub(crate) log: bool,
}

impl Axis {
    /// From 0 to 1.
    pub(crate) fn share(label: &str) -> Self {
        Self { label: label.to_owned(), low: 0.0, high: 1.0, unit: Unit::Share, log: false }
    }

    /// Round limits around all finite values and `0`, if `zero`; a range of its own where all values are equal.
    pub(crate) fn around(label: &str, unit: Unit, zero: bool, values: impl IntoIterator<Item = f64>) -> Self {
        let finite = values.into_iter().filter(|value| value.is_finite());
        let start = if zero { (0.0, 0.0) } else { (f64::INFINITY, f64::NEG_INFINITY) };
        let (low, high) = finite.fold(start, |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let (low, high) = if high - low > 0.0 { (low, high) } else { (low, low + low.abs().max(1.0)) };
        let step = step(high - low);
        let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        Self { label: label.to_owned(), low, high, unit, log: false }
    }

    /// Exactly from `low` to `high`.
    pub(crate) fn between(label: &str, unit: Unit, low: f64, high: f64) -> Self {
        Self { label: label.to_owned(), low, high, unit, log: false }
    }

    /// Whole decades around values above zero.
    pub(crate) fn decades(label: &str, unit: Unit, lowest: f64, highest: f64) -> Self {
        // Beyond these a power of ten is zero or infinite.
        let decade = |value: f64| value.log10().clamp(-300.0, 300.0);
        let low = 10_f64.powf(decade(lowest).floor());
        let high = 10_f64.powf(decade(highest).ceil()).max(low * 10.0);
        Self { label: label.to_owned(), low, high, unit, log: true }
    }

    /// For values most of which lie far below the highest, as scores and rates of rare events do: decades where the marked
    /// values, those that readers look for, would otherwise crowd in the lowest tenth.
    pub(crate) fn fitting(
        label: &str,
        unit: Unit,
        values: impl IntoIterator<Item = f64>,
        marked: impl IntoIterator<Item = f64>,
    ) -> Self {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let highest = values.iter().copied().fold(0.0_f64, f64::max);
        let positive = values.iter().copied().filter(|value| *value > highest * SMALLEST);
        let lowest = positive.fold(f64::INFINITY, f64::min);
        let marked: Vec<f64> = marked.into_iter().filter(|value| value.is_finite()).collect();
        let crowded =
            !marked.is_empty() && marked.iter().all(|mark| *mark > 0.0 && *mark < highest * CROWDED);
        if crowded && lowest.is_finite() {
            let lowest = marked.into_iter().fold(lowest, f64::min).max(highest * SMALLEST);
            Self::decades(label, unit, lowest, highest)
        } else {
            Self::around(label, unit, false, values)
        }
    }

    /// How many times the value each written line is that of the one before; 1 on an even axis.
    pub(crate) fn factor(&self) -> u32 {
        match (self.log, self.decades_written()) {
            (false, _) => 1,
            (true, each) => 10_u32.pow(each as u32),
        }
    }

    /// Where a value stands: 0 at the start, 1 at the end; values outside stand at the end they are beyond.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let place = if self.log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if place.is_finite() { place.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Values to write at the axis, with their text.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        if self.log {
            return self.powers();
        }
        let span = self.high - self.low;
        if self.unit == Unit::Date {
            let at = |part: f64| self.low + span * part;
            return [0.0, 0.5, 1.0].map(|part| (at(part), self.unit.show(at(part)))).into();
        }
        let step = step(span);
        let first = (self.low / step - 1e-9).ceil();
        let many = ((self.high / step + 1e-9).floor() - first).clamp(0.0, 12.0) as i32;
        (0..=many)
            .map(|index| (first + f64::from(index)) * step)
            .filter(|value| value.is_finite())
            .map(|value| (value, self.unit.tick(value, step)))
            .collect()
    }

    /// Decades from one written line to the next.
    fn decades_written(&self) -> usize {
        if (self.high / self.low).log10().round() > 5.0 { 2 } else { 1 }
    }

    fn powers(&self) -> Vec<(f64, String)> {
        let first = self.low.log10().round() as i32;
        let last = self.high.log10().round() as i32;
        let powers = (first..=last).rev().step_by(self.decades_written()).map(|power| 10_f64.powi(power));
        powers.map(|value| (value, self.unit.tick(value, value))).collect()
    }
}

/// 1, 2 or 5 times a power of ten, about five to a span.
fn step(span: f64) -> f64 {
    let rough = span.abs().max(1e-12) / 5.0;
    let power = 10_f64.powf(rough.log10().floor());
    let factor = rough / power;
    let nice = [1.0, 2.0, 5.0].into_iter().find(|nice| factor <= *nice * 1.0001).unwrap_or(10.0);
    nice * power
}
