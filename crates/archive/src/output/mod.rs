//! Results as files: each whole under its final name or not there at all, its bytes a function of its rows.

mod draft;
mod folder;
mod letters;
mod piece;
mod writer;

pub use folder::OutputFolder;
pub use piece::ScoredPiece;
pub use writer::{PieceTransaction, PieceWriter};

use serde::{Deserialize, Serialize};

/// How comparisons are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Apache Parquet, compressed with zstd.
    #[default]
    Parquet,
    /// The records of the shadow topic, one a line, compressed with zstd.
    JsonLines,
}

impl Format {
    /// What its files' names end in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::JsonLines => "jsonl.zst",
        }
    }
}

/// A file that stands under its final name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OutputFile {
    /// Path below the output folder, with `/` between its parts.
    pub path: String,
    /// Comparisons or dead letters in it.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
}
