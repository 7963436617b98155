//! Currencies that ISO 4217 withdrew since 2000, before which no event is read: history is replayed in the money of its time.

use super::Currency;
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use std::sync::LazyLock;

/// Code, decimals of the minor unit, year and month of withdrawal; by code.
const FORMER: &[(&str, u32, i16, i8)] = &[
    ("ADP", 0, 2003, 7),
    ("AFA", 2, 2003, 1),
    ("ANG", 2, 2025, 7),
    ("ATS", 2, 2002, 3),
    ("AZM", 2, 2005, 12),
    ("BEF", 0, 2002, 3),
    ("BGL", 2, 2003, 11),
    ("BGN", 2, 2026, 1),
    ("BYB", 0, 2001, 1),
    ("BYR", 0, 2017, 1),
    ("CSD", 2, 2006, 10),
    ("CUC", 2, 2021, 6),
    ("CYP", 2, 2008, 1),
    ("DEM", 2, 2002, 3),
    ("ECS", 2, 2000, 9),
    ("EEK", 2, 2011, 1),
    ("ESP", 0, 2002, 3),
    ("FIM", 2, 2002, 3),
    ("FRF", 2, 2002, 3),
    ("GHC", 2, 2008, 1),
    ("GRD", 0, 2002, 3),
    ("HRK", 2, 2023, 1),
    ("IEP", 2, 2002, 3),
    ("ITL", 0, 2002, 3),
    ("LTL", 2, 2014, 12),
    ("LUF", 0, 2002, 3),
    ("LVL", 2, 2014, 1),
    ("MGF", 0, 2004, 12),
    ("MRO", 2, 2017, 12),
    ("MTL", 2, 2008, 1),
    ("MZM", 2, 2006, 6),
    ("NLG", 2, 2002, 3),
    ("PTE", 0, 2002, 3),
    ("ROL", 2, 2005, 6),
    ("RUR", 2, 2004, 1),
    ("SDD", 2, 2007, 7),
    ("SIT", 2, 2007, 1),
    ("SKK", 2, 2009, 1),
    ("SLL", 2, 2023, 12),
    ("SRG", 2, 2003, 12),
    ("STD", 2, 2017, 12),
    ("TMM", 2, 2009, 1),
    ("TPE", 0, 2002, 11),
    ("TRL", 0, 2005, 12),
    ("VEB", 2, 2008, 1),
    ("VEF", 2, 2018, 8),
    ("YUM", 2, 2003, 7),
    ("ZMK", 2, 2012, 12),
    ("ZWD", 2, 2008, 8),
    ("ZWL", 2, 2024, 9),
    ("ZWN", 2, 2009, 2),
    ("ZWR", 2, 2009, 6),
];

/// The former currency of an upper-case code.
pub(super) fn find(code: [u8; 3]) -> Option<Currency> {
    static TABLE: LazyLock<Vec<Currency>> = LazyLock::new(|| FORMER.iter().filter_map(compile).collect());
    let found = TABLE.binary_search_by_key(&code, |currency| currency.code).ok()?;
    TABLE.get(found).copied()
}

fn compile(&(code, exponent, year, month): &(&str, u32, i16, i8)) -> Option<Currency> {
    let end = date(year, month, 1).checked_add(Span::new().months(1)).ok()?;
    let end = TimeZone::UTC.to_timestamp(end.at(0, 0, 0, 0)).ok().map(Timestamp::as_millisecond);
    Some(Currency { code: code.as_bytes().try_into().ok()?, exponent, until_ms: end })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_currency_and_they_are_in_order() {
        assert!(FORMER.is_sorted_by_key(|row| row.0));
        for (code, exponent, ..) in FORMER {
            let found = Currency::from_code(code).unwrap();
            assert_eq!((found.code(), found.exponent()), (*code, *exponent));
        }
    }

    #[test]
    fn a_former_currency_is_one_until_the_end_of_the_month_of_its_withdrawal() {
        let kuna = Currency::from_code("hrk").unwrap();
        assert!(kuna.is_of(1_675_209_599_999), "2023-01-31");
        assert!(!kuna.is_of(1_675_209_600_000), "2023-02-01");
        assert!(Currency::from_code("EUR").unwrap().is_of(i64::MAX));
    }
}
