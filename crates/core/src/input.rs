//! What a model is fed: one matrix, or one tensor per column, filled row by row and reused.

use half::f16;
use ndarray::ArrayView2;

/// Element type of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ElementType {
    /// 32-bit float.
    Float32,
    /// 64-bit float.
    Float64,
    /// 16-bit float.
    Float16,
    /// 32-bit signed integer.
    Int32,
    /// 64-bit signed integer.
    Int64,
    /// Boolean.
    Bool,
    /// UTF-8 string.
    String,
}

impl ElementType {
    /// The word contracts use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Float16 => "float16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Bool => "bool",
            Self::String => "string",
        }
    }
}

/// The rows of one batch as one model wants them.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelInput {
    /// One float32 matrix, row-major, `[rows × width]`.
    MatrixF32 {
        /// Row-major values.
        data: Vec<f32>,
        /// Number of columns.
        width: usize,
    },
    /// One float64 matrix, row-major, `[rows × width]`.
    MatrixF64 {
        /// Row-major values.
        data: Vec<f64>,
        /// Number of columns.
        width: usize,
    },
    /// One matrix of any other type, row-major, `[rows × width]`.
    Matrix {
        /// Row-major values.
        data: Column,
        /// Number of columns.
        width: usize,
    },
    /// One `[rows × 1]` tensor per column, in the contract's order.
    Columns(Vec<Column>),
}

/// One column of its own type.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// float32 values.
    F32(Vec<f32>),
    /// float64 values.
    F64(Vec<f64>),
    /// float16 values.
    F16(Vec<f16>),
    /// int32 values.
    I32(Vec<i32>),
    /// int64 values.
    I64(Vec<i64>),
    /// Booleans.
    Bool(Vec<bool>),
    /// Strings.
    Text(TextColumn),
}

/// One value of an input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    /// A number; booleans are 0 and 1.
    Number(f64),
    /// A string.
    Text(&'a str),
}

/// Strings laid end to end, so that a row costs no allocation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextColumn {
    text: String,
    ends: Vec<usize>,
}

impl TextColumn {
    /// Appends one row.
    pub fn push(&mut self, value: &str) {
        self.text.push_str(value);
        self.ends.push(self.text.len());
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.text[start..end])
    }

    fn get(&self, row: usize) -> &str {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[row]]
    }

    fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows);
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
    }

    fn slice(&self, range: std::ops::Range<usize>) -> Self {
        let mut part = Self::default();
        self.iter().skip(range.start).take(range.len()).for_each(|value| part.push(value));
        part
    }
}

impl Column {
    /// An empty column of that type.
    pub fn new(kind: ElementType) -> Self {
        match kind {
            ElementType::Float32 => Self::F32(Vec::new()),
            ElementType::Float64 => Self::F64(Vec::new()),
            ElementType::Float16 => Self::F16(Vec::new()),
            ElementType::Int32 => Self::I32(Vec::new()),
            ElementType::Int64 => Self::I64(Vec::new()),
            ElementType::Bool => Self::Bool(Vec::new()),
            ElementType::String => Self::Text(TextColumn::default()),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::F16(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn truncate(&mut self, rows: usize) {
        match self {
            Self::F32(values) => values.truncate(rows),
            Self::F64(values) => values.truncate(rows),
            Self::F16(values) => values.truncate(rows),
            Self::I32(values) => values.truncate(rows),
            Self::I64(values) => values.truncate(rows),
            Self::Bool(values) => values.truncate(rows),
            Self::Text(values) => values.truncate(rows),
        }
    }

    fn get(&self, row: usize) -> Cell<'_> {
        match self {
            Self::F32(values) => Cell::Number(f64::from(values[row])),
            Self::F64(values) => Cell::Number(values[row]),
            Self::F16(values) => Cell::Number(values[row].to_f64()),
            Self::I32(values) => Cell::Number(f64::from(values[row])),
            // A plan writes no number that a double can't hold.
            Self::I64(values) => Cell::Number(values[row] as f64),
            Self::Bool(values) => Cell::Number(f64::from(values[row])),
            Self::Text(values) => Cell::Text(values.get(row)),
        }
    }

    fn slice(&self, range: std::ops::Range<usize>) -> Self {
        match self {
            Self::F32(values) => Self::F32(values[range].to_vec()),
            Self::F64(values) => Self::F64(values[range].to_vec()),
            Self::F16(values) => Self::F16(values[range].to_vec()),
            Self::I32(values) => Self::I32(values[range].to_vec()),
            Self::I64(values) => Self::I64(values[range].to_vec()),
            Self::Bool(values) => Self::Bool(values[range].to_vec()),
            Self::Text(values) => Self::Text(values.slice(range)),
        }
    }
}

impl ModelInput {
    /// Number of whole rows held.
    pub fn rows(&self) -> usize {
        match self {
            Self::MatrixF32 { data, width } => data.len() / (*width).max(1),
            Self::MatrixF64 { data, width } => data.len() / (*width).max(1),
            Self::Matrix { data, width } => data.len() / (*width).max(1),
            Self::Columns(columns) => columns.iter().map(Column::len).min().unwrap_or(0),
        }
    }

    /// Drops everything past `rows`, a half-written last row included; capacity stays.
    pub fn truncate(&mut self, rows: usize) {
        match self {
            Self::MatrixF32 { data, width } => data.truncate(rows * *width),
            Self::MatrixF64 { data, width } => data.truncate(rows * *width),
            Self::Matrix { data, width } => data.truncate(rows * *width),
            Self::Columns(columns) => columns.iter_mut().for_each(|column| column.truncate(rows)),
        }
    }

    /// A copy of some rows.
    ///
    /// # Panics
    /// When the range passes [`rows`](Self::rows).
    #[must_use]
    pub fn slice(&self, rows: std::ops::Range<usize>) -> Self {
        match self {
            Self::MatrixF32 { data, width } => {
                Self::MatrixF32 { data: data[rows.start * width..rows.end * width].to_vec(), width: *width }
            }
            Self::MatrixF64 { data, width } => {
                Self::MatrixF64 { data: data[rows.start * width..rows.end * width].to_vec(), width: *width }
            }
            Self::Matrix { data, width } => {
                Self::Matrix { data: data.slice(rows.start * width..rows.end * width), width: *width }
            }
            Self::Columns(columns) => {
                Self::Columns(columns.iter().map(|column| column.slice(rows.clone())).collect())
            }
        }
    }

    /// The value in a row and a column, both of which must be there.
    pub(crate) fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        match self {
            Self::MatrixF32 { data, width } => Cell::Number(f64::from(data[row * width + column])),
            Self::MatrixF64 { data, width } => Cell::Number(data[row * width + column]),
            Self::Matrix { data, width } => data.get(row * width + column),
            Self::Columns(columns) => columns[column].get(row),
        }
    }

    /// The float32 matrix as `[rows × width]`, if that is the layout.
    pub fn matrix_f32(&self) -> Option<ArrayView2<'_, f32>> {
        match self {
            Self::MatrixF32 { data, width } => ArrayView2::from_shape((self.rows(), *width), data).ok(),
            _ => None,
        }
    }

    /// The float64 matrix as `[rows × width]`, if that is the layout.
    pub fn matrix_f64(&self) -> Option<ArrayView2<'_, f64>> {
        match self {
            Self::MatrixF64 { data, width } => ArrayView2::from_shape((self.rows(), *width), data).ok(),
            _ => None,
        }
    }
}
