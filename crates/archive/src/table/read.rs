//! A Parquet file becomes records again.

use super::arrays::Table;
use super::columns::COLUMNS;
use super::records::Columns;
use super::write::io_error;
use crate::error::ArchiveError;
use bystander_core::comparison::ComparisonRecord;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::path::Path;

/// Rows that are in memory together.
const CHUNK: usize = 1_024;

/// What needn't be read: these columns take most of a file, and not every reader wants them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leave {
    /// Gives an empty `comparison_id`.
    pub ids: bool,
    /// Gives no guardrails.
    pub guardrails: bool,
    /// Gives no segments.
    pub segments: bool,
    /// Gives no features.
    pub features: bool,
}

impl Leave {
    pub(super) fn leaves(self, name: &str) -> bool {
        match name {
            "comparison_id" => self.ids,
            "guardrails" => self.guardrails,
            "segments" => self.segments,
            "features" => self.features,
            _ => false,
        }
    }
}

/// Gives the columns that `wanted` names of the file at `path`, some rows at a time, with the number of the first.
pub(crate) fn for_each_batch<E: From<ArchiveError>>(
    path: &Path,
    wanted: impl Fn(&str) -> bool,
    mut each: impl FnMut(u64, Table<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let file = File::open(path).map_err(|error| ArchiveError::io("read", path, &error))?;
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

fn broken(path: &Path, error: &std::io::Error) -> ArchiveError {
    match error.raw_os_error() {
        Some(_) => ArchiveError::io("read", path, error),
        None => ArchiveError::new(
            format!("{} is no Parquet file that can be read: {error}", path.display()),
            "write it again, or leave it out",
        ),
    }
}

/// Gives every record of the file at `path` with its row, or what is wrong with the row.
pub(crate) fn for_each<E: From<ArchiveError>>(
    path: &Path,
    leave: Leave,
    mut each: impl FnMut(u64, Result<ComparisonRecord<'_>, String>) -> Result<(), E>,
) -> Result<(), E> {
    let wanted = |name: &str| COLUMNS.iter().any(|column| column.name == name) && !leave.leaves(name);
    for_each_batch(path, wanted, |first, table| {
        let columns = Columns::of(table, leave).map_err(|what| {
            let what = format!("{}: {what}", path.display());
            ArchiveError::new(what, "name files that Bystander wrote, or give the column that type")
        })?;
        (0..table.0.num_rows()).try_for_each(|row| each(first + row as u64, columns.record(row)))
    })
}
