//! The values of some columns, row by row, each in eight bytes.

use super::value::{Packed, Span, Whole};
use super::words::{Word, Words};
use crate::table::{COLUMNS, Cell, Column, Of};
use bystander_core::comparison::ComparisonRecord;
use std::borrow::Cow;
use std::cmp::Ordering;

/// Where texts are kept: those that repeat once, those of one row one after the other.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) words: Words,
    pub(super) own: String,
}

/// Rows of the columns that say something of one thing.
pub(super) struct PackedTable {
    columns: Vec<&'static Column>,
    cells: Vec<u64>,
}

/// Stands for a text that isn't there.
const NONE: u64 = u64::MAX;

impl PackedTable {
    pub(super) fn new(of: Of) -> Self {
        // Lists have tables of their own.
        let listed =
            |column: &&Column| matches!(column.cell, Cell::Guardrails | Cell::Segments | Cell::Features);
        let columns = COLUMNS.iter().filter(|column| column.of == of && !listed(column));
        Self { columns: columns.collect(), cells: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len() / self.columns.len()
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.cells)
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.cells.truncate(rows * self.columns.len());
    }

    /// Adds a row of what `record` says; gives its number.
    pub(super) fn push(&mut self, record: &ComparisonRecord<'_>, texts: &mut Texts) -> u32 {
        self.cells.extend(self.columns.iter().map(|column| column.pack(record, texts)));
        self.len() as u32 - 1
    }

    /// Whether a row says what `record` says.
    pub(super) fn is(&self, row: usize, record: &ComparisonRecord<'_>, texts: &Texts) -> bool {
        self.row(row).all(|(column, cell)| column.holds(cell, record, texts))
    }

    /// The row that says what `record` says; it is added where there is none.
    pub(super) fn place(&mut self, record: &ComparisonRecord<'_>, texts: &mut Texts) -> u32 {
        let found = (0..self.len()).find(|&row| self.is(row, record, texts));
        found.map_or_else(|| self.push(record, texts), |row| row as u32)
    }

    /// Puts a row's values into `record`.
    pub(super) fn fill<'r>(&self, row: u32, record: &mut ComparisonRecord<'r>, texts: &'r Texts) {
        self.row(row as usize).for_each(|(column, cell)| column.unpack(cell, record, texts));
    }

    /// Each row's place among all rows in order of their columns.
    pub(super) fn ranks(&self, texts: &Texts) -> Vec<u32> {
        let mut sorted: Vec<usize> = (0..self.len()).collect();
        sorted.sort_by(|&one, &other| self.compare(one, other, texts));
        let mut ranks = vec![0; sorted.len()];
        for (rank, row) in sorted.into_iter().enumerate() {
            ranks[row] = rank as u32;
        }
        ranks
    }

    fn compare(&self, one: usize, other: usize, texts: &Texts) -> Ordering {
        let pairs = self.row(one).zip(self.row(other));
        let orders = pairs.map(|((column, one), (_, other))| column.compare(one, other, texts));
        orders.fold(Ordering::Equal, Ordering::then)
    }

    fn row(&self, row: usize) -> impl Iterator<Item = (&'static Column, u64)> {
        let width = self.columns.len();
        self.columns.iter().copied().zip(self.cells[row * width..][..width].iter().copied())
    }
}

impl Column {
    fn pack(&self, record: &ComparisonRecord<'_>, texts: &mut Texts) -> u64 {
        let mut word = |text: Option<&str>| text.map_or(NONE, |text| u64::from(texts.words.keep(text).0));
        match self.cell {
            Cell::Text(get, _) => word(get(record)),
            Cell::Word(get, _) => word(get(record)),
            Cell::Id(get, _) => get(record).map_or(NONE, |text| {
                let start = texts.own.len();
                texts.own.push_str(text);
                Span::from(start, texts.own.len()).bits()
            }),
            _ => self.number(record),
        }
    }

    /// A value that isn't text, packed.
    fn number(&self, record: &ComparisonRecord<'_>) -> u64 {
        match self.cell {
            Cell::Whole(get, _) | Cell::Time(get, _) => Whole::new(get(record)).bits(),
            Cell::Number(kind, get, _) => Whole::new(get(record, kind)).bits(),
            Cell::Small(get, _) => Whole::new(get(record).map(i64::from)).bits(),
            Cell::Flag(get, _) => Whole::new(get(record).map(i64::from)).bits(),
            Cell::Real(get, _) => Packed::number_or_none(get(record)).bits(),
            Cell::Text(..) | Cell::Id(..) | Cell::Word(..) => NONE,
            Cell::Guardrails | Cell::Segments | Cell::Features => NONE,
        }
    }

    fn text<'r>(&self, cell: u64, texts: &'r Texts) -> Option<&'r str> {
        if cell == NONE {
            return None;
        }
        Some(match self.cell {
            Cell::Id(..) => &texts.own[Span::of_bits(cell).range()],
            _ => texts.words.text(Word(cell as u32)),
        })
    }

    fn holds(&self, cell: u64, record: &ComparisonRecord<'_>, texts: &Texts) -> bool {
        match self.cell {
            Cell::Text(get, _) | Cell::Id(get, _) => self.text(cell, texts) == get(record),
            Cell::Word(get, _) => self.text(cell, texts) == get(record),
            _ => cell == self.number(record),
        }
    }

    fn unpack<'r>(&self, cell: u64, record: &mut ComparisonRecord<'r>, texts: &'r Texts) {
        let whole = Whole::of_bits(cell).get();
        match self.cell {
            Cell::Text(_, set) | Cell::Id(_, set) => {
                if let Some(text) = self.text(cell, texts) {
                    set(record, Cow::Borrowed(text));
                }
            }
            Cell::Word(_, set) => {
                if let Some(word) = self.text(cell, texts) {
                    // It was a word of this column when it was packed.
                    let _ = set(record, word);
                }
            }
            Cell::Whole(_, set) | Cell::Time(_, set) => {
                if let Some(number) = whole {
                    set(record, number);
                }
            }
            Cell::Number(kind, _, set) => {
                if let Some(number) = whole {
                    set(record, kind, number);
                }
            }
            Cell::Small(_, set) => {
                if let Some(number) = whole {
                    set(record, number as i32);
                }
            }
            Cell::Flag(_, set) => {
                if let Some(number) = whole {
                    set(record, number != 0);
                }
            }
            Cell::Real(_, set) => {
                if let Some(number) = Packed::of_bits(cell).number() {
                    set(record, number);
                }
            }
            Cell::Guardrails | Cell::Segments | Cell::Features => {}
        }
    }

    fn compare(&self, one: u64, other: u64, texts: &Texts) -> Ordering {
        match self.cell {
            Cell::Text(..) | Cell::Id(..) | Cell::Word(..) => {
                self.text(one, texts).cmp(&self.text(other, texts))
            }
            _ => Whole::of_bits(one).get().cmp(&Whole::of_bits(other).get()),
        }
    }
}
