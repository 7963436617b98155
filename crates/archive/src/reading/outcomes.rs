//! Outcomes in JSON lines or Parquet: records for a binding, which says what they mean.

use super::ReadBack;
use super::files::{Found, find, is_parquet};
use crate::events::{Step, Walk};
use crate::table;
use bystander_core::record::{Position, RawRecord, RecordHeaders, StreamId};
use bystander_pipeline::Failure;
use std::path::{Path, PathBuf};

/// Files of outcomes.
#[derive(Debug, Clone)]
pub struct OutcomeFiles {
    found: Found,
}

impl OutcomeFiles {
    /// The file, or all data files below the folder.
    ///
    /// # Errors
    /// When there are none, or they can't be listed.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        Ok(Self { found: find(path)? })
    }

    /// The files that will be read.
    pub fn files(&self) -> &[PathBuf] {
        &self.found.files
    }

    /// The files below the folder that won't be read, because their names don't say that they hold data.
    pub fn left_out(&self) -> &[PathBuf] {
        &self.found.left_out
    }

    /// Gives every record with its place (`file:line` or `file row`, made only when asked for), file by file in order of
    /// their paths. A line is given as it is, or the record in it where `kcat -J` wrote it. A row of a Parquet file is given
    /// as a JSON object of those columns that `wanted` names. The stream of a record means nothing.
    ///
    /// # Errors
    /// When a file can't be read, or `each` fails.
    pub fn for_each<E: From<Failure>>(
        &self,
        wanted: impl Fn(&str) -> bool,
        mut each: impl FnMut(RawRecord<'_>, &dyn Fn() -> String) -> Result<(), E>,
    ) -> Result<ReadBack, E> {
        let mut back = ReadBack::default();
        for path in &self.found.files {
            back.files += 1;
            if is_parquet(path)? {
                read_table(path, &wanted, &mut back, &mut each)?;
            } else {
                read_lines(path, &mut back, &mut each)?;
            }
        }
        Ok(back)
    }
}

fn read_lines<E: From<Failure>>(
    path: &Path,
    back: &mut ReadBack,
    each: &mut impl FnMut(RawRecord<'_>, &dyn Fn() -> String) -> Result<(), E>,
) -> Result<(), E> {
    let mut walk = Walk::of_any_topic(path)?;
    loop {
        match walk.step(true)? {
            Step::Record => {
                back.records += 1;
                each(walk.record(), &|| walk.lines().place())?;
            }
            Step::Blank | Step::Foreign => {}
            Step::End => return Ok(()),
        }
    }
}

fn read_table<E: From<Failure>>(
    path: &Path,
    wanted: &impl Fn(&str) -> bool,
    back: &mut ReadBack,
    each: &mut impl FnMut(RawRecord<'_>, &dyn Fn() -> String) -> Result<(), E>,
) -> Result<(), E> {
    table::for_each_json(path, wanted, |row, json| {
        back.records += 1;
        let record = RawRecord {
            stream: StreamId(0),
            position: Position { partition: 0, offset: row.cast_signed() },
            timestamp_ms: None,
            key: None,
            payload: Some(json),
            withheld: None,
            headers: RecordHeaders::default(),
        };
        each(record, &|| format!("{} row {}", path.display(), row + 1))
    })
}
