//! Numbers in sentences.

use crate::document::Figure;
use bystander_core::money::Currency;

/// `1,234,567`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let head = digits.len() % 3;
    let mut text = digits[..head].to_owned();
    for group in digits.as_bytes()[head..].chunks(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.extend(group.iter().map(|digit| char::from(*digit)));
    }
    text
}

/// `12.3 %`.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent != 0.0 && percent.abs() < 0.1 { format!("{percent:.2} %") } else { format!("{percent:.1} %") }
}

/// `6.8 % lower`, of a relative change of prices.
pub(crate) fn height(change: f64) -> String {
    match percent(change.abs()) {
        size if change == 0.0 => format!("unchanged ({size})"),
        size => format!("{size} {}", if change < 0.0 { "lower" } else { "higher" }),
    }
}

/// A figure as `show` writes a value, or `between 1.0 % and 2.0 %` where only a range is known; `None` where it is refused.
pub(crate) fn figure(figure: &Figure, show: impl Fn(f64) -> String) -> Option<String> {
    match (figure.value(), figure.range()) {
        (Some(value), _) => Some(show(value)),
        (None, Some(range)) => Some(format!("between {} and {}", show(range.low), show(range.high))),
        (None, None) => None,
    }
}

/// `1 order`, `2 orders`.
pub(crate) fn orders(n: u64) -> String {
    if n == 1 { "1 order".to_owned() } else { format!("{} orders", count(n)) }
}

/// `EUR 1,234.56`.
pub(crate) fn money(currency: &str, minor: f64) -> String {
    let exponent = exponent(currency);
    let whole = minor.abs().round().min(9e17) as u64;
    let scale = 10_u64.pow(exponent);
    let sign = if minor < 0.0 && whole > 0 { "−" } else { "" };
    let fraction = if exponent == 0 {
        String::new()
    } else {
        format!(".{:0width$}", whole % scale, width = exponent as usize)
    };
    format!("{currency} {sign}{}{fraction}", count(whole / scale))
}

/// Digits of the currency's minor unit; 2 for a code that isn't known.
pub(crate) fn exponent(currency: &str) -> u32 {
    Currency::from_code(currency).map_or(2, |currency| currency.exponent())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(
            [count(0), count(999), count(1_000), count(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(money("EUR", -123_456.4), "EUR −1,234.56");
        assert_eq!(money("JPY", 1_234.0), "JPY 1,234");
        assert_eq!(money("EUR", 5.0), "EUR 0.05");
        assert_eq!([percent(0.1234), percent(0.0004)], ["12.3 %", "0.04 %"]);
    }
}
