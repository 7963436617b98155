//! Records become a Parquet file whose bytes are a function of the records and their order alone.

use super::columns::{
    COLUMNS, Cell, Column, UTC, element, entries, entry_fields, feature, feature_fields, schema, segment,
    step_fields,
};
use arrow_array::builder::{ArrayBuilder as _, Float64Builder, Int64Builder, StringBuilder};
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
        Cell::Text(get, _) | Cell::Id(get, _) => Arc::new(records.iter().map(get).collect::<StringArray>()),
        Cell::Word(get, _) => Arc::new(records.iter().map(get).collect::<StringArray>()),
        Cell::Whole(get, _) => Arc::new(records.iter().map(get).collect::<Int64Array>()),
        Cell::Number(kind, get, _) => {
            Arc::new(records.iter().map(|record| get(record, kind)).collect::<Int64Array>())
        }
        Cell::Small(get, _) => Arc::new(records.iter().map(get).collect::<Int32Array>()),
        Cell::Real(get, _) => Arc::new(records.iter().map(get).collect::<Float64Array>()),
        Cell::Flag(get, _) => Arc::new(records.iter().map(get).collect::<BooleanArray>()),
        Cell::Time(get, _) => {
            Arc::new(records.iter().map(get).collect::<TimestampMillisecondArray>().with_timezone(UTC))
        }
        Cell::Guardrails => Arc::new(guardrails(records)?),
        Cell::Segments => Arc::new(segments(records)?),
        Cell::Features => Arc::new(features(records)?),
    })
}

fn guardrails(records: &[ComparisonRecord<'_>]) -> Result<ListArray, ArrowError> {
    let (mut rules, mut before, mut after) = (StringBuilder::new(), Int64Builder::new(), Int64Builder::new());
    let mut lengths = Vec::with_capacity(records.len());
    for record in records {
        let earlier = before.len();
        for step in record.guardrails.iter() {
            rules.append_value(&step.rule);
            before.append_value(step.before);
            after.append_value(step.after);
        }
        lengths.push(before.len() - earlier);
    }
    let columns: Vec<ArrayRef> =
        vec![Arc::new(rules.finish()), Arc::new(before.finish()), Arc::new(after.finish())];
    let steps = StructArray::try_new(step_fields(), columns, None)?;
    ListArray::try_new(element(), OffsetBuffer::from_lengths(lengths), Arc::new(steps), None)
}

fn segments(records: &[ComparisonRecord<'_>]) -> Result<MapArray, ArrowError> {
    let (mut names, mut values) = (StringBuilder::new(), StringBuilder::new());
    let mut lengths = Vec::with_capacity(records.len());
    for record in records {
        let earlier = names.len();
        for (name, value) in record.segments.iter() {
            names.append_value(name);
            values.append_value(value);
        }
        lengths.push(names.len() - earlier);
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(names.finish()), Arc::new(values.finish())];
    let pairs = StructArray::try_new(entry_fields(segment()), columns, None)?;
    MapArray::try_new(entries(segment()), OffsetBuffer::from_lengths(lengths), pairs, None, false)
}

fn features(records: &[ComparisonRecord<'_>]) -> Result<MapArray, ArrowError> {
    let mut names = StringBuilder::new();
    let (mut numbers, mut texts) = (Float64Builder::new(), StringBuilder::new());
    let mut lengths = Vec::with_capacity(records.len());
    for record in records {
        let earlier = names.len();
        for (name, value) in record.features.iter() {
            names.append_value(name);
            let (number, text) = match &value {
                FeatureValue::Number(number) => (Some(*number), None),
                FeatureValue::Category(text) => (None, Some(&**text)),
                FeatureValue::Missing => (None, None),
            };
            numbers.append_option(number);
            texts.append_option(text);
        }
        lengths.push(names.len() - earlier);
    }
    // Records of streams that don't keep them have none, which isn't the same as an empty map.
    let kept = NullBuffer::from_iter(lengths.iter().map(|&length| length > 0));
    let values: Vec<ArrayRef> = vec![Arc::new(numbers.finish()), Arc::new(texts.finish())];
    let columns: Vec<ArrayRef> =
        vec![Arc::new(names.finish()), Arc::new(StructArray::try_new(feature_fields(), values, None)?)];
    let pairs = StructArray::try_new(entry_fields(feature()), columns, None)?;
    MapArray::try_new(entries(feature()), OffsetBuffer::from_lengths(lengths), pairs, Some(kept), false)
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
