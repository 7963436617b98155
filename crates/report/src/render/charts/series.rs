//! Who is who in every picture: a colour, a dash and a shape each, so that none of them stands alone, and the legend that names them.

use super::coordinate;
use maud::{Markup, html};

/// A series of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Series {
    /// A model, by its place in the stream.
    Model(usize),
    /// The live system.
    Live,
    /// Known frauds.
    Fraud,
    /// Good orders.
    Good,
    /// What is looked at, where it is alone.
    Plain,
}

impl Series {
    /// Class of the group; the style sheet gives it colour and dash.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Model(place) => ["s0", "s1", "s2", "s3"][place % 4],
            Self::Live => "live",
            Self::Fraud => "s1",
            Self::Good => "s2",
            Self::Plain => "s0",
        }
    }

    /// Its marker at a point.
    pub(crate) fn marker(self, x: f64, y: f64) -> Markup {
        let at = coordinate;
        html! {
            @match self.class() {
                "s0" => circle cx=(at(x)) cy=(at(y)) r="4.2" {},
                "s1" => rect x=(at(x - 3.8)) y=(at(y - 3.8)) width="7.6" height="7.6" {},
                "s2" => path d=(format!("M{} {}l5 8.6h-10z", at(x), at(y - 5.4))) {},
                "s3" => path d=(format!("M{} {}l5.2 5.2l-5.2 5.2l-5.2 -5.2z", at(x), at(y - 5.2))) {},
                _ => path.cross d=(format!("M{} {}l8 8m0 -8l-8 8", at(x - 4.0), at(y - 4.0))) {},
            }
        }
    }
}

/// One entry per series: a piece of its line, its marker, its name.
pub(crate) fn legend(entries: &[(Series, String)]) -> Markup {
    html! {
        ul.legend {
            @for (series, name) in entries {
                li {
                    svg width="26" height="12" viewBox="0 0 26 12" aria-hidden="true" focusable="false" {
                        g class=(series.class()) {
                            path.line d="M0 6h26" {}
                            g.marker { (series.marker(13.0, 6.0)) }
                        }
                    }
                    (name)
                }
            }
        }
    }
}
