//! Epoch milliseconds of a record's field, which is written as RFC 3339: modules for serde's `with`.

/// A time that is always there.
pub(crate) mod instant {
    use crate::text::Text;
    use crate::time::Rfc3339;
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub(crate) fn serialize<S: Serializer>(time_ms: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        Rfc3339(*time_ms).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        parsed(&Text::deserialize(deserializer)?)
    }

    pub(super) fn parsed<E: serde::de::Error>(text: &str) -> Result<i64, E> {
        text.parse::<Timestamp>().map(Timestamp::as_millisecond).map_err(E::custom)
    }
}

/// A time or null.
pub(crate) mod optional_instant {
    use crate::text::Text;
    use crate::time::Rfc3339;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::ref_option, reason = "serde's signature")]
    pub(crate) fn serialize<S: Serializer>(time_ms: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        time_ms.map(Rfc3339).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        let text = Option::<Text<'de>>::deserialize(deserializer)?;
        text.map(|text| super::instant::parsed(&text)).transpose()
    }
}
