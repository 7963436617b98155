//! Confidence sequences: intervals that hold at every look at once, so that a gate may be watched daily and stopped
//! whenever it is decided, without more false alarms than the confidence allows.
//!
//! - [`proportion`]: a rate, from its counts alone (beta–binomial mixture).
//! - [`mean`]: a mean of bounded numbers, or a paired difference (empirical Bernstein, gamma–exponential mixture).
//!
//! Both are two-sided: P(any look misses) ≤ 1 − confidence. A gate that asks about one side only may use the same
//! limit; it errs on the careful side. The price of looking is width: about 1.5 to 2 times the fixed-horizon
//! interval, which stays the right one where the horizon was declared and is looked at once.
//!
//! Both need each observation's expected value, given those before it, to be the mean in question ([`mean`]: its
//! running average). Orders of one customer that hang together break that: feed one observation per customer then.

pub mod mean;
pub mod proportion;

/// The root of a rising function between `low` (where it is negative) and `high` (where it is not), to the last bit
/// that doubles have.
fn root(mut low: f64, mut high: f64, rising: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if rising(middle) < 0.0 { low = middle } else { high = middle }
    }
    high
}
