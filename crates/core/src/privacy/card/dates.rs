//! Numbers that begin with a date: `DDMMYYYY` and a sequence, or `YYMMDD` and a time or a short sequence.
//!
//! Written without separators, these share the ranges of Mastercard's 2-series (`2611…` in November 2026), Mir (`2201…`),
//! and Diners Club (`3001…`), and one in ten passes the Luhn check. Of card numbers in those ranges fewer than one in 150
//! reads as a date this way; such a number is still found when it is grouped as on a card or follows a word for one.

/// Whether the digits (values 0 to 9) begin with a date and go on as ids with dates do.
pub(super) fn begins_with_date(digits: &[u8]) -> bool {
    begins_with_day(digits) || digits.len() == 16 && begins_with_short_year(digits)
}

/// `DDMMYYYY`. Takes values and ASCII digits alike.
pub(super) fn begins_with_day(digits: &[u8]) -> bool {
    digits.len() >= 8
        && is_day(number(digits, 0, 2), number(digits, 2, 2))
        && (2000..2050).contains(&number(digits, 4, 4))
}

/// Years that ids of today begin with. Before 2023 lie Mir's numbers. From 2035 on lie JCB's and then everybody's: Discover's
/// `6011 1111 1111 1117` would be a November day of 2060.
const SHORT_YEARS: std::ops::Range<u32> = 23..35;

/// `YYMMDD`, and then `hhmmss` or a number that begins with three zeros.
fn begins_with_short_year(digits: &[u8]) -> bool {
    let [month, day, hour, minute, second] = [2, 4, 6, 8, 10].map(|from| number(digits, from, 2));
    let time = hour < 24 && minute < 60 && second < 60;
    SHORT_YEARS.contains(&number(digits, 0, 2)) && is_day(day, month) && (time || number(digits, 6, 3) == 0)
}

fn is_day(day: u32, month: u32) -> bool {
    (1..=31).contains(&day) && (1..=12).contains(&month)
}

/// The low four bits of an ASCII digit are its value.
fn number(digits: &[u8], from: usize, places: usize) -> u32 {
    digits[from..from + places].iter().fold(0, |sum, digit| sum * 10 + u32::from(digit & 15))
}
