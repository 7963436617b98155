//! What is done: one line per published piece, appended and synced, never rewritten.

use crate::digest::Digest;
use crate::letters::CodeCount;
use crate::piece::Piece;
use bystander_core::checkpoint::Totals;
use bystander_pipeline::Failure;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A file that holds published results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedFile {
    /// Path inside the run's folder.
    pub path: String,
    /// Comparisons, or dead letters, in it.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, lower-case hex.
    pub sha256: String,
}

/// A piece that was scored and published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceDone {
    /// Which.
    #[serde(flatten)]
    pub piece: Piece,
    /// What became of its records, by partition.
    pub accounts: Vec<PieceAccount>,
    /// Comparisons made.
    pub comparisons: u64,
    /// Their digest.
    pub digest: Digest,
    /// Files that hold them.
    pub files: Vec<PublishedFile>,
    /// Its dead letters by code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dead_letters: Vec<CodeCount>,
}

/// What became of one partition's records in a piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceAccount {
    /// Topic.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// Records scored, dead-lettered and skipped.
    pub totals: Totals,
    /// Records read that were not asked for: their time or offset is outside the range.
    pub outside: u64,
    /// Offsets that retention removed before they were read, from and to.
    pub gaps: Vec<(i64, i64)>,
}

/// The journal of a run.
#[derive(Debug)]
pub struct Journal {
    file: Option<(File, PathBuf)>,
    done: Vec<PieceDone>,
}

impl Journal {
    /// A journal that nobody goes on from.
    pub fn in_memory() -> Self {
        Self { file: None, done: Vec::new() }
    }

    /// Opens a run's journal. A last line that was cut off by a kill is removed: its piece is done again.
    ///
    /// # Errors
    /// When it can't be read or written, or holds what is no piece.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| unwritten(path, &error);
        let mut text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(error)),
        };
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        text.truncate(whole);
        let mut done = Vec::new();
        for (number, line) in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).enumerate() {
            done.push(serde_json::from_slice(line).map_err(|error| {
                let what = format!("{} line {}: {error}", path.display(), number + 1);
                Failure::lasting(what, "the run can't go on: start a new one in another folder")
            })?);
        }
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
        file.set_len(whole as u64).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        Ok(Self { file: Some((file, path.to_owned())), done })
    }

    /// Notes a piece; it is on disk afterwards.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn append(&mut self, done: PieceDone) -> Result<(), Failure> {
        if let Some((file, path)) = &mut self.file {
            let line = serde_json::to_string(&done).map_err(|error| {
                Failure::lasting(format!("a piece can't be noted: {error}"), "report this as a bug")
            })?;
            let written = file.write_all(format!("{line}\n").as_bytes()).and_then(|()| file.sync_data());
            written.map_err(|error| unwritten(path, &error))?;
        }
        self.done.push(done);
        Ok(())
    }

    /// All pieces that are done.
    pub fn done(&self) -> &[PieceDone] {
        &self.done
    }
}

/// Something couldn't be written at `path`.
pub(crate) fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let fix = match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "make room, then finish the run with --resume"
        }
        _ => "check that this user may write there, then finish the run with --resume",
    };
    Failure::lasting(format!("{} can't be written: {error}", path.display()), fix)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn done(start: i64) -> PieceDone {
        let piece = Piece { input: 0, start, end: start + 10 };
        let accounts = vec![PieceAccount {
            topic: "shop.orders".into(),
            partition: 0,
            totals: Totals { read: 10, compared: 10, ..Totals::default() },
            outside: 0,
            gaps: vec![(1, 2)],
        }];
        PieceDone {
            piece,
            accounts,
            comparisons: 20,
            digest: Digest::default(),
            files: Vec::new(),
            dead_letters: Vec::new(),
        }
    }

    #[test]
    fn a_line_cut_off_at_any_byte_is_forgotten_and_the_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pieces.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        [0, 10].into_iter().for_each(|start| journal.append(done(start)).unwrap());
        let whole = std::fs::read(&path).unwrap();
        let first = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        for cut in first..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut journal = Journal::open(&path).unwrap();
            assert_eq!(journal.done(), [done(0)], "cut at {cut}");
            journal.append(done(10)).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), whole, "cut at {cut}");
        }
    }

    #[test]
    fn a_line_that_is_no_piece_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pieces.jsonl");
        std::fs::write(&path, "{}\n").unwrap();
        let error = Journal::open(&path).unwrap_err().to_string();
        assert!(error.contains("pieces.jsonl line 1"), "{error}");
    }
}
