//! Lines of Kafka's console consumer that hold more than the value: key, timestamp and the like before it, separated by tabs.

/// What stands before the value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Console<'l> {
    pub(super) timestamp_ms: Option<i64>,
    pub(super) key: Option<&'l [u8]>,
    /// Where in the line the value begins.
    pub(super) value: usize,
}

/// The parts of a line that is no JSON itself, and holds an object behind a tab.
pub(super) fn parse(line: &[u8]) -> Option<Console<'_>> {
    if line.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let tab = line.windows(2).position(|pair| pair == b"\t{")?;
    let mut found = Console { timestamp_ms: None, key: None, value: tab + 1 };
    for field in line[..tab].split(|&byte| byte == b'\t') {
        let text = std::str::from_utf8(field).unwrap_or_default();
        match text.split_once(':') {
            Some(("CreateTime" | "LogAppendTime", time)) => found.timestamp_ms = time.parse().ok(),
            Some(("Partition" | "Offset" | "Headers", _)) => {}
            _ if matches!(text, "NO_TIMESTAMP" | "NO_HEADERS" | "null") => {}
            _ => found.key = Some(field),
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_and_timestamp_are_found_before_the_value() {
        let found = |line: &'static str| parse(line.as_bytes());
        let whole =
            found("CreateTime:1772892309000\tPartition:3\tOffset:17\tNO_HEADERS\tk-1\t{\"a\":\"x\\ty\"}");
        assert_eq!(
            whole,
            Some(Console { timestamp_ms: Some(1_772_892_309_000), key: Some(b"k-1"), value: 62 })
        );
        assert_eq!(found("null\t{}"), Some(Console { timestamp_ms: None, key: None, value: 5 }));
        assert_eq!(found("{\"a\":\"\t{\"}"), None);
        assert_eq!(found("no tab {}"), None);
    }
}
