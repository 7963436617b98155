//! Lines that `kcat -J` or `rpk topic consume` writes.

use serde::Deserialize as Derive;
use serde::de::{Deserialize, Deserializer, Visitor};
use std::borrow::Cow;

/// One line. Keys that kcat has beside these are of no use here.
#[derive(Debug, Derive)]
pub(super) struct KcatLine<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: i32,
    pub(super) offset: i64,
    #[serde(borrow, default)]
    tstype: Option<Cow<'a, str>>,
    #[serde(default, alias = "timestamp")]
    ts: Option<i64>,
    /// Names and values in turn.
    #[serde(borrow, default)]
    pub(super) headers: Option<Vec<Option<Bytes<'a>>>>,
    #[serde(borrow, default)]
    pub(super) key: Option<Bytes<'a>>,
    /// There even when it is null: a line without it is none of a dump.
    #[serde(borrow, alias = "value", deserialize_with = "Option::deserialize")]
    pub(super) payload: Option<Bytes<'a>>,
}

impl KcatLine<'_> {
    pub(super) fn timestamp_ms(&self) -> Option<i64> {
        timestamp(self.tstype.as_deref(), self.ts)
    }
}

/// A line of `rpk topic consume` that isn't also one of kcat's: headers are objects of a key and a value, and a null value is
/// left out.
#[derive(Debug, Derive)]
struct RpkLine<'a> {
    #[serde(borrow)]
    topic: Cow<'a, str>,
    partition: i32,
    offset: i64,
    timestamp: i64,
    #[serde(borrow, default)]
    headers: Vec<RpkHeader<'a>>,
    #[serde(borrow, default)]
    key: Option<Bytes<'a>>,
    #[serde(borrow, default)]
    value: Option<Bytes<'a>>,
    /// There instead of the value in a dump of `--meta-only`.
    #[serde(default)]
    value_size: Option<u64>,
}

#[derive(Debug, Derive)]
struct RpkHeader<'a> {
    #[serde(borrow)]
    key: Bytes<'a>,
    #[serde(borrow, default)]
    value: Option<Bytes<'a>>,
}

/// The record of a line.
///
/// # Errors
/// What is wrong with it as a line of kcat's.
pub(super) fn parse(line: &[u8]) -> Result<KcatLine<'_>, serde_json::Error> {
    serde_json::from_slice::<KcatLine<'_>>(line).or_else(|error| {
        let line: RpkLine<'_> = serde_json::from_slice(line).map_err(|_| error)?;
        if line.value_size.is_some() {
            return Err(serde::de::Error::custom("it was written with --meta-only, without its value"));
        }
        let headers = line.headers.into_iter().flat_map(|header| [Some(header.key), header.value]);
        Ok(KcatLine {
            topic: line.topic,
            partition: line.partition,
            offset: line.offset,
            tstype: None,
            ts: Some(line.timestamp),
            headers: Some(headers.collect()),
            key: line.key,
            payload: line.value,
        })
    })
}

/// Where a line's record stands: what a survey needs of it.
#[derive(Debug, Derive)]
pub(super) struct KcatPosition<'a> {
    #[serde(borrow)]
    pub(super) topic: Cow<'a, str>,
    pub(super) partition: i32,
    pub(super) offset: i64,
    #[serde(borrow, default)]
    tstype: Option<Cow<'a, str>>,
    #[serde(default, alias = "timestamp")]
    ts: Option<i64>,
}

impl KcatPosition<'_> {
    pub(super) fn timestamp_ms(&self) -> Option<i64> {
        timestamp(self.tstype.as_deref(), self.ts)
    }
}

/// A record without a time has type `unknown`, and 0 or -1 for it.
fn timestamp(kind: Option<&str>, time: Option<i64>) -> Option<i64> {
    time.filter(|&time| time >= 0 && kind != Some("unknown"))
}

/// The text of a JSON string as bytes: what Kafka carries needn't be UTF-8, and kcat writes it as it is.
#[derive(Debug)]
pub(super) struct Bytes<'a>(pub(super) Cow<'a, [u8]>);

impl<'de: 'a, 'a> Deserialize<'de> for Bytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Bytes<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string (dump without -s)")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Bytes<'de>, E> {
                Ok(Bytes(Cow::Borrowed(bytes)))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes<'de>, E> {
                Ok(Bytes(Cow::Owned(bytes.to_vec())))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Bytes<'de>, E> {
                Ok(Bytes(Cow::Borrowed(text.as_bytes())))
            }

            fn visit_str<E>(self, text: &str) -> Result<Bytes<'de>, E> {
                Ok(Bytes(Cow::Owned(text.as_bytes().to_vec())))
            }
        }
        deserializer.deserialize_bytes(Text)
    }
}

/// Whether a file that begins with this line was written by `kcat -J`.
pub(super) fn is_kcat(line: &[u8]) -> bool {
    #[derive(Derive)]
    struct Shape<'a> {
        #[serde(borrow, rename = "topic")]
        _topic: Cow<'a, str>,
        #[serde(rename = "partition")]
        _partition: i64,
        #[serde(rename = "offset")]
        _offset: i64,
        #[serde(rename = "payload", alias = "value")]
        _payload: serde::de::IgnoredAny,
    }
    serde_json::from_slice::<Shape<'_>>(line).is_ok()
}
