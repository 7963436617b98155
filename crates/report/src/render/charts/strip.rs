//! Small pictures in the rows of a table. They are drawn in percent, so they fit any width of the column.

use super::{Axis, Series};
use maud::{Markup, html};

/// An axis over a whole column, with the values to compare with.
pub(crate) struct Strip {
    /// Horizontal.
    pub(crate) axis: Axis,
    /// Upright lines: the value and whether it is drawn strong.
    pub(crate) rules: Vec<(f64, bool)>,
    /// Stretches behind everything: where what is compared with lies.
    pub(crate) bands: Vec<(f64, f64)>,
}

/// A distribution on a strip, from its lowest to its highest shown percentile.
pub(crate) struct Spread {
    /// Ends of the thin line.
    pub(crate) outer: (f64, f64),
    /// Ends of the box.
    pub(crate) inner: (f64, f64),
    /// The mark.
    pub(crate) middle: f64,
}

impl Strip {
    /// The axis, for the head of the column.
    pub(crate) fn head(&self) -> Markup {
        let ticks = self.axis.ticks();
        let shown: Vec<_> = match ticks.len() {
            0..=3 => ticks,
            many => ticks.into_iter().step_by(many.div_ceil(3)).collect(),
        };
        html! {
            svg.strip height="16" aria-hidden="true" focusable="false" {
                @for (value, text) in &shown {
                    text x=(self.percent(*value)) y="12" text-anchor=(self.anchor(*value)) { (text) }
                }
            }
        }
    }

    /// An estimate with its interval; no mark where only a range is known.
    pub(crate) fn interval(
        &self,
        series: Series,
        value: Option<f64>,
        interval: Option<(f64, f64)>,
        says: &str,
    ) -> Markup {
        self.row(says, &html! {
            g class=(series.class()) {
                @if let Some((low, high)) = interval {
                    line.whisker x1=(self.percent(low)) x2=(self.percent(high)) y1="11" y2="11" {}
                }
                @if let Some(value) = value {
                    svg.pin x=(self.percent(value)) y="0" width="1" height="22" overflow="visible" { g.marker { (series.marker(0.0, 11.0)) } }
                }
            }
        })
    }

    /// A bar from zero.
    pub(crate) fn bar(&self, series: Series, value: f64, says: &str) -> Markup {
        let (zero, end) = (self.axis.place(0.0), self.axis.place(value));
        let (from, width) = (zero.min(end), (end - zero).abs());
        self.row(
            says,
            &html! {
                g class=(series.class()) {
                    rect.bar x=(percent(from)) width=(percent(width.max(0.004))) y="4" height="14" {}
                }
            },
        )
    }

    /// A box with whiskers.
    pub(crate) fn spread(&self, series: Series, spread: &Spread, says: &str) -> Markup {
        let (low, high) = spread.inner;
        let width = percent((self.axis.place(high) - self.axis.place(low)).max(0.004));
        self.row(says, &html! {
            g class=(series.class()) {
                line.whisker x1=(self.percent(spread.outer.0)) x2=(self.percent(spread.outer.1)) y1="11" y2="11" {}
                rect.box x=(self.percent(low)) width=(width) y="5" height="12" {}
                line.middle x1=(self.percent(spread.middle)) x2=(self.percent(spread.middle)) y1="3" y2="19" {}
            }
        })
    }

    fn row(&self, says: &str, drawn: &Markup) -> Markup {
        html! {
            svg.strip height="22" role="img" aria-label=(says) {
                title { (says) }
                @for (from, to) in &self.bands {
                    rect.beside x=(self.percent(*from)) width=(percent((self.axis.place(*to) - self.axis.place(*from)).max(0.006)))
                        y="1" height="20" {}
                }
                @for (value, strong) in &self.rules {
                    line.rule.strong[*strong] x1=(self.percent(*value)) x2=(self.percent(*value)) y1="0" y2="22" {}
                }
                (drawn)
            }
        }
    }

    fn percent(&self, value: f64) -> String {
        percent(self.axis.place(value))
    }

    fn anchor(&self, value: f64) -> &'static str {
        match self.axis.place(value) {
            place if place < 0.08 => "start",
            place if place > 0.92 => "end",
            _ => "middle",
        }
    }
}

fn percent(part: f64) -> String {
    format!("{}%", super::coordinate(part * 100.0))
}

/// Parts one after the other, each as long as its share of `most`.
pub(crate) fn stack(parts: &[(Series, u64)], most: u64, says: &str) -> Markup {
    let place = |number: u64| if most > 0 { number as f64 / most as f64 } else { 0.0 };
    let mut from = 0;
    let placed: Vec<_> = parts
        .iter()
        .map(|(series, number)| {
            let start = from;
            from += number;
            (*series, place(start), place(*number))
        })
        .collect();
    html! {
        svg.strip height="18" role="img" aria-label=(says) {
            title { (says) }
            @for (series, start, width) in placed.iter().filter(|(.., width)| *width > 0.0) {
                g class=(series.class()) {
                    rect.bar x=(percent(*start)) width=(percent(width.max(0.004))) y="2" height="14" {}
                }
            }
        }
    }
}

/// Two distributions over the same bins: the reference as an outline, now as bars.
pub(crate) fn sparkline(before: &[f64], now: &[f64], says: &str) -> Markup {
    let top = before.iter().chain(now).copied().fold(0.0_f64, f64::max);
    let bins = before.len().max(now.len());
    let height = |share: f64| if top > 0.0 { share / top * 26.0 } else { 0.0 };
    let width = 96.0 / bins.max(1) as f64;
    let outline = before.iter().enumerate().flat_map(|(bin, share)| {
        let x = bin as f64 * width;
        [(x, 28.0 - height(*share)), (x + width, 28.0 - height(*share))]
    });
    html! {
        svg.spark width="96" height="30" viewBox="0 0 96 30" role="img" aria-label=(says) {
            title { (says) }
            g.s0 {
                @for (bin, share) in now.iter().enumerate() {
                    rect.bar x=(super::coordinate(bin as f64 * width)) width=(super::coordinate(width - 0.8))
                        y=(super::coordinate(28.0 - height(*share))) height=(super::coordinate(height(*share))) {}
                }
            }
            g.live { path.line d=(super::paths::line(outline)) {} }
        }
    }
}
