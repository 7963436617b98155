//! Identifiers that people write in several ways, in the one form in which they are hashed.

use serde::Deserialize;
use std::borrow::Cow;

/// How an identifier is normalised before it is hashed, so that one customer is one pseudonym.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentifierForm {
    /// As it is written.
    #[default]
    #[serde(skip)]
    AsWritten,
    /// An e-mail address: without blanks around it, in lower case. Nothing is particular to a provider: dots and what
    /// follows a `+` stay.
    Email,
    /// A telephone number: the digits of E.164. `+`, a leading `00`, a bracketed trunk zero and all separators are left
    /// out. A national number stays one: which country's it is can't be told.
    Phone,
}

impl IdentifierForm {
    /// The identifier in that form.
    pub(crate) fn of(self, written: &str) -> Cow<'_, str> {
        match self {
            Self::AsWritten => Cow::Borrowed(written),
            Self::Email => email(written),
            Self::Phone => Cow::Owned(phone(written)),
        }
    }
}

fn email(written: &str) -> Cow<'_, str> {
    let trimmed = written.trim();
    if trimmed.chars().any(char::is_uppercase) {
        Cow::Owned(trimmed.to_lowercase())
    } else {
        Cow::Borrowed(trimmed)
    }
}

fn phone(written: &str) -> String {
    // The zero in +49 (0) 30 is dialled within the country only.
    let without_trunk = written.replace("(0)", "");
    let mut digits: String = super::card::plain(without_trunk.as_bytes())
        .into_iter()
        .filter(u8::is_ascii_digit)
        .map(char::from)
        .collect();
    if digits.starts_with("00") {
        digits.drain(..2);
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_e_mail_address_has_one_form() {
        for written in ["jane.doe@example.com", " Jane.Doe@Example.COM\n", "JANE.DOE@EXAMPLE.COM"] {
            assert_eq!(IdentifierForm::Email.of(written), "jane.doe@example.com");
        }
        assert_eq!(IdentifierForm::Email.of("J.D+x@gmail.com"), "j.d+x@gmail.com", "dots and tags stay");
        assert_eq!(IdentifierForm::Email.of("ÄNNE@Bücher.de"), "änne@bücher.de");
    }

    #[test]
    fn one_telephone_number_has_one_form() {
        for written in [
            "+493012345678",
            "+49 30 1234 5678",
            "0049 30/1234-5678",
            "+49 (0) 30 12345678",
            "+49 (0)30.1234.5678",
            "\u{ff0b}\u{ff14}\u{ff19}30 12345678",
        ] {
            let written = written.replace("( 0 )", "(0)");
            assert_eq!(IdentifierForm::Phone.of(&written), "493012345678", "{written}");
        }
        assert_eq!(IdentifierForm::Phone.of("030 12345678"), "03012345678", "national numbers stay national");
    }
}
