//! Card numbers: one in groups of four, with one kind of separator between them, is found wherever it stands.

#![no_main]

use bystander_core::privacy::holds_card_number;
use libfuzzer_sys::fuzz_target;

/// Numbers that the schemes publish for testing.
const CARDS: [&str; 5] =
    ["4242424242424242", "5555555555554444", "378282246310005", "6011111111111117", "3530111333300000"];
const BETWEEN: [&str; 16] = [
    "",
    " ",
    "-",
    ".",
    "\u{a0}",
    "\u{2009}",
    "\u{200b}",
    "\t",
    "ー",
    "\u{640}",
    "\u{3164}",
    "<br>",
    "=C2=A0",
    "%u2011",
    "\\040",
    "           ",
];

fuzz_target!(|data: &[u8]| {
    // Whatever the bytes, looking at them must not panic.
    holds_card_number(data);
    let [card, before, after, separator, ..] = data else { return };
    let card = CARDS[usize::from(*card) % CARDS.len()];
    let around = [" ", "card: ", "\"", "pan=", "", "(", "#", "\n"];
    let mut text = around[usize::from(*before) % around.len()].to_owned();
    for (place, digit) in card.chars().enumerate() {
        // In groups of four, as cards are written.
        if place > 0 && place % 4 == 0 {
            text += BETWEEN[usize::from(*separator) % BETWEEN.len()];
        }
        text.push(digit);
    }
    text += [" ", "\"", ")", "", ",", ";", "\n", " exp 12/29"][usize::from(*after) % 8];
    assert!(holds_card_number(text.as_bytes()), "{text:?}");
});
