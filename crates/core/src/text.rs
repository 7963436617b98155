//! Text from elsewhere on its way to people's eyes.

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
