//! Where a field is: a JSON Pointer (RFC 6901) into the event's data, or a CloudEvents attribute.

use crate::record::Attribute;
use std::fmt;

/// A parsed field path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FieldPath {
    /// `/a/b/0`: reference tokens, unescaped.
    Pointer(Vec<String>),
    /// `ce:type`: an attribute of the CloudEvents envelope, in either mode.
    Attribute(Attribute),
}

impl FieldPath {
    /// Parses `/a/b` or `ce:type`.
    ///
    /// # Errors
    /// A sentence on what a path looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("ce:") {
            return Attribute::from_name(name).map(Self::Attribute).ok_or_else(|| {
                let known: Vec<_> =
                    Attribute::ALL.iter().map(|attribute| format!("ce:{}", attribute.name())).collect();
                format!(
                    "`{text}` is no CloudEvents attribute that can be bound, write one of {}",
                    known.join(", ")
                )
            });
        }
        let Some(tokens) = text.strip_prefix('/') else {
            return Err(format!(
                "`{text}` is no JSON Pointer, write it with a leading slash, such as `/{}`",
                text.trim_start_matches("$.").replace('.', "/")
            ));
        };
        tokens.split('/').map(unescape).collect::<Option<_>>().map(Self::Pointer).ok_or_else(|| {
            format!("`{text}` has a `~` that is neither `~0` nor `~1`, write `~0` for a tilde")
        })
    }
}

fn unescape(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let rest =
            part.strip_prefix('0').map(|rest| ('~', rest)).or(part.strip_prefix('1').map(|rest| ('/', rest)));
        let (sign, rest) = rest?;
        plain.push(sign);
        plain.push_str(rest);
    }
    Some(plain)
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(attribute) => write!(f, "ce:{}", attribute.name()),
            Self::Pointer(tokens) => tokens
                .iter()
                .try_for_each(|token| write!(f, "/{}", token.replace('~', "~0").replace('/', "~1"))),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_reads_back_as_it_was_written() {
        for text in ["/a", "/a/b/0", "/a~1b/~0c", "/", "/a//b", "ce:type"] {
            assert_eq!(FieldPath::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_wrong_pointer_is_refused_with_the_right_spelling() {
        assert!(FieldPath::parse("a.b").unwrap_err().contains("`/a/b`"));
        assert!(FieldPath::parse("$.a.b").unwrap_err().contains("`/a/b`"));
        assert!(FieldPath::parse("").unwrap_err().contains("leading slash"));
        assert!(FieldPath::parse("/a~2").unwrap_err().contains("~0"));
        assert!(FieldPath::parse("ce:colour").unwrap_err().contains("ce:type"));
    }
}
