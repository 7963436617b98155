//! The report as JSON: the document itself, under its schema number.

use crate::document::Report;

/// The versioned JSON, with a newline at its end; every key is in `SCHEMA.md`.
///
/// # Errors
/// Never for a report that this crate built; the signature is serde's.
pub fn json(report: &Report) -> Result<String, serde_json::Error> {
    let mut text = report.to_json()?;
    text.push('\n');
    Ok(text)
}
