//! Card numbers of every issuer, in the forms in which people and programs write them.

use std::fmt::Write as _;

/// `SplitMix64`: numbers that are the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// That many of the alphabet's letters.
    pub(crate) fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len() as u64) as usize])).collect()
    }

    pub(crate) fn digits(&mut self, length: usize) -> String {
        self.text(b"0123456789", length)
    }
}

/// Prefixes and lengths in which cards are issued.
pub(crate) const ISSUERS: [(&str, &str, usize); 22] = [
    ("Visa", "4", 16),
    ("Mastercard", "51", 16),
    ("Mastercard", "55", 16),
    ("Mastercard 2-series", "2221", 16),
    ("Mastercard 2-series", "2720", 16),
    ("American Express", "34", 15),
    ("American Express", "37", 15),
    ("Discover", "6011", 16),
    ("Discover", "645", 16),
    ("Diners Club", "36", 14),
    ("Diners Club", "305", 14),
    ("JCB", "3528", 16),
    ("JCB", "3589", 16),
    ("UnionPay", "62", 16),
    ("UnionPay", "62", 19),
    ("Maestro", "6759", 16),
    ("Maestro", "5018", 19),
    ("Mir", "2200", 16),
    ("RuPay", "6521", 16),
    ("Elo", "509", 16),
    ("Verve", "5061", 16),
    ("Troy", "9792", 16),
];

/// A number with the prefix that passes the Luhn check.
pub(crate) fn card(prefix: &str, length: usize, dice: &mut Dice) -> String {
    let mut number = format!("{prefix}{}", dice.digits(length - 1 - prefix.len()));
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| match (place % 2, u32::from(byte - b'0')) {
            (0, digit) => digit * 2 / 10 + digit * 2 % 10,
            (_, digit) => digit,
        })
        .sum();
    let _ = write!(number, "{}", (10 - sum % 10) % 10);
    number
}

