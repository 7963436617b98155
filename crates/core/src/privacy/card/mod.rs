//! The guard against payment card numbers in what leaves the live side.
//!
//! Two wishes pull against each other. A card number must be found however it is written: in groups, with any
//! separators, invisible characters or digits of another script between or instead of its own, URL-encoded, with words
//! around it. But one in ten of all numbers passes the Luhn check, so a shop whose honest ids look like card numbers
//! would lose a tenth of its orders. The guard decides so:
//!
//! - **A text is normalised first** (`plain`): NFKD, digits of all scripts, format characters and combining marks left
//!   out; then decoded ([`coded`]) as long as something is encoded in it, and looked at in each of these forms.
//! - **Doubles are written out** ([`exponent`]): many languages write 16 digits as `4.242424242424242E15`.
//! - **Letters of other scripts separate**, because some are written for hyphens and blanks: the long vowel mark of Japanese
//!   keyboards, the Arabic tatweel, Hangul's invisible filler.
//! - **The length decides for digits alone** ([`schemes`]): only ranges and lengths in which cards are issued today count.
//!   So 13-digit order ids, EAN and UPC codes, epoch times, 17- and 18-digit ids and snowflakes pass; 12- and 13-digit
//!   card numbers, of which hardly any is left, are found only in a card's groups or behind a word such as `card`.
//! - **Any grouping counts for digits that stand alone; among other numbers, only a card's groups, even groups, or one
//!   group** ([`scan`]). So an order id before a card number, or an expiry date after it, doesn't hide it.
//! - **UUIDs and mixed hexadecimal tokens are opaque**: of random ones, one in 30,000 holds 16 digits in a row that would
//!   pass for a card number. A word before or after a number doesn't hide it.
//! - **Dates pass** where a plain number begins with one ([`dates`]).
//!
//! What is left can't be told apart by anybody: of uniformly random numbers without leading zeros, 4.0 % of those with 16
//! digits are card numbers, 0.4 % of those with 14, 0.2 % with 15 and 0.1 % with 19. A shop whose ids are such numbers
//! declares the field an identifier: `card_numbers = { subject = "allow" }`. Of random ids of the common shapes, fewer
//! than 1 in 100,000 is refused (`crates/core/tests/core/card_numbers.rs` measures both).
//!
//! Not found: a number inside a longer row of digits, one spelt in words or in Chinese numerals, and one in an encoding that
//! isn't text (base64, compression).

use std::borrow::Cow;
use std::iter::successors;

mod coded;
mod dates;
mod exponent;
mod plain;
mod scan;
mod schemes;

pub(super) use plain::{LETTER, plain};

/// Fewest characters that a text with a card number has.
const FEWEST: usize = 12;

/// Whether `text` holds what looks like a payment card number; see the module for what that means.
///
/// It allocates only where at least 12 characters may be digits and some of them are coded or aren't ASCII.
/// Measured: 4 to 12 ns for a short text, 110 to 250 ns for a number, a time or a UUID.
pub fn holds_card_number(text: &[u8]) -> bool {
    // Digits of other scripts have a lead byte each.
    let digits = text.iter().filter(|byte| byte.is_ascii_digit() || **byte >= 0xC0).count();
    if digits < FEWEST {
        return false;
    }
    let control = |byte: u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    if text.iter().any(|byte| !byte.is_ascii() || coded::may_begin(*byte) || control(*byte)) {
        forms(text).any(|form| finds(&form))
    } else {
        finds(text)
    }
}

fn finds(text: &[u8]) -> bool {
    scan::finds(text) || exponent::finds(text)
}

/// Whether a number that is an amount, a count or a score by its binding is a card number. None of these is as large in a
/// shop, so there is no rule to allow it.
pub(crate) fn is_card_number(number: f64) -> bool {
    (1e13..1e19).contains(&number) && holds_card_number(format!("{number:.0}").as_bytes())
}

/// `text` in [plain](plain()) form, as it is and after each round of decoding.
pub(super) fn forms(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let rounds = successors(Some(Cow::Borrowed(text)), |text| coded::decode(text).map(Cow::Owned));
    rounds.take(1 + coded::MOST_ROUNDS).map(|text| plain(&text))
}
