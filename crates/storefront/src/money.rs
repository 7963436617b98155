//! Currencies, countries and minor units.

use crate::config::CurrencyMix;
use crate::dice::Dice;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Currency {
    Eur,
    Usd,
    Gbp,
    Jpy,
}

/// An ISO 3166-1 alpha-2 code.
pub(crate) type Country = &'static str;

/// Where orders come from that don't come from home: travel, gifts, anonymising networks, drop addresses.
pub(crate) const ABROAD: [(Country, f64); 10] = [
    ("US", 0.22),
    ("GB", 0.14),
    ("PL", 0.12),
    ("RO", 0.10),
    ("TR", 0.10),
    ("BR", 0.09),
    ("NL", 0.08),
    ("VN", 0.06),
    ("NG", 0.05),
    ("CN", 0.04),
];

impl Currency {
    pub(crate) const ALL: [Self; 4] = [Self::Eur, Self::Usd, Self::Gbp, Self::Jpy];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Eur => "EUR",
            Self::Usd => "USD",
            Self::Gbp => "GBP",
            Self::Jpy => "JPY",
        }
    }

    /// Minor units that one euro buys. The yen has no minor unit.
    fn minor_units_per_euro(self) -> f64 {
        match self {
            Self::Eur => 100.0,
            Self::Usd => 108.0,
            Self::Gbp => 86.0,
            Self::Jpy => 162.0,
        }
    }

    pub(crate) fn minor_units(self, euros: f64) -> i64 {
        ((euros * self.minor_units_per_euro()).round() as i64).max(1)
    }

    pub(crate) fn euros(self, minor_units: i64) -> f64 {
        minor_units as f64 / self.minor_units_per_euro()
    }

    /// The nearest amount that looks like a price: …99 or …49 cents, whole tens of yen.
    pub(crate) fn price_point(self, minor_units: i64) -> i64 {
        if self == Self::Jpy {
            return ((minor_units + 5) / 10 * 10).max(10);
        }
        if minor_units < 1_000 {
            return minor_units.max(1);
        }
        (minor_units + 26) / 50 * 50 - 1
    }

    pub(crate) fn draw(mix: &CurrencyMix, dice: &mut Dice) -> Self {
        let weights = mix.weights();
        dice.weighted(&std::array::from_fn::<_, 4, _>(|i| (Self::ALL[i], weights[i])))
    }

    /// Where a customer who pays in this currency lives.
    pub(crate) fn draw_home(self, dice: &mut Dice) -> Country {
        match self {
            Self::Eur => dice.weighted(&[
                ("DE", 0.44),
                ("FR", 0.17),
                ("NL", 0.12),
                ("AT", 0.10),
                ("ES", 0.07),
                ("IT", 0.06),
                ("IE", 0.04),
            ]),
            Self::Usd => dice.weighted(&[("US", 0.93), ("PR", 0.07)]),
            Self::Gbp => "GB",
            Self::Jpy => "JP",
        }
    }
}

/// A country other than `home`.
pub(crate) fn draw_abroad(home: Country, dice: &mut Dice) -> Country {
    loop {
        let country = dice.weighted(&ABROAD);
        if country != home {
            return country;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn price_points_end_in_49_or_99_cents_and_whole_tens_of_yen() {
        assert_eq!(Currency::Eur.price_point(1_980), 1_999);
        assert_eq!(Currency::Usd.price_point(1_960), 1_949);
        assert_eq!(Currency::Gbp.price_point(437), 437);
        assert_eq!(Currency::Jpy.price_point(1_234), 1_230);
    }

    #[test]
    fn an_amount_goes_to_euros_and_back() {
        for currency in Currency::ALL {
            assert_eq!(currency.minor_units(currency.euros(12_345)), 12_345);
        }
    }
}
