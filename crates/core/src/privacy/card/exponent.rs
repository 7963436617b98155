//! Numbers in scientific notation, as programs write large doubles: `4.242424242424242E15`, without the zeros at the end.

use super::scan::is_card_number;
use super::schemes::{Evidence, LENGTHS};

/// Fewest digits before the exponent. Fewer are a rounded quantity's.
const FEWEST: usize = 8;
/// Most bytes before the exponent that are looked at: a sign would end them, a point is one.
const MOST: usize = 24;

/// Whether plain `text` holds a card number in scientific notation.
pub(super) fn finds(text: &[u8]) -> bool {
    let exponents = text.iter().enumerate().filter(|(_, byte)| matches!(byte, b'e' | b'E'));
    exponents.into_iter().any(|(at, _)| {
        let number = || Some((mantissa(&text[..at])?, exponent(&text[at + 1..])?));
        number().is_some_and(|(mantissa, exponent)| is_card(mantissa, exponent))
    })
}

/// Digits and at most one point at the end of `text`.
fn mantissa(text: &[u8]) -> Option<&[u8]> {
    let mut points = 0;
    let of_it = |byte: &&u8| {
        points += usize::from(**byte == b'.');
        byte.is_ascii_digit() || **byte == b'.' && points == 1
    };
    let length = text.iter().rev().take(MOST + 1).take_while(of_it).count();
    let mantissa = &text[text.len() - length..];
    (FEWEST..=MOST).contains(&length).then_some(mantissa)
}

/// At most two digits that end there, with or without a plus.
fn exponent(text: &[u8]) -> Option<usize> {
    let digits = text.strip_prefix(b"+").unwrap_or(text);
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let alone = !digits.get(length).is_some_and(u8::is_ascii_alphabetic);
    let digits = std::str::from_utf8(&digits[..length]).ok().filter(|_| alone && length <= 2)?;
    digits.parse().ok()
}

fn is_card(mantissa: &[u8], exponent: usize) -> bool {
    let whole = mantissa.iter().position(|byte| *byte == b'.').unwrap_or(mantissa.len());
    let digits = mantissa.iter().copied().filter(u8::is_ascii_digit).chain(std::iter::repeat(b'0'));
    let length = whole + exponent;
    let number: Vec<u8> = digits.take(length.min(*LENGTHS.end())).collect();
    LENGTHS.contains(&length) && is_card_number(&[&number], Evidence::Digits)
}
