//! Records become a Parquet file whose bytes are a function of the records and their order alone.

use super::columns::{
    COLUMNS, Cell, Column, UTC, element, entries, entry_fields, feature, feature_fields, schema, segment,
    step_fields,
};
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, ListArray, MapArray, RecordBatch,
    StringArray, StructArray, TimestampMillisecondArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::ArrowError;
use bystander_core::comparison::ComparisonRecord;
use bystander_core::features::FeatureValue;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use std::io::{self, Write};
use std::sync::Arc;

/// Rows that are turned into columns together.
const CHUNK: usize = 1_024;
/// Rows of a row group: what is in memory until it is written, and what readers share among their threads.
const ROW_GROUP: usize = 65_536;
/// Level of zstd: each column has a compressor of its own, and those of higher levels hold megabytes.
const LEVEL: i32 = 1;

/// Writes `records` to `out` and gives it back.
pub(crate) fn write<'a, W: Write + Send>(
    out: W,
    records: impl Iterator<Item = ComparisonRecord<'a>>,
) -> io::Result<W> {
    let options = ArrowWriterOptions::new()
        .with_properties(properties().map_err(io_error)?)
        // Types follow from Parquet's own; readers in other languages see no hints of ours.
        .with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(out, schema(), options).map_err(io_error)?;
    let mut chunk = Vec::with_capacity(CHUNK);
    for record in records {
        chunk.push(record);
        if chunk.len() == CHUNK {
            writer.write(&batch(&chunk).map_err(io::Error::other)?).map_err(io_error)?;
            chunk.clear();
        }
    }
    if !chunk.is_empty() {
        writer.write(&batch(&chunk).map_err(io::Error::other)?).map_err(io_error)?;
    }
    writer.into_inner().map_err(io_error)
}

fn properties() -> Result<WriterProperties, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    // All other columns begin with a dictionary, and give it up when it grows too large.
    for (name, encoding) in [
        ("comparison_id", Encoding::DELTA_BYTE_ARRAY),
        ("subject_id", Encoding::DELTA_LENGTH_BYTE_ARRAY),
        ("occurred_at", Encoding::DELTA_BINARY_PACKED),
        ("score", Encoding::PLAIN),
        ("source_offset", Encoding::DELTA_BINARY_PACKED),
        ("source_timestamp", Encoding::DELTA_BINARY_PACKED),
    ] {
        properties = properties
            .set_column_dictionary_enabled(name.into(), false)
            .set_column_encoding(name.into(), encoding);
    }
    Ok(properties.build())
}

fn batch(records: &[ComparisonRecord<'_>]) -> Result<RecordBatch, ArrowError> {
    let columns = COLUMNS.iter().map(|column| array(column, records));
    RecordBatch::try_new(schema(), columns.collect::<Result<_, _>>()?)
}

fn array(column: &Column, records: &[ComparisonRecord<'_>]) -> Result<ArrayRef, ArrowError> {
    Ok(match column.cell {
        Cell::Text(value) => Arc::new(records.iter().map(value).collect::<StringArray>()),
        Cell::Whole(value) => Arc::new(records.iter().map(value).collect::<Int64Array>()),
        Cell::Small(value) => Arc::new(records.iter().map(value).collect::<Int32Array>()),
        Cell::Real(value) => Arc::new(records.iter().map(value).collect::<Float64Array>()),
        Cell::Flag(value) => Arc::new(records.iter().map(value).collect::<BooleanArray>()),
        Cell::Time(value) => {
            Arc::new(records.iter().map(value).collect::<TimestampMillisecondArray>().with_timezone(UTC))
        }
        Cell::Guardrails => Arc::new(guardrails(records)?),
        Cell::Segments => Arc::new(segments(records)?),
        Cell::Features => Arc::new(features(records)?),
    })
}

fn guardrails(records: &[ComparisonRecord<'_>]) -> Result<ListArray, ArrowError> {
    let steps = || records.iter().flat_map(|one| &one.guardrails);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(steps().map(|step| Some(&*step.rule)).collect::<StringArray>()),
        Arc::new(steps().map(|step| step.before).collect::<Int64Array>()),
        Arc::new(steps().map(|step| step.after).collect::<Int64Array>()),
    ];
    let steps = StructArray::try_new(step_fields(), columns, None)?;
    let lengths = OffsetBuffer::from_lengths(records.iter().map(|one| one.guardrails.len()));
    ListArray::try_new(element(), lengths, Arc::new(steps), None)
}

fn segments(records: &[ComparisonRecord<'_>]) -> Result<MapArray, ArrowError> {
    let pairs = || records.iter().flat_map(|one| &one.segments);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(pairs().map(|(name, _)| Some(&**name)).collect::<StringArray>()),
        Arc::new(pairs().map(|(_, value)| Some(&**value)).collect::<StringArray>()),
    ];
    let pairs = StructArray::try_new(entry_fields(segment()), columns, None)?;
    let lengths = OffsetBuffer::from_lengths(records.iter().map(|one| one.segments.len()));
    MapArray::try_new(entries(segment()), lengths, pairs, None, false)
}

fn features(records: &[ComparisonRecord<'_>]) -> Result<MapArray, ArrowError> {
    let pairs = || records.iter().flat_map(|one| &one.features);
    let number = |value: &FeatureValue<'_>| match value {
        FeatureValue::Number(number) => Some(*number),
        _ => None,
    };
    let values: Vec<ArrayRef> = vec![
        Arc::new(pairs().map(|(_, value)| number(value)).collect::<Float64Array>()),
        Arc::new(pairs().map(|(_, value)| text(value)).collect::<StringArray>()),
    ];
    let columns: Vec<ArrayRef> = vec![
        Arc::new(pairs().map(|(name, _)| Some(&**name)).collect::<StringArray>()),
        Arc::new(StructArray::try_new(feature_fields(), values, None)?),
    ];
    let pairs = StructArray::try_new(entry_fields(feature()), columns, None)?;
    let lengths = OffsetBuffer::from_lengths(records.iter().map(|one| one.features.len()));
    // Records of streams that don't keep them have none, which isn't the same as an empty map.
    let kept = NullBuffer::from_iter(records.iter().map(|one| !one.features.is_empty()));
    MapArray::try_new(entries(feature()), lengths, pairs, Some(kept), false)
}

fn text<'r>(value: &'r FeatureValue<'_>) -> Option<&'r str> {
    match value {
        FeatureValue::Category(text) => Some(text),
        _ => None,
    }
}

/// The system's own error, where there is one beneath.
pub(super) fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}
