//! Outcomes in JSON lines or Parquet.

use super::ReadBack;
use super::files::{find, is_parquet};
use crate::error::ArchiveError;
use crate::events::{Step, Walk};
use crate::table::{self, Cells, Holds, Table};
use bystander_core::comparison::Text;
use bystander_core::outcome::{Label, Outcome, OutcomeType};
use bystander_core::record::RawRecord;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Files of outcomes.
#[derive(Debug, Clone)]
pub struct OutcomeFiles {
    files: Vec<PathBuf>,
}

/// An outcome as its file has it.
#[derive(Debug)]
pub enum OutcomeRow<'a> {
    /// A line, or the record in a line of `kcat -J`: the binding says what it means. Its stream means nothing.
    Record(RawRecord<'a>),
    /// A row of a Parquet file with the canonical columns.
    Outcome(Outcome<'a>),
}

impl OutcomeFiles {
    /// The file, or all files below the folder.
    ///
    /// # Errors
    /// When there are none, or they can't be listed.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        Ok(Self { files: find(path)? })
    }

    /// The files that will be read.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Gives every outcome with its place (`file:line`, made only when asked for), file by file in order of their
    /// paths. Rows of Parquet files that are none are counted; lines are given as they are.
    ///
    /// # Errors
    /// When a file can't be read, a Parquet file has other columns, or `each` fails.
    pub fn for_each<E: From<ArchiveError>>(
        &self,
        mut each: impl FnMut(OutcomeRow<'_>, &dyn Fn() -> String) -> Result<(), E>,
    ) -> Result<ReadBack, E> {
        let mut back = ReadBack::default();
        for path in &self.files {
            back.files += 1;
            if is_parquet(path)? {
                read_table(path, &mut back, &mut each)?;
            } else {
                read_lines(path, &mut back, &mut each)?;
            }
        }
        Ok(back)
    }
}

fn read_lines<E: From<ArchiveError>>(
    path: &Path,
    back: &mut ReadBack,
    each: &mut impl FnMut(OutcomeRow<'_>, &dyn Fn() -> String) -> Result<(), E>,
) -> Result<(), E> {
    let mut walk = Walk::of_any_topic(path)?;
    loop {
        match walk.step(true)? {
            Step::Record => {
                back.records += 1;
                each(OutcomeRow::Record(walk.record()), &|| walk.lines().place())?;
            }
            Step::Blank | Step::Foreign => {}
            Step::End => return Ok(()),
        }
    }
}

fn read_table<E: From<ArchiveError>>(
    path: &Path,
    back: &mut ReadBack,
    each: &mut impl FnMut(OutcomeRow<'_>, &dyn Fn() -> String) -> Result<(), E>,
) -> Result<(), E> {
    table::for_each_batch(
        path,
        |name| NAMES.contains(&name),
        |first, table| {
            let columns = Columns::of(table).map_err(|what| {
                let fix = format!("write the columns {}", NAMES.join(", "));
                ArchiveError::new(format!("{}: {what}", path.display()), fix)
            })?;
            (0..table.0.num_rows()).try_for_each(|row| {
                let place = || format!("{} row {}", path.display(), first + row as u64);
                match columns.outcome(row) {
                    Ok(outcome) => {
                        back.records += 1;
                        each(OutcomeRow::Outcome(outcome), &place)
                    }
                    Err(what) => {
                        back.malformed(|| format!("{}: {what}", place()));
                        Ok(())
                    }
                }
            })
        },
    )
}

/// The canonical columns; the first three are required.
const NAMES: [&str; 12] = [
    "subject_id",
    "type",
    "occurred_at",
    "outcome_id",
    "label",
    "reported_at",
    "amount",
    "currency",
    "quantity",
    "action",
    "reason",
    "source",
];

struct Columns<'b> {
    subject_id: Cells<'b>,
    kind: Cells<'b>,
    occurred_at: Cells<'b>,
    outcome_id: Cells<'b>,
    label: Cells<'b>,
    reported_at: Cells<'b>,
    amount: Cells<'b>,
    currency: Cells<'b>,
    quantity: Cells<'b>,
    action: Cells<'b>,
    reason: Cells<'b>,
    source: Cells<'b>,
}

impl<'b> Columns<'b> {
    fn of(table: Table<'b>) -> Result<Self, String> {
        if let Some(name) = NAMES[..3].iter().find(|name| table.0.column_by_name(name).is_none()) {
            return Err(format!("column `{name}` is missing"));
        }
        let text = |name| table.column(name, Holds::Text);
        Ok(Self {
            subject_id: text("subject_id")?,
            kind: text("type")?,
            occurred_at: table.column("occurred_at", Holds::Time)?,
            outcome_id: text("outcome_id")?,
            label: text("label")?,
            reported_at: table.column("reported_at", Holds::Time)?,
            amount: table.column("amount", Holds::Whole)?,
            currency: text("currency")?,
            quantity: table.column("quantity", Holds::Real)?,
            action: text("action")?,
            reason: text("reason")?,
            source: text("source")?,
        })
    }

    fn outcome(&self, row: usize) -> Result<Outcome<'b>, String> {
        let text = |cells: Cells<'b>| -> Option<Text<'b>> { cells.text(row).map(Cow::Borrowed) };
        let named = |cells: Cells<'b>, name: &str| {
            text(cells).filter(|text| !text.is_empty()).ok_or_else(|| format!("column `{name}` has no value"))
        };
        let kind = named(self.kind, "type")?;
        let label = text(self.label).map(|label| {
            let found = Label::ALL.into_iter().find(|known| known.name() == label);
            found.ok_or_else(|| format!("`{label}` is no label"))
        });
        let occurred_at_ms = self.occurred_at.time(row).ok_or("column `occurred_at` has no value")?;
        Ok(Outcome {
            outcome_id: text(self.outcome_id),
            subject_id: named(self.subject_id, "subject_id")?,
            kind: OutcomeType::ALL
                .into_iter()
                .find(|known| known.name() == kind)
                .ok_or_else(|| format!("`{kind}` is no type of outcome"))?,
            label: label.transpose()?,
            occurred_at_ms,
            reported_at_ms: self.reported_at.time(row).unwrap_or(occurred_at_ms),
            amount: self.amount.whole(row),
            currency: text(self.currency),
            quantity: self.quantity.real(row),
            action: self.action.text(row).map(table::action).transpose()?,
            reason: text(self.reason),
            source: text(self.source),
        })
    }
}
