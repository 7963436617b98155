//! Comparisons in Parquet or JSON lines.

use super::ReadBack;
use super::files::{COMPARISONS, Found, find, is_parquet};
use crate::day::Day;
use crate::lines::Lines;
use crate::table::{self, UnreadColumns};
use bystander_core::comparison::ComparisonRecord;
use bystander_pipeline::Failure;
use std::path::{Path, PathBuf};

/// Files of comparisons.
#[derive(Debug, Clone)]
pub struct ComparisonFiles {
    found: Found,
    from_ms: i64,
    to_ms: i64,
    unread: UnreadColumns,
}

impl ComparisonFiles {
    /// The file, or all files below the folder; of an output folder, those of its comparisons.
    ///
    /// # Errors
    /// When there are none, or they can't be listed.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let inner = path.join(COMPARISONS);
        let found = find(if inner.is_dir() { &inner } else { path })?;
        Ok(Self { found, from_ms: i64::MIN, to_ms: i64::MAX, unread: UnreadColumns::default() })
    }

    /// Only comparisons of events that occurred from `from_ms` to before `to_ms`. Folders of other days aren't read.
    #[must_use]
    pub fn between(mut self, from_ms: i64, to_ms: i64) -> Self {
        self.found.files.retain(|file| Day::of_path(file).is_none_or(|day| day.meets(from_ms, to_ms)));
        Self { from_ms, to_ms, ..self }
    }

    /// Leaves columns of Parquet files unread; records from JSON lines may have them nevertheless.
    #[must_use]
    pub fn without(self, unread: UnreadColumns) -> Self {
        Self { unread, ..self }
    }

    /// The files that will be read.
    pub fn files(&self) -> &[PathBuf] {
        &self.found.files
    }

    /// The files below the folder that won't be read, because their names don't say that they hold data.
    pub fn left_out(&self) -> &[PathBuf] {
        &self.found.left_out
    }

    /// Gives every comparison, file by file in order of their paths. What is none is counted.
    ///
    /// # Errors
    /// When a file can't be read, or `each` fails.
    pub fn for_each<E: From<Failure>>(
        &self,
        mut each: impl FnMut(ComparisonRecord<'_>) -> Result<(), E>,
    ) -> Result<ReadBack, E> {
        let mut back = ReadBack::default();
        for path in &self.found.files {
            back.files += 1;
            if is_parquet(path)? {
                table::for_each(path, self.unread, |row, record| {
                    let place = || format!("{} row {row}", path.display());
                    self.give(record, place, &mut back, &mut each)
                })?;
            } else {
                let mut lines = Lines::open(path)?;
                while lines.advance()? {
                    if !lines.line().iter().all(u8::is_ascii_whitespace) {
                        let record =
                            ComparisonRecord::from_json(lines.line()).map_err(|error| error.to_string());
                        self.give(record, || lines.place(), &mut back, &mut each)?;
                    }
                }
            }
        }
        Ok(back)
    }

    fn give<E>(
        &self,
        record: Result<ComparisonRecord<'_>, String>,
        place: impl FnOnce() -> String,
        back: &mut ReadBack,
        each: &mut impl FnMut(ComparisonRecord<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        match record {
            Ok(record) if (self.from_ms..self.to_ms).contains(&record.occurred_at_ms) => {
                back.records += 1;
                each(record)
            }
            Ok(_) => {
                back.outside += 1;
                Ok(())
            }
            Err(what) => {
                back.malformed(|| format!("{}: {what}", place()));
                Ok(())
            }
        }
    }
}
