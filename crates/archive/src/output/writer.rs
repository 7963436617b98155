//! The sink of a replay into files: one piece at a time, in memory until it is published.

use super::draft::{self, Draft, Finished};
use super::letters::{self, Letters};
use super::piece::{self, ScoredPiece, Starts};
use super::{Format, OutputFile, OutputFolder};
use crate::error::unusable;
use crate::rows::{self, Group, Rows};
use crate::table;
use bystander_core::checkpoint::Checkpoint;
use bystander_core::comparison::{Comparison, ComparisonRecord};
use bystander_core::text::Text;
use bystander_pipeline::{Failure, Message, Output, Sink, SinkError, Transaction};
use std::io::Write;
use std::sync::Arc;

/// Comparisons, below the output folder.
const COMPARISONS: &str = "comparisons";
/// Dead letters, below the output folder.
const DEAD_LETTERS: &str = "dead-letters";
/// What files of dead letters end in.
const LETTERS: &str = "jsonl";
/// Level of zstd for lines; 3 is its own default.
const LEVEL: i32 = 3;

/// Writes pieces into an output folder.
///
/// [`start`](Self::start) a piece, let a shard write it in as many transactions as it likes, then
/// [`publish`](Self::publish) it whole or [`discard`](Self::discard) it. What is published doesn't depend on how the
/// rows came in. Several writers may share a folder, for different pieces.
#[derive(Debug)]
pub struct PieceWriter {
    folder: Arc<OutputFolder>,
    format: Format,
    piece: Option<ScoredPiece>,
    rows: Rows,
    letters: Letters,
}

impl PieceWriter {
    /// A writer without a piece.
    pub fn new(folder: Arc<OutputFolder>, format: Format) -> Self {
        Self { folder, format, piece: None, rows: Rows::default(), letters: Letters::default() }
    }

    /// Begins a piece; what was kept of another is gone.
    pub fn start(&mut self, piece: ScoredPiece) {
        self.discard();
        self.piece = Some(piece);
    }

    /// Forgets the piece.
    pub fn discard(&mut self) {
        self.piece = None;
        self.rows.clear();
        self.letters.rewind(letters::Mark::default());
    }

    /// Bytes of rows and dead letters kept.
    pub fn held_bytes(&self) -> usize {
        self.rows.bytes() + self.letters.bytes()
    }

    /// Writes the piece's files, durably, and gives them their final names; files of the same piece from before are
    /// replaced. Nothing is renamed before all are written: where one can't be, none of them shows. A piece of
    /// several files isn't renamed at one instant, so it counts as published when this returns.
    ///
    /// # Errors
    /// When no piece was begun, or a file can't be written; the piece is kept and can be published again.
    pub fn publish(&mut self) -> Result<Vec<OutputFile>, Failure> {
        let starts = self.piece.as_ref().ok_or_else(no_piece)?.starts(self.smallest());
        let mut drafts = Vec::new();
        for group in self.rows.groups() {
            drafts.push(self.write_comparisons(&starts, &group)?);
        }
        for ((topic, partition), &start) in &starts {
            drafts.extend(self.write_letters((topic, *partition), start)?);
        }
        let stale = self.stale(&starts, &drafts)?;
        let published = draft::publish(&self.folder, drafts, &stale)?;
        self.discard();
        Ok(published)
    }

