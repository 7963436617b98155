//! The columns of some rows, and the records that they make.

use super::arrays::{Cells, Holds, Table};
use super::columns::{COLUMNS, Cell, Column};
use super::nested::{Pairs, Steps};
use super::read::UnreadColumns;
use arrow_array::{Array, RecordBatch};
use bystander_core::comparison::{ComparisonRecord, DecisionRecord};
use bystander_core::kind::Kind;
use std::borrow::Cow;

/// The columns that a file has, with their values.
pub(super) struct Columns<'b> {
    plain: Vec<(&'static Column, Cells<'b>)>,
    guardrails: Option<Steps<'b>>,
    segments: Option<Pairs<'b>>,
    features: Option<Pairs<'b>>,
}

impl<'b> Columns<'b> {
    /// # Errors
    /// When a required column is missing, or one is of a wrong type.
    pub(super) fn of(table: Table<'b>, unread: UnreadColumns) -> Result<Self, String> {
        let there = |name| unread.holds(name) || table.0.column_by_name(name).is_some();
        if let Some(column) = COLUMNS.iter().find(|column| column.required && !there(column.name)) {
            return Err(format!("column `{}` is missing", column.name));
        }
        let mut plain = Vec::with_capacity(COLUMNS.len());
        for column in COLUMNS.iter().filter(|column| !unread.holds(column.name)) {
            if let Some(holds) = column.cell.holds()
                && table.0.column_by_name(column.name).is_some()
            {
                plain.push((column, table.column(column.name, holds)?));
            }
        }
        Ok(Self {
            plain,
            guardrails: nested(table.0, "guardrails", Steps::of)?,
            segments: nested(table.0, "segments", Pairs::of)?,
            features: nested(table.0, "features", Pairs::of)?,
        })
    }

    /// # Errors
    /// When a required value is missing, or one isn't what its column is for.
    pub(super) fn record(&self, row: usize) -> Result<ComparisonRecord<'b>, String> {
        // The column of kinds is required, so this one doesn't stay.
        let mut record = ComparisonRecord::empty(Kind::Orders);
        for (column, cells) in &self.plain {
            let there = column.fill(*cells, row, &mut record)?;
            if column.required && !there {
                return Err(missing(column.name));
            }
        }
        if record.would_be == DecisionRecord::default() {
            return Err(missing("would_be_action"));
        }
        if let Some(steps) = self.guardrails {
            record.guardrails = steps.of_row(row).ok_or_else(|| missing("guardrails"))?.into();
        }
        if let Some(pairs) = self.segments {
            record.segments = pairs.texts(row).ok_or_else(|| missing("segments"))?.into();
        }
        if let Some(pairs) = self.features {
            record.features = pairs.features(row).ok_or_else(|| missing("features"))?.into();
        }
        Ok(record)
    }
}

impl Column {
    /// Puts the value of a row into `record`; tells whether there is one.
    fn fill<'b>(
        &self,
        cells: Cells<'b>,
        row: usize,
        record: &mut ComparisonRecord<'b>,
    ) -> Result<bool, String> {
        Ok(match self.cell {
            Cell::Text(_, set) | Cell::Id(_, set) => {
                cells.text(row).map(|text| set(record, Cow::Borrowed(text))).is_some()
            }
            Cell::Word(_, set) => cells.text(row).map(|word| set(record, word)).transpose()?.is_some(),
            Cell::Whole(_, set) => cells.whole(row).map(|number| set(record, number)).is_some(),
            Cell::Number(kind, _, set) => cells.whole(row).map(|number| set(record, kind, number)).is_some(),
            Cell::Small(_, set) => {
                let small = cells.whole(row).map(|number| self.small(number)).transpose()?;
                small.map(|number| set(record, number)).is_some()
            }
            Cell::Real(_, set) => cells.real(row).map(|number| set(record, number)).is_some(),
            Cell::Flag(_, set) => cells.flag(row).map(|flag| set(record, flag)).is_some(),
            Cell::Time(_, set) => cells.time(row).map(|time| set(record, time)).is_some(),
            Cell::Guardrails | Cell::Segments | Cell::Features => true,
        })
    }

    fn small(&self, number: i64) -> Result<i32, String> {
        let name = self.name;
        i32::try_from(number).map_err(|_| format!("column `{name}` has {number}, which is out of range"))
    }
}

impl Cell {
    /// What a file's column may hold for it; none for lists and maps.
    fn holds(&self) -> Option<Holds> {
        match self {
            Self::Text(..) | Self::Id(..) | Self::Word(..) => Some(Holds::Text),
            Self::Whole(..) | Self::Number(..) | Self::Small(..) => Some(Holds::Whole),
            Self::Real(..) => Some(Holds::Real),
            Self::Flag(..) => Some(Holds::Flag),
            Self::Time(..) => Some(Holds::Time),
            Self::Guardrails | Self::Segments | Self::Features => None,
        }
    }
}

fn missing(name: &str) -> String {
    format!("column `{name}` has no value")
}

fn nested<'b, T>(
    batch: &'b RecordBatch,
    name: &str,
    of: impl Fn(&'b dyn Array) -> Option<T>,
) -> Result<Option<T>, String> {
    let Some(array) = batch.column_by_name(name) else { return Ok(None) };
    let column = of(array).ok_or_else(|| format!("column `{name}` is of type {}", array.data_type()))?;
    Ok(Some(column))
}
