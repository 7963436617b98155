//! A Parquet file becomes records again, or JSON objects for a binding.

use super::arrays::Table;
use super::columns::COLUMNS;
use super::json::JsonRow;
use super::records::Columns;
use super::write::io_error;
use crate::error::unusable;
use bystander_core::comparison::ComparisonRecord;
use bystander_pipeline::Failure;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Type as PhysicalType;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::fs::File;
use std::path::Path;

/// Rows that are in memory together.
const CHUNK: usize = 1_024;

/// What needn't be read: these columns take most of a file, and not every reader wants them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnreadColumns {
    /// Gives an empty `comparison_id`.
    pub ids: bool,
    /// Gives no guardrails.
    pub guardrails: bool,
    /// Gives no segments.
    pub segments: bool,
    /// Gives no features.
    pub features: bool,
}

impl UnreadColumns {
    pub(super) fn holds(self, name: &str) -> bool {
        match name {
            "comparison_id" => self.ids,
            "guardrails" => self.guardrails,
            "segments" => self.segments,
            "features" => self.features,
            _ => false,
        }
    }
}

/// Gives every row of the file at `path` as a JSON object of the columns that `wanted` names, with its number.
pub(crate) fn for_each_json<E: From<Failure>>(
    path: &Path,
    wanted: impl Fn(&str) -> bool,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let instants = int96_columns(path)?;
    let mut json = Vec::new();
    for_each_batch(path, wanted, |first, Table(batch)| {
        (0..batch.num_rows()).try_for_each(|row| {
            json.clear();
            let written = serde_json::to_writer(&mut json, &JsonRow { batch, instants: &instants, row });
            written.map_err(|error| broken(path, &error.into()))?;
            each(first + row as u64, &json)
        })
    })
}

/// The columns whose timestamps are of the old type INT96, which names no zone and is always in UTC.
fn int96_columns(path: &Path) -> Result<Vec<String>, Failure> {
    let file = File::open(path).map_err(|error| unusable("read", path, &error))?;
    let reader = SerializedFileReader::new(file).map_err(|error| broken(path, &io_error(error)))?;
    let columns = reader.metadata().file_metadata().schema_descr().columns().iter();
    let old = columns.filter(|column| column.physical_type() == PhysicalType::INT96);
    Ok(old.filter_map(|column| column.path().parts().first().cloned()).collect())
}

/// Gives the columns that `wanted` names of the file at `path`, some rows at a time, with the number of the first.
fn for_each_batch<E: From<Failure>>(
    path: &Path,
    wanted: impl Fn(&str) -> bool,
    mut each: impl FnMut(u64, Table<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let file = File::open(path).map_err(|error| unusable("read", path, &error))?;
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let failed = |error| broken(path, &error);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)
        .map_err(|error| failed(io_error(error)))?;
    let roots = builder.schema().fields().iter().enumerate();
    let roots: Vec<_> = roots.filter(|(_, field)| wanted(field.name())).map(|(index, _)| index).collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    let batches = builder.with_projection(mask).with_batch_size(CHUNK).build();
    let mut row = 0;
    for batch in batches.map_err(|error| failed(io_error(error)))? {
        let batch = batch.map_err(|error| failed(std::io::Error::other(error)))?;
        each(row, Table(&batch))?;
        row += batch.num_rows() as u64;
    }
    Ok(())
}

fn broken(path: &Path, error: &std::io::Error) -> Failure {
    let text = error.to_string();
    let unknown_codec = text.split_once("Disabled feature at compile time: ").map(|(_, codec)| codec);
    match (error.raw_os_error(), unknown_codec) {
        (Some(_), _) => unusable("read", path, error),
        (None, Some(codec)) => Failure::lasting(
            format!("{} is compressed with {codec}, which isn't read", path.display()),
            "write it with snappy, gzip, zstd or without compression",
        ),
        (None, None) => Failure::lasting(
            format!("{} is no Parquet file that can be read: {error}", path.display()),
            "write it again, or leave it out",
        ),
    }
}

/// Gives every record of the file at `path` with its row, or what is wrong with the row.
pub(crate) fn for_each<E: From<Failure>>(
    path: &Path,
    unread: UnreadColumns,
    mut each: impl FnMut(u64, Result<ComparisonRecord<'_>, String>) -> Result<(), E>,
) -> Result<(), E> {
    let wanted = |name: &str| COLUMNS.iter().any(|column| column.name == name) && !unread.holds(name);
    for_each_batch(path, wanted, |first, table| {
        let columns = Columns::of(table, unread).map_err(|what| {
            let what = format!("{}: {what}", path.display());
            Failure::lasting(what, "name files that Bystander wrote, or give the column that type")
        })?;
        (0..table.0.num_rows()).try_for_each(|row| each(first + row as u64, columns.record(row)))
    })
}