/// The groups of a card.
fn groups(number: &str) -> Vec<&str> {
    let sizes: &[usize] = match number.len() {
        14 => &[4, 6, 4],
        15 => &[4, 6, 5],
        _ => &[4, 4, 4, 4, 3],
    };
    let mut rest = number;
    let mut groups = Vec::new();
    for &size in sizes {
        let (group, after) = rest.split_at(size.min(rest.len()));
        groups.push(group);
        rest = after;
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// Every digit as the one of a script whose zero is given.
fn script(number: &str, zero: char) -> String {
    number.bytes().map(|digit| char::from_u32(u32::from(zero) + u32::from(digit - b'0')).unwrap()).collect()
}

/// Every digit white in a black circle, which no normalisation turns into a digit.
fn in_circles(number: &str) -> String {
    let circle = |digit| if digit == b'0' { 0x24FF } else { 0x2776 + u32::from(digit - b'1') };
    number.bytes().map(|digit| char::from_u32(circle(digit)).unwrap()).collect()
}

/// Groups of three from the right.
fn thousands(number: &str, separator: &str) -> String {
    let (first, rest) = number.split_at((number.len() - 1) % 3 + 1);
    let groups = rest.as_bytes().chunks(3).map(|group| std::str::from_utf8(group).unwrap());
    std::iter::once(first).chain(groups).collect::<Vec<_>>().join(separator)
}

fn each(number: &str, write: impl Fn(u8) -> String) -> String {
    number.bytes().map(write).collect()
}

/// A number in every written form, named.
pub(crate) fn written(number: &str) -> Vec<(String, String)> {
    let groups = groups(number);
    let mut forms = vec![];
    for (name, separator) in [
        ("blank", " "),
        ("hyphen", "-"),
        ("dot", "."),
        ("slash", "/"),
        ("tab", "\t"),
        ("no-break space", "\u{a0}"),
        ("thin space", "\u{2009}"),
        ("narrow no-break space", "\u{202f}"),
        ("figure space", "\u{2007}"),
        ("ideographic space", "\u{3000}"),
        ("two blanks", "  "),
        ("blank, hyphen, blank", " - "),
        ("zero-width space", "\u{200b}"),
        ("zero-width joiner", "\u{200d}"),
        ("word joiner", "\u{2060}"),
        ("byte order mark", "\u{feff}"),
        ("soft hyphen", "\u{ad}"),
        ("no-break hyphen", "\u{2011}"),
        ("en dash", "\u{2013}"),
        ("minus", "\u{2212}"),
        ("underscore", "_"),
        ("comma", ","),
        ("colon", ":"),
        ("bar", "|"),
        ("backslash", "\\"),
        ("plus", "+"),
        ("asterisk", "*"),
        ("middle dot", "\u{b7}"),
        ("line break", "\r\n"),
        ("NUL", "\0"),
        ("URL-encoded blank", "%20"),
        ("URL-encoded hyphen", "%2D"),
        ("URL-encoded no-break space", "%C2%A0"),
        ("URL-encoded twice", "%2520"),
        ("HTML reference", "&nbsp;"),
        ("numeric HTML reference", "&#8239;"),
        ("JSON escape", "\\u00a0"),
        ("JSON tab", "\\t"),
        ("JavaScript escape", "%u00A0"),
        ("ES6 escape", "\\u{a0}"),
        ("Python escape", "\\U000000a0"),
        ("octal escape", "\\040"),
        ("quoted-printable no-break space", "=C2=A0"),
        ("tags", "</td><td class=\"digits\">"),
        ("line break tag", "<br/>"),
        ("long vowel mark", "ー"),
        ("half-width long vowel mark", "\u{ff70}"),
        ("tatweel", "\u{640}"),
        ("Hangul filler", "\u{3164}"),
        ("half-width Hangul filler", "\u{ffa0}"),
        ("modifier apostrophe", "\u{2bc}"),
        ("katakana middle dot", "・"),
        ("Braille blank", "\u{2800}"),
        ("a dozen blanks", "            "),
        ("delete", "\u{7f}"),
        ("letter x", "x"),
        ("letter n of a lost line break", "n"),
    ] {
        forms.push((name.to_owned(), groups.join(separator)));
    }
    let spaced = groups.join(" ");
    let pairs: Vec<_> = number.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
    let (first, last) = number.split_at(6);
    let (whole, fraction) = number.split_at(1);
    // Zeros at the end aren't written.
    let scientific = format!("{whole}.{}", fraction.trim_end_matches('0'));
    let mut zeros = ['0', '０', '٠', '०'].into_iter().cycle();
    let turns = number.chars().map(|digit| script(&digit.to_string(), zeros.next().unwrap())).collect();
    for (name, text) in [
        ("plain", number.to_owned()),
        ("full-width", script(number, '０')),
        ("Arabic-Indic", script(number, '٠')),
        ("Persian", script(number, '۰')),
        ("Devanagari", script(number, '०')),
        ("Bengali", script(number, '০')),
        ("Thai", script(number, '๐')),
        ("Myanmar, Shan", script(number, '႐')),
        ("mathematical bold", script(number, '𝟎')),
        ("Nag Mundari", script(number, '\u{1e4f0}')),
        (
            "full-width groups",
            spaced
                .chars()
                .map(|one| {
                    if one == ' ' {
                        '\u{3000}'
                    } else {
                        script(&one.to_string(), '０').chars().next().unwrap()
                    }
                })
                .collect(),
        ),
        (
            "superscript",
            number
                .chars()
                .map(|one| ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][one as usize - 48])
                .collect(),
        ),
        ("in black circles", in_circles(number)),
        ("in black circles with a dingbat zero", in_circles(number).replace('\u{24ff}', "\u{1f10b}")),
        ("keycaps", each(number, |digit| format!("{}\u{fe0f}\u{20e3}", char::from(digit)))),
        ("underlined", each(number, |digit| format!("{}\u{332}", char::from(digit)))),
        ("zero-width everywhere", each(number, |digit| format!("{}\u{200c}", char::from(digit)))),
        ("every digit apart", each(number, |digit| format!("{} ", char::from(digit)))),
        ("pairs", pairs.join(" ")),
        ("first six apart", format!("{first} {last}")),
        ("URL-encoded digits", each(number, |digit| format!("%{digit:02X}"))),
        ("URL-encoded digits, twice", each(number, |digit| format!("%25{digit:02X}"))),
        ("HTML digits", each(number, |digit| format!("&#{digit};"))),
        ("quoted-printable digits", each(number, |digit| format!("={digit:02X}"))),
        ("JavaScript-escaped digits", each(number, |digit| format!("%u{digit:04X}"))),
        ("ES6-escaped digits", each(number, |digit| format!("\\u{{{digit:x}}}"))),
        ("Python-escaped digits", each(number, |digit| format!("\\U{digit:08x}"))),
        ("octal digits", each(number, |digit| format!("\\{digit:03o}"))),
        ("scripts by turns", turns),
        ("as a double", format!("{scientific}E{}", number.len() - 1)),
        ("as a double, in JSON", format!("{{\"id\":{scientific}e+{}}}", number.len() - 1)),
        ("as a double with the point moved", format!("{first}.{last}e{}", number.len() - 6)),
        ("with decimals", format!("{number}.00")),
        ("with thousands", thousands(number, ",")),
        ("with thousands and decimals", format!("{}.00", thousands(number, ","))),
        ("with thousands of French", format!("{},00", thousands(number, "\u{202f}"))),
        ("with thousands of Switzerland", format!("CHF {}.00", thousands(number, "’"))),
        ("JSON-escaped digits", each(number, |digit| format!("\\u{digit:04x}"))),
        ("UTF-16", each(number, |digit| format!("{}\0", char::from(digit)))),
        ("card:", format!("card:{number}")),
        ("PAN=", format!("PAN={number}")),
        ("letters before", format!("card{number}")),
        ("a letter before", format!("a{number}")),
        ("letters before, underscore", format!("ord_{number}")),
        ("letters after", format!("{number}abc")),
        ("letters on both sides", format!("ab{number}cd")),
        ("letters of another script", format!("карта{number}号")),
        ("words around groups", format!("paid with {spaced}, thanks")),
        ("groups after letters", format!("CC{spaced}x")),
        ("a number before", format!("536365-{spaced}")),
        ("expiry and code after", format!("{spaced} 12/26 123")),
        ("expiry after plain", format!("{number} 12/26")),
        ("track 2", format!(";{number}=26121010000012345678?")),
        ("track 2 with a letter", format!("{number}D26121010000012345")),
        ("track 1", format!("%B{number}^DOE/JANE^2612101?")),
        ("filled up with zeros", format!("{number:0>24}")),
        ("in JSON", format!("{{\"a\":12,\"pan\":\"{number}\"}}")),
        ("in a URL", format!("https://shop.example/pay?n={number}&x=1")),
        ("in an address", format!("{number}@example.com")),
        ("after a UUID", format!("6f1c2b1e-9d3a-4c6e-8f00-123456789abc:{number}")),
    ] {
        forms.push((name.to_owned(), text));
    }
    forms
}
