//! Text on its way to people and to records.

use std::borrow::Cow;

/// Text that borrows from the record where it can.
pub type Text<'a> = Cow<'a, str>;

/// Without control characters and without those that turn the direction of writing: neither a terminal nor a page is
/// steered by what a shop's data says.
pub fn clean(text: &str) -> String {
    text.chars().map(|letter| if steers(letter) { '\u{FFFD}' } else { letter }).collect()
}

fn steers(letter: char) -> bool {
    let direction =
        matches!(letter, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let not_xml = matches!(letter, '\u{FFFE}' | '\u{FFFF}');
    (letter.is_control() && letter != '\n') || direction || not_xml
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(2 * bytes.len());
    write_hex(bytes, &mut out);
    out
}

/// Appends lower-case hex.
pub fn write_hex(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
}

/// Digits with commas between groups of three.
pub fn thousands(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn digits_are_grouped_from_the_right() {
        for (digits, grouped) in
            [("", ""), ("7", "7"), ("999", "999"), ("1000", "1,000"), ("1234567", "1,234,567")]
        {
            assert_eq!(thousands(digits), grouped);
        }
    }
}
