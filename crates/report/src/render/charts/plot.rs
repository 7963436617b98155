//! A picture with two axes and layers on it.

use super::{Axis, Series, coordinate as at, paths};
use maud::{Markup, html};

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 262.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 42.0;
const RIGHT: f64 = 22.0;
/// A label's height.
const LABEL: f64 = 14.0;

/// A picture.
pub(crate) struct Plot {
    /// Unique in the page.
    pub(crate) id: String,
    /// In a few words.
    pub(crate) title: String,
    /// What it shows, for those who can't see it.
    pub(crate) describes: String,
    /// Horizontal.
    pub(crate) x: Axis,
    /// Vertical.
    pub(crate) y: Axis,
    /// From back to front.
    pub(crate) layers: Vec<Layer>,
}

/// Something to draw, in values of the axes.
pub(crate) enum Layer {
    /// A line through points.
    Line(Series, Vec<(f64, f64)>),
    /// A band: x, low, high.
    Band(Series, Vec<(f64, f64, f64)>),
    /// Bars: from x, to x, from y, to y, and what each says.
    Bars(Series, Vec<(f64, f64, f64, f64, String)>),
    /// Marks.
    Points(Series, Vec<Point>),
    /// A straight line to compare with.
    Rule(Rule),
}

/// A mark, with its interval if it has one.
pub(crate) struct Point {
    /// Horizontal.
    pub(crate) x: f64,
    /// Vertical.
    pub(crate) y: f64,
    /// Vertical interval.
    pub(crate) interval: Option<(f64, f64)>,
    /// Horizontal limits, where the value across is a range.
    pub(crate) breadth: Option<(f64, f64)>,
    /// Shown when pointed at.
    pub(crate) says: String,
}

/// A straight line.
pub(crate) enum Rule {
    /// Upright at x, with a label.
    At(f64, String, Series),
    /// Level at y, with a label.
    Level(f64, String, Series),
    /// From the lower left to the upper right.
    Diagonal,
}

struct Frame<'a> {
    plot: &'a Plot,
    left: f64,
}

impl Plot {
    /// The picture.
    pub(crate) fn svg(&self) -> Markup {
        let widest = self.y.ticks().iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0);
        Frame { plot: self, left: 14.0 + 7.7 * widest as f64 }.svg()
    }
}

