//! Which numbers the card schemes issue: by their first six digits and their lengths.
//!
//! Sources: the schemes' published issuer identification numbers (ISO/IEC 7812), as acquirers list them. Each range
//! names two sets of lengths:
//!
//! - *usual*: the lengths in which cards of the range are issued today. A number of such a length is taken for a card
//!   number however it is written.
//! - *possible*: lengths that the scheme's rules permit, or that were issued once: Visa's 13 digits, Maestro's 12,
//!   Visa's and JCB's 19. Order ids, EAN codes and 64-bit ids have the same lengths, so a number of such a length is a
//!   card number only where the text around it says so: by the groups of a card or by a word such as `card`.

/// Shortest and longest card number in digits (ISO/IEC 7812-1, Maestro's 12 included).
pub(super) const LENGTHS: std::ops::RangeInclusive<usize> = 12..=19;

/// A set of lengths, one bit each.
#[derive(Clone, Copy)]
struct Lengths(u32);

const fn of(lengths: &[usize]) -> Lengths {
    let (mut bits, mut index) = (0, 0);
    while index < lengths.len() {
        bits |= 1 << lengths[index];
        index += 1;
    }
    Lengths(bits)
}

struct Range {
    first: u32,
    last: u32,
    usual: Lengths,
    possible: Lengths,
}

const fn range(first: u32, last: u32, usual: &[usize], possible: &[usize]) -> Range {
    Range { first, last, usual: of(usual), possible: of(possible) }
}

const LONG: &[usize] = &[16, 17, 18, 19];
const MAESTRO: &[usize] = &[12, 13, 14, 15, 16, 17, 18, 19];
const DINERS: &[usize] = &[14, 15, 16, 17, 18, 19];

/// Ranges of the first six digits. Where ranges overlap, a number counts if any of them has its length.
const RANGES: &[Range] = &[
    // UATP.
    range(100_000, 199_999, &[], &[15]),
    // JCB of 15 digits.
    range(180_000, 180_099, &[], &[15]),
    range(213_100, 213_199, &[], &[15]),
    // GPN.
    range(194_600, 194_699, &[], LONG),
    // Mir, Borica.
    range(220_000, 220_599, &[16], LONG),
    // Mastercard.
    range(222_100, 272_099, &[16], &[16]),
    range(510_000, 559_999, &[16], &[16]),
    // Diners Club.
    range(300_000, 305_999, &[14, 16], DINERS),
    range(309_500, 309_599, &[14, 16], DINERS),
    range(360_000, 369_999, &[14, 16], DINERS),
    range(380_000, 399_999, &[14, 16], DINERS),
    // American Express.
    range(340_000, 349_999, &[15], &[15]),
    range(370_000, 379_999, &[15], &[15]),
    // JCB, with RuPay's 353 and 356 and LankaPay's 357111.
    range(352_800, 358_999, &[16], LONG),
    // Visa, with Elo's and Dankort's ranges in it.
    range(400_000, 499_999, &[16], &[13, 16, 17, 18, 19]),
    // Maestro, Elo, Verve, Dankort, RuPay, Meeza, Cabal, Naranja.
    range(500_000, 509_999, &[16], MAESTRO),
    range(560_000, 589_999, &[16], MAESTRO),
    range(501_800, 501_899, &[16, 19], MAESTRO),
    range(502_000, 502_099, &[16, 19], MAESTRO),
    range(503_800, 503_899, &[16, 19], MAESTRO),
    range(506_099, 506_198, &[16, 19], LONG),
    range(507_865, 507_964, &[16, 19], LONG),
    range(589_300, 589_399, &[16, 19], MAESTRO),
    // RuPay, Hipercard, UkrCard, Discover.
    range(600_000, 609_999, &[16], &[13, 16, 17, 18, 19]),
    // UnionPay.
    range(620_000, 629_999, &[16, 19], LONG),
    // Maestro, InstaPayment, InterPayment, Elo.
    range(630_000, 639_999, &[16], MAESTRO),
    range(630_400, 630_499, &[16, 19], MAESTRO),
    // Discover, with RuPay's, Elo's, Verve's and Troy's ranges in 65.
    range(644_000, 659_999, &[16], LONG),
    range(650_002, 650_027, &[16, 19], LONG),
    // Maestro, Bancontact.
    range(670_000, 679_999, &[16], MAESTRO),
    range(675_900, 675_999, &[16, 19], MAESTRO),
    range(676_100, 676_399, &[16, 19], MAESTRO),
    range(676_700, 676_799, &[16, 19], MAESTRO),
    range(679_900, 679_999, &[16, 19], MAESTRO),
    // UnionPay's 810 to 817, RuPay.
    range(810_000, 829_999, &[16], LONG),
    // Uzcard, Belkart, Napas, Troy, Humo.
    range(860_000, 860_099, &[16], &[16]),
    range(911_200, 911_299, &[16], &[16]),
    range(970_400, 970_499, &[16, 19], LONG),
    range(979_200, 979_299, &[16], &[16]),
    range(986_000, 986_099, &[16], &[16]),
];

/// How sure the text around a number makes it that it is a card's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// Nothing beside the digits.
    Digits,
    /// Groups as on cards, or a word for a card before them.
    Context,
}

/// Whether a scheme issues numbers that begin and measure like these digits, and the check digit is right.
pub(super) fn issued(digits: &[u8], evidence: Evidence) -> bool {
    if !LENGTHS.contains(&digits.len()) || !luhn(digits) {
        return false;
    }
    let prefix = digits.iter().take(6).fold(0, |sum, &digit| sum * 10 + u32::from(digit));
    let length = 1 << digits.len();
    RANGES.iter().any(|range| {
        let lengths = if evidence == Evidence::Context { range.possible } else { range.usual };
        (range.first..=range.last).contains(&prefix) && lengths.0 & length != 0
    })
}

/// The check of ISO/IEC 7812-1.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, u32::from(digit) * 2) {
            (0, doubled) => doubled / 2,
            (_, doubled) => doubled / 10 + doubled % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| byte - b'0').collect()
    }

    #[test]
    fn numbers_that_schemes_and_acquirers_publish_for_testing_are_issued() {
        for card in [
            "4242424242424242",
            "5555555555554444",
            "2223003122003222",
            "2720990000000007",
            "378282246310005",
            "343434343434343",
            "6011111111111117",
            "30569309025904",
            "36227206271667",
            "38520000023237",
            "3566002020360505",
            "6205500000000000004",
            "6200000000000005",
            "6759649826438453",
            "6799990100000000019",
            "2200000000000004",
            "6521111111111110",
            "5066991111111118",
            "6504051111111119",
            "9792030000000000",
            "6703444444444449",
        ] {
            assert!(issued(&digits(card), Evidence::Digits), "{card}");
        }
    }

    #[test]
    fn lengths_that_are_issued_no_more_need_context() {
        for card in ["4222222222222", "501800000009", "4000000000000000006"] {
            assert!(!issued(&digits(card), Evidence::Digits), "{card}");
            assert!(issued(&digits(card), Evidence::Context), "{card}");
        }
    }
}
