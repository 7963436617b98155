//! Where in a text digits stand that may be a card number: tokens, groups, and sequences of groups.

use super::dates::{begins_with_date, begins_with_day};
use super::schemes::{Evidence, LENGTHS, issued};

/// Most characters between two groups of one number, blanks in a row counted once: `4242  -  4242` has three.
const WIDEST_GAP: usize = 6;

/// Most groups of a sequence that are looked at together; a longer one is looked at in overlapping parts.
const MOST_GROUPS: usize = 64;

/// Largest of several even groups among other numbers; seven and seven are an order id's.
const LARGEST_EVEN_GROUP: usize = 5;

/// How cards and forms group the digits.
const CARD_GROUPS: [&[usize]; 11] = [
    &[4, 3, 3, 3],
    &[4, 6, 4],
    &[4, 4, 4, 2],
    &[4, 6, 5],
    &[4, 4, 4, 3],
    &[4, 4, 4, 4],
    &[4, 4, 4, 4, 1],
    &[4, 4, 4, 4, 2],
    &[4, 4, 4, 4, 3],
    &[6, 13],
    &[4, 4, 4, 7],
];

/// Words that say that a card number follows, alone or at the end of a compound.
const CARD_WORDS: [&str; 10] =
    ["card", "cards", "pan", "visa", "maestro", "karte", "carte", "tarjeta", "carta", "kart"];

/// Words that may stand between such a word and the number.
const FILLERS: [&str; 8] = ["number", "no", "nr", "num", "nummer", "numero", "is", "id"];