impl Frame<'_> {
    fn x(&self, value: f64) -> f64 {
        self.left + self.plot.x.place(value) * (WIDTH - RIGHT - self.left)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.plot.y.place(value) * (HEIGHT - BOTTOM - TOP)
    }

    fn svg(&self) -> Markup {
        let id = &self.plot.id;
        html! {
            svg.plot viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
                title id=(format!("{id}-t")) { (self.plot.title) }
                desc id=(format!("{id}-d")) { (self.plot.describes) }
                (self.axes())
                @for layer in &self.plot.layers { (self.layer(layer)) }
            }
        }
    }

    fn axes(&self) -> Markup {
        let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        let x_ticks = self.plot.x.ticks();
        let anchor = |text: &str, x: f64| {
            let half = text.chars().count() as f64 * 3.7;
            match x {
                x if x + half > WIDTH => "end",
                x if x < half => "start",
                _ => "middle",
            }
        };
        html! {
            g.grid {
                @for (value, _) in self.plot.y.ticks() {
                    path d=(format!("M{} {}H{}", at(self.left), at(self.y(value)), at(right))) {}
                }
            }
            g.axis {
                path d=(format!("M{} {}H{}", at(self.left), at(bottom), at(right))) {}
                @for (value, text) in self.plot.y.ticks() {
                    text x=(at(self.left - 7.0)) y=(at(self.y(value) + 4.0)) text-anchor="end" { (text) }
                }
                @for (value, text) in &x_ticks {
                    path d=(format!("M{} {}v4", at(self.x(*value)), at(bottom))) {}
                    text x=(at(self.x(*value))) y=(at(bottom + 17.0)) text-anchor=(anchor(text, self.x(*value))) { (text) }
                }
                text.name x="0" y="12" { (self.plot.y.label) }
                text.name x=(at(right)) y=(at(HEIGHT - 6.0)) text-anchor="end" { (self.plot.x.label) }
            }
        }
    }

    fn layer(&self, layer: &Layer) -> Markup {
        let place = |(x, y): &(f64, f64)| (self.x(*x), self.y(*y));
        match layer {
            Layer::Line(series, points) => html! {
                g class=(series.class()) { path.line d=(paths::line(points.iter().map(place))) {} }
            },
            Layer::Band(series, points) => {
                let points: Vec<_> =
                    points.iter().map(|(x, low, high)| (self.x(*x), self.y(*low), self.y(*high))).collect();
                html! { g class=(series.class()) { path.band d=(paths::band(&points)) {} } }
            }
            Layer::Bars(series, bars) => html! {
                g class=(series.class()) { @for bar in bars { (self.bar(bar)) } }
            },
            Layer::Points(series, points) => html! {
                g class=(series.class()) { @for point in points { (self.point(*series, point)) } }
            },
            Layer::Rule(rule) => self.rule(rule),
        }
    }

    fn bar(&self, (from, to, base, top, says): &(f64, f64, f64, f64, String)) -> Markup {
        let (left, right) = (self.x(*from), self.x(*to));
        let (upper, lower) = (self.y(base.max(*top)), self.y(base.min(*top)));
        html! {
            rect.bar x=(at(left)) y=(at(upper)) width=(at((right - left - 0.7).max(0.5))) height=(at(lower - upper)) {
                title { (says) }
            }
        }
    }

    fn point(&self, series: Series, point: &Point) -> Markup {
        let (x, y) = (self.x(point.x), self.y(point.y));
        html! {
            g.marker {
                title { (point.says) }
                @if let Some((low, high)) = point.interval {
                    path.whisker d=(format!("M{} {}V{}", at(x), at(self.y(low)), at(self.y(high)))) {}
                }
                @if let Some((low, high)) = point.breadth {
                    path.whisker d=(format!("M{} {}H{}", at(self.x(low)), at(y), at(self.x(high)))) {}
                }
                (series.marker(x, y))
            }
        }
    }

    fn rule(&self, rule: &Rule) -> Markup {
        let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        match rule {
            Rule::At(value, label, series) => {
                let x = self.x(*value);
                let before = x > (self.left + right) / 2.0;
                html! {
                    g class=(series.class()) {
                        path.rule d=(format!("M{} {}V{}", at(x), at(TOP), at(bottom))) {}
                        text.note x=(at(if before { x - 5.0 } else { x + 5.0 })) y=(at(TOP + 10.0 + LABEL * self.above(rule)))
                            text-anchor=(if before { "end" } else { "start" }) { (label) }
                    }
                }
            }
            Rule::Level(value, label, series) => {
                let (x, anchor) =
                    if self.crowded(rule, *value) { (self.left + 3.0, "start") } else { (right, "end") };
                html! {
                    g class=(series.class()) {
                        path.rule d=(format!("M{} {}H{}", at(self.left), at(self.y(*value)), at(right))) {}
                        text.note x=(at(x)) y=(at(self.y(*value) - 5.0)) text-anchor=(anchor) { (label) }
                    }
                }
            }
            Rule::Diagonal => html! {
                path.diagonal d=(format!("M{} {}L{} {}", at(self.left), at(bottom), at(right), at(TOP))) {}
            },
        }
    }

    /// Whether the label of a level rule before this one stands where its own would: it goes to the other end then.
    fn crowded(&self, rule: &Rule, value: f64) -> bool {
        let levels = self.plot.layers.iter().filter_map(|layer| match layer {
            Layer::Rule(other @ Rule::Level(at, ..)) => Some((other, *at)),
            _ => None,
        });
        let mut earlier = levels.take_while(|(other, _)| !std::ptr::eq(*other, rule));
        earlier.any(|(_, at)| (self.y(at) - self.y(value)).abs() < LABEL)
    }

    /// How many labels of upright rules stand above this one's, so that they don't cover each other.
    fn above(&self, rule: &Rule) -> f64 {
        let upright = self.plot.layers.iter().filter_map(|layer| match layer {
            Layer::Rule(other @ Rule::At(..)) => Some(other),
            _ => None,
        });
        upright.take_while(|other| !std::ptr::eq(*other, rule)).count() as f64
    }
}
