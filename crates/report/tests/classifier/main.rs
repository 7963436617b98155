//! Figures of a classifier against scikit-learn, scipy and statsmodels (`references/make_a.py`), to 1e-9.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agreement;
mod calibration;
mod confusion;
mod intervals;
mod multiple;
mod properties;
mod ranking;
mod reference;
mod tests;