/// Whether plain `text` holds a card number.
pub(super) fn finds(text: &[u8]) -> bool {
    let mut sequence = Sequence::default();
    let (mut at, mut gap) = (0, 0);
    while let Some(byte) = text.get(at) {
        if !byte.is_ascii_alphanumeric() {
            let blanks = byte.is_ascii_whitespace() && at > 0 && text[at - 1].is_ascii_whitespace();
            gap += usize::from(!blanks);
            at += 1;
            if gap > WIDEST_GAP && sequence.end() {
                return true;
            }
            continue;
        }
        gap = 0;
        let length = text[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let token = &text[at..at + length];
        let opaque = if is_uuid(&text[at..]) { Some(UUID) } else { is_mixed_hex(token).then_some(length) };
        let found = match opaque {
            Some(_) => sequence.end(),
            None => sequence.take(token) || has_lettered_groups(token),
        };
        if found {
            return true;
        }
        at += opaque.unwrap_or(length);
    }
    sequence.end()
}

/// Bytes of a UUID as text.
const UUID: usize = 36;

/// Whether `text` begins with a UUID that ends there. Its digits aren't a number's.
fn is_uuid(text: &[u8]) -> bool {
    let Some((uuid, rest)) = text.split_at_checked(UUID) else { return false };
    let part = |(place, byte): (usize, &u8)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    uuid.iter().enumerate().all(part) && !rest.first().is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether a token is a hash or another random value in hexadecimal: letters and digits by turns. A number with a word
/// before or after it, or with one letter between it and what follows, as in a card's track data, is none.
fn is_mixed_hex(token: &[u8]) -> bool {
    if token.len() < 16 || !token.iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    let runs = |digits: bool| {
        token
            .chunk_by(same_class)
            .filter(|run| run.iter().all(|byte| byte.is_ascii_digit() == digits))
            .count()
    };
    runs(true) > 1 && runs(false) > 1
}

/// Whether a card's groups are in one token with the same letter between them, as in `4242x4242x4242x4242`.
fn has_lettered_groups(token: &[u8]) -> bool {
    let digits = token.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = token.len() - digits;
    if letters < 2 || digits < *LENGTHS.start() {
        return false;
    }
    let mut tried = [false; 128];
    token.iter().filter(|byte| byte.is_ascii_alphabetic()).any(|letter| {
        let before = std::mem::replace(&mut tried[usize::from(*letter)], true);
        !before && has_groups_between(token, *letter)
    })
}

fn has_groups_between(token: &[u8], letter: u8) -> bool {
    let parts: Vec<&[u8]> = token.split(|byte| *byte == letter).collect();
    let mut sequences = parts.split(|part| !part.iter().all(u8::is_ascii_digit));
    sequences.any(|groups| (0..groups.len()).any(|start| grouped_as_cards(&groups[start..])))
}

fn same_class(one: &u8, next: &u8) -> bool {
    one.is_ascii_digit() == next.is_ascii_digit()
}

/// Groups of digits with nothing but separators between them.
struct Sequence<'t> {
    groups: [&'t [u8]; MOST_GROUPS],
    len: usize,
    /// Whether `groups` holds the sequence from its beginning.
    whole: bool,
    /// Whether a word for a card stands before it.
    introduced: bool,
}

impl Default for Sequence<'_> {
    fn default() -> Self {
        Self { groups: [&[]; MOST_GROUPS], len: 0, whole: true, introduced: false }
    }
}

impl<'t> Sequence<'t> {
    /// Takes a token's letters and digits in; letters end a sequence. Tells whether one that ended holds a card number.
    fn take(&mut self, token: &'t [u8]) -> bool {
        token.chunk_by(same_class).any(|run| {
            if run[0].is_ascii_digit() {
                return self.push(run);
            }
            let introduced = is_card_word(run) || self.len == 0 && self.introduced && is_filler(run);
            let found = self.end();
            self.introduced = introduced;
            found
        })
    }

    fn push(&mut self, group: &'t [u8]) -> bool {
        if self.len == MOST_GROUPS {
            if self.holds_card_number() {
                return true;
            }
            // A number that goes on needs no more groups than it has digits.
            let kept = *LENGTHS.end();
            self.groups.copy_within(MOST_GROUPS - kept.., 0);
            (self.len, self.whole, self.introduced) = (kept, false, false);
        }
        self.groups[self.len] = group;
        self.len += 1;
        false
    }

    /// Ends the sequence; tells whether it holds a card number.
    fn end(&mut self) -> bool {
        let found = self.len > 0 && self.holds_card_number();
        if self.len > 0 {
            (self.len, self.whole, self.introduced) = (0, true, false);
        }
        found
    }

    fn holds_card_number(&self) -> bool {
        let groups = &self.groups[..self.len];
        let digits: usize = groups.iter().map(|group| group.len()).sum();
        if digits < *LENGTHS.start() {
            return false;
        }
        let introduced =
            |start: usize| if start == 0 && self.introduced { Evidence::Context } else { Evidence::Digits };
        let all = self.whole && is_card_number(groups, introduced(0));
        all || (0..groups.len()).any(|start| {
            let from = &groups[start..];
            let one = is_card_number(&from[..1], introduced(start)) || is_padded(from[0]);
            let before = start.checked_sub(1).map(|before| groups[before].len());
            one || grouped_as_cards(from)
                || before != Some(from[0].len()) && evenly_grouped(from, introduced(start))
                || before != Some(THOUSAND) && grouped_by_thousands(from)
        })
    }
}

/// Whether the first groups measure as on a card.
fn grouped_as_cards(groups: &[&[u8]]) -> bool {
    CARD_GROUPS.iter().any(|sizes| {
        let measured = groups.len() >= sizes.len()
            && groups.iter().zip(*sizes).all(|(group, size)| group.len() == *size);
        measured && is_card_number(&groups[..sizes.len()], Evidence::Context)
    })
}

/// Whether the first groups are of one size, the last perhaps shorter, and a card number together.
fn evenly_grouped(groups: &[&[u8]], evidence: Evidence) -> bool {
    let size = groups[0].len();
    let even = groups.iter().take_while(|group| group.len() == size).count();
    if even == 1 || size > LARGEST_EVEN_GROUP {
        return false;
    }
    let shorter = groups.get(even).is_some_and(|group| group.len() < size);
    is_card_number(&groups[..even], evidence) || shorter && is_card_number(&groups[..=even], evidence)
}

/// Digits of a group of thousands.
const THOUSAND: usize = 3;

/// Whether the first groups are a number with separators of thousands, decimals or not behind it.
fn grouped_by_thousands(groups: &[&[u8]]) -> bool {
    let thousands = groups[1..].iter().take_while(|group| group.len() == THOUSAND).count();
    groups[0].len() <= THOUSAND && thousands > 3 && is_card_number(&groups[..=thousands], Evidence::Digits)
}

/// Whether a card number stands in a field that is filled up with zeros.
fn is_padded(group: &[u8]) -> bool {
    let zeros = group.iter().take_while(|digit| **digit == b'0').count();
    zeros > 0 && !begins_with_day(group) && is_card_number(&[&group[zeros..]], Evidence::Digits)
}

pub(super) fn is_card_number(groups: &[&[u8]], evidence: Evidence) -> bool {
    let mut digits = [0; 19];
    let mut len = 0;
    for digit in groups.iter().copied().flatten() {
        let Some(place) = digits.get_mut(len) else { return false };
        *place = digit - b'0';
        len += 1;
    }
    let digits = &digits[..len];
    issued(digits, evidence) && (evidence == Evidence::Context || !begins_with_date(digits))
}

fn is_card_word(word: &[u8]) -> bool {
    let filler = FILLERS.iter().find(|filler| ends_with(word, filler));
    let stem = &word[..word.len() - filler.map_or(0, |filler| filler.len())];
    [word, stem].into_iter().any(|word| {
        CARD_WORDS.iter().any(|card| word.eq_ignore_ascii_case(card.as_bytes()))
            || ends_with(word, "card")
            || ends_with(word, "karte")
    })
}

fn is_filler(word: &[u8]) -> bool {
    FILLERS.iter().any(|filler| word.eq_ignore_ascii_case(filler.as_bytes()))
}

fn ends_with(word: &[u8], end: &str) -> bool {
    word.len().checked_sub(end.len()).is_some_and(|from| word[from..].eq_ignore_ascii_case(end.as_bytes()))
}