    /// The smallest offset of all results, by topic and partition.
    fn smallest(&self) -> Starts {
        let mut starts = Starts::new();
        let mut last: Option<(Text<'_>, i32, i64)> = None;
        let rows = self.rows.places().map(|place| (place.topic, place.partition, place.offset));
        let letters = self.letters.positions();
        for one in
            rows.chain(letters.map(|(topic, partition, offset)| (Text::Borrowed(topic), partition, offset)))
        {
            // Most follow their own partition's last one.
            if last.as_ref().is_some_and(|last| (&last.0, last.1) == (&one.0, one.1) && last.2 <= one.2) {
                continue;
            }
            let start = starts.entry((one.0.to_string(), one.1)).or_insert(one.2);
            *start = (*start).min(one.2);
            last = Some((one.0, one.1, *start));
        }
        starts
    }

    fn write_comparisons(&self, starts: &Starts, group: &Group<'_>) -> Result<Finished, Failure> {
        let of = (group.topic.to_string(), group.partition);
        let start = starts.get(&of).copied().ok_or_else(no_piece)?;
        let name = piece::file_name((&group.topic, group.partition), start, self.format.extension())?;
        let draft = Draft::create(&self.folder, format!("{COMPARISONS}/{}/{name}", group.day.folder()?))?;
        let path = draft.path().to_owned();
        let records = group.rows.iter().map(|&row| self.rows.record(row as usize));
        let written = match self.format {
            Format::Parquet => table::write(draft, records),
            Format::JsonLines => write_lines(draft, records),
        };
        written.map_err(|error| unusable("write", &path, &error))?.finish(group.rows.len() as u64)
    }

    fn write_letters(&self, of: (&str, i32), start: i64) -> Result<Option<Finished>, Failure> {
        let (count, mut lines) = self.letters.lines(of.0, of.1);
        if count == 0 {
            return Ok(None);
        }
        let target = format!("{DEAD_LETTERS}/{}", piece::file_name(of, start, LETTERS)?);
        let mut draft = Draft::create(&self.folder, target)?;
        let written = lines.try_for_each(|line| draft.write_all(line));
        written.map_err(|error| unusable("write", draft.path(), &error))?;
        draft.finish(count).map(Some)
    }

    /// Files of this piece that stand there and won't be replaced.
    fn stale(&self, starts: &Starts, drafts: &[Finished]) -> Result<Vec<String>, Failure> {
        let days = self.folder.days(COMPARISONS)?;
        let mut names = Vec::new();
        for ((topic, partition), &start) in starts {
            let name = |extension| piece::file_name((topic, *partition), start, extension);
            names.push(format!("{DEAD_LETTERS}/{}", name(LETTERS)?));
            for format in [Format::Parquet, Format::JsonLines] {
                let name = name(format.extension())?;
                names.extend(days.iter().map(|day| format!("{day}/{name}")));
            }
        }
        let replaced = |name: &str| drafts.iter().any(|draft| draft.target() == name);
        names.retain(|name| self.folder.root().join(name).exists() && !replaced(name));
        Ok(names)
    }

    fn keep(&mut self, record: &ComparisonRecord<'_>) -> Result<(), SinkError> {
        let source = &record.source;
        self.check(&source.topic, source.partition, source.offset)?;
        self.rows.push(record);
        Ok(())
    }

    fn check(&self, topic: &str, partition: i32, offset: i64) -> Result<(), Failure> {
        let piece = self.piece.as_ref().ok_or_else(no_piece)?;
        if piece.holds(topic, partition, offset) {
            return Ok(());
        }
        let what =
            format!("{topic} partition {partition} offset {offset} isn't of the piece that is written");
        Err(Failure::lasting(what, REPORT))
    }
}

const REPORT: &str = "report this with the command that was run";

fn no_piece() -> Failure {
    Failure::lasting("results came in before a piece was begun", REPORT)
}

fn write_lines<'a>(
    draft: Draft,
    records: impl Iterator<Item = ComparisonRecord<'a>>,
) -> std::io::Result<Draft> {
    let mut encoder = zstd::Encoder::new(draft, LEVEL)?;
    let mut line = Vec::new();
    for record in records {
        line.clear();
        record.write_json(&mut line)?;
        line.push(b'\n');
        encoder.write_all(&line)?;
    }
    encoder.finish()
}

impl Sink for PieceWriter {
    type Transaction<'a> = PieceTransaction<'a>;

    fn begin(&mut self) -> Result<PieceTransaction<'_>, SinkError> {
        let mark = (self.rows.mark(), self.letters.mark());
        Ok(PieceTransaction { writer: self, mark, committed: false })
    }
}

/// A transaction on a piece: what isn't committed leaves nothing in it.
#[derive(Debug)]
pub struct PieceTransaction<'a> {
    writer: &'a mut PieceWriter,
    mark: (rows::Mark, letters::Mark),
    committed: bool,
}

impl Transaction for PieceTransaction<'_> {
    fn take(&mut self, comparison: &Comparison<'_>) -> Result<bool, SinkError> {
        self.writer.keep(&comparison.record("")).map(|()| true)
    }

    fn send(&mut self, message: Message<'_>) -> Result<(), SinkError> {
        match message.output {
            Output::Comparisons => {
                let record = ComparisonRecord::from_json(message.value.unwrap_or_default());
                let record =
                    record.map_err(|error| Failure::lasting(format!("no comparison: {error}"), REPORT))?;
                self.writer.keep(&record)
            }
            Output::DeadLetters => {
                let placed = self.writer.letters.push(&message);
                let unplaced =
                    || Failure::lasting("a dead letter doesn't say where its record stands", REPORT);
                let (topic, partition, offset) = placed.ok_or_else(unplaced)?;
                Ok(self.writer.check(topic, partition, offset)?)
            }
        }
    }

    fn commit(mut self, _checkpoints: &[Checkpoint]) -> Result<(), SinkError> {
        self.committed = true;
        Ok(())
    }

    fn abort(self) -> Result<(), SinkError> {
        Ok(())
    }
}

impl Drop for PieceTransaction<'_> {
    fn drop(&mut self) {
        if !self.committed {
            self.writer.rows.rewind(self.mark.0);
            self.writer.letters.rewind(self.mark.1);
        }
    }
}
