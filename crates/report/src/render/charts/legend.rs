//! What the lines and marks of a picture are.

use super::Series;
use maud::{Markup, html};

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
