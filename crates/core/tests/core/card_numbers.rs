//! The guard against card numbers, from both sides: every written form is found, honest ids pass.

#![allow(clippy::print_stdout, reason = "measured rates, which the documentation states")]

use bystander_core::privacy::holds_card_number;
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
    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len() as u64) as usize])).collect()
    }

    fn digits(&mut self, length: usize) -> String {
        self.text(b"0123456789", length)
    }
}

/// Prefixes and lengths in which cards are issued.
const ISSUERS: [(&str, &str, usize); 22] = [
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
fn card(prefix: &str, length: usize, dice: &mut Dice) -> String {
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

fn each(number: &str, write: impl Fn(u8) -> String) -> String {
    number.bytes().map(write).collect()
}

/// A number in every written form, named.
fn written(number: &str) -> Vec<(String, String)> {
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
    ] {
        forms.push((name.to_owned(), groups.join(separator)));
    }
    let spaced = groups.join(" ");
    let pairs: Vec<_> = number.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
    let (first, last) = number.split_at(6);
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
        ("keycaps", each(number, |digit| format!("{}\u{fe0f}\u{20e3}", char::from(digit)))),
        ("underlined", each(number, |digit| format!("{}\u{332}", char::from(digit)))),
        ("zero-width everywhere", each(number, |digit| format!("{}\u{200c}", char::from(digit)))),
        ("every digit apart", each(number, |digit| format!("{} ", char::from(digit)))),
        ("pairs", pairs.join(" ")),
        ("first six apart", format!("{first} {last}")),
        ("URL-encoded digits", each(number, |digit| format!("%{digit:02X}"))),
        ("URL-encoded digits, twice", each(number, |digit| format!("%25{digit:02X}"))),
        ("HTML digits", each(number, |digit| format!("&#{digit};"))),
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

#[test]
fn card_numbers_of_every_issuer_are_found_in_every_written_form() {
    let mut dice = Dice(1);
    let mut missed = vec![];
    let mut looked_at = 0;
    for (issuer, prefix, length) in ISSUERS {
        for _ in 0..20 {
            let number = card(prefix, length, &mut dice);
            for (form, text) in written(&number) {
                looked_at += 1;
                if !holds_card_number(text.as_bytes()) {
                    missed.push(format!("{issuer}, {form}: {text:?}"));
                }
            }
        }
    }
    assert!(looked_at >= 50 * 12, "{looked_at}");
    assert!(missed.is_empty(), "{} of {looked_at} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn one_wrong_digit_makes_it_no_card_number_in_any_form() {
    let mut dice = Dice(2);
    for (_, prefix, length) in ISSUERS {
        let mut number = card(prefix, length, &mut dice).into_bytes();
        let last = number.last_mut().unwrap();
        *last = if *last == b'9' { b'0' } else { *last + 1 };
        let number = String::from_utf8(number).unwrap();
        for (form, text) in written(&number) {
            // Other forms put further digits beside it, which may make another number.
            if ["blank", "plain", "full-width", "card:", "zero-width everywhere", "pairs"]
                .contains(&form.as_str())
            {
                assert!(!holds_card_number(text.as_bytes()), "{form}: {text:?}");
            }
        }
    }
}

/// A day between 2015 and 2031 as year, month and day.
fn day(dice: &mut Dice) -> (u64, u64, u64) {
    (2015 + dice.below(16), 1 + dice.below(12), 1 + dice.below(28))
}

/// With GS1's check digit.
fn gtin(length: usize, dice: &mut Dice) -> String {
    let mut code = dice.digits(length - 1);
    let weighed = code
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| u32::from(byte - b'0') * if place % 2 == 0 { 3 } else { 1 });
    let sum: u32 = weighed.sum();
    let _ = write!(code, "{}", (10 - sum % 10) % 10);
    code
}

fn hex(dice: &mut Dice, length: usize) -> String {
    dice.text(b"0123456789abcdef", length)
}

/// Milliseconds between 2015 and 2031.
fn millis(dice: &mut Dice) -> u64 {
    1_420_070_400_000 + dice.below(504_921_600_000)
}

type Shape = (&'static str, fn(&mut Dice) -> String);

const SHAPES: [Shape; 23] = [
    ("13 digits from 62", |dice| format!("62{}", dice.digits(11))),
    ("13 digits from 40", |dice| format!("40{}", dice.digits(11))),
    ("13 digits from 5", |dice| format!("5{}", dice.digits(12))),
    ("12 digits", |dice| dice.digits(12)),
    ("epoch milliseconds", |dice| millis(dice).to_string()),
    ("epoch microseconds", |dice| (millis(dice) * 1_000 + dice.below(1_000)).to_string()),
    ("epoch nanoseconds", |dice| (millis(dice) * 1_000_000 + dice.below(1_000_000)).to_string()),
    ("ULID", |dice| dice.text(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ", 26)),
    ("UUID", |dice| {
        format!("{}-{}-4{}-a{}-{}", hex(dice, 8), hex(dice, 4), hex(dice, 3), hex(dice, 3), hex(dice, 12))
    }),
    ("UUID without hyphens", |dice| hex(dice, 32)),
    ("upper-case UUID after a word", |dice| {
        format!("ORD-{}-{}-4{}-9{}-{}", hex(dice, 8), hex(dice, 4), hex(dice, 3), hex(dice, 3), hex(dice, 12))
            .to_uppercase()
    }),
    ("24 hexadecimal digits", |dice| hex(dice, 24)),
    ("snowflake", |dice| (((millis(dice) - 1_288_834_974_657) << 22) | dice.below(1 << 22)).to_string()),
    ("snowflake of another epoch", |dice| {
        (((millis(dice) - 1_388_534_400_000) << 22) | dice.below(1 << 22)).to_string()
    }),
    ("sharded id before 2030", |dice| {
        let since = 105_850_378_279 + dice.below(473_000_000_000);
        ((since << 23) | dice.below(1 << 23)).to_string()
    }),
    ("EAN-13", |dice| gtin(13, dice)),
    ("UPC", |dice| gtin(12, dice)),
    ("phone number", |dice| {
        let country = ["1", "30", "34", "36", "39", "44", "49", "52", "55", "62", "81", "86", "91"]
            [dice.below(13) as usize];
        let separators = ["", " ", "-", "."][dice.below(4) as usize];
        format!(
            "+{country}{separators}{}{separators}{}",
            100 + dice.below(900),
            1_000_000 + dice.below(9_000_000)
        )
    }),
    ("date and sequence", |dice| {
        let ((year, month, day), next) = (day(dice), dice.below(1_000_000));
        format!("{year}{month:02}{day:02}{}{next:06}", ["", "-", "_"][dice.below(3) as usize])
    }),
    ("day first and sequence", |dice| {
        let ((year, month, day), next) = (day(dice), dice.below(1_000_000));
        format!("{day:02}{month:02}{year}{next:06}")
    }),
    ("short year since 2023, time and sequence", |dice| {
        let ((_, month, day), year) = (day(dice), 23 + dice.below(8));
        let (hour, minute, second) = (dice.below(24), dice.below(60), dice.below(60));
        format!("{:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}{:04}", year, dice.below(10_000))
    }),
    ("time of day", |dice| {
        let (year, month, day) = day(dice);
        let (hour, minute, second) = (dice.below(24), dice.below(60), dice.below(60));
        format!("{day:02}/{month:02}/{year} {hour:02}:{minute:02}:{second:02}.{:03}", dice.below(1_000))
    }),
    ("3-7-7", |dice| format!("{}-{}-{}", dice.digits(3), dice.digits(7), dice.digits(7))),
];

#[test]
fn of_a_million_ids_of_common_shapes_at_most_ten_are_refused() {
    let each = 1_000_000 / SHAPES.len() + 1;
    let mut refused = vec![];
    for (shape, make) in SHAPES {
        let mut dice = Dice(3);
        let found = (0..each).filter(|_| holds_card_number(make(&mut dice).as_bytes())).count();
        refused.push((shape, found));
    }
    let total: usize = refused.iter().map(|(_, found)| found).sum();
    println!("refused of {each} each: {refused:?}");
    assert!(total <= 10, "{total}: {refused:?}");
}

#[test]
fn every_common_shape_alone_is_refused_at_most_once_in_a_hundred_thousand() {
    let hundred_thousands = if std::env::var_os("BYSTANDER_FULL").is_some() { 30 } else { 1 };
    for (shape, make) in SHAPES {
        let mut dice = Dice(4);
        let ids = hundred_thousands * 100_000;
        let found = (0..ids).filter(|_| holds_card_number(make(&mut dice).as_bytes())).count();
        println!("{shape}: {found} of {ids}");
        assert!(found <= hundred_thousands, "{shape}: {found} of {ids}");
    }
}

/// What the documentation states of numbers that nobody can tell from card numbers.
#[test]
fn random_numbers_of_a_cards_length_are_refused_as_often_as_documented() {
    for (length, least, most) in [
        (14, 0.003, 0.005),
        (15, 0.001, 0.003),
        (16, 0.037, 0.043),
        (17, 0.0, 0.000_1),
        (18, 0.0, 0.0),
        (19, 0.000_5, 0.002),
    ] {
        let mut dice = Dice(5);
        let found = (0..100_000)
            .filter(|_| {
                holds_card_number(format!("{}{}", 1 + dice.below(9), dice.digits(length - 1)).as_bytes())
            })
            .count();
        let share = found as f64 / 1e5;
        println!("{length} digits: {share}");
        assert!((least..=most).contains(&share), "{length} digits: {share}");
    }
}

#[test]
fn fewer_than_one_card_number_in_150_reads_as_a_date() {
    let mut dice = Dice(6);
    for (prefix, length) in [("23", 16), ("26", 16), ("2201", 16), ("300", 14), ("301", 14)] {
        let missed =
            (0..20_000).filter(|_| !holds_card_number(card(prefix, length, &mut dice).as_bytes())).count();
        println!("{prefix}: {missed} of 20,000");
        assert!(missed < 133, "{prefix}: {missed} of 20,000");
    }
}
