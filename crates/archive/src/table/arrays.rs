//! Columns of a Parquet file, as whoever wrote it typed them.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt32Type,
};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray, RecordBatch, StringArray,
};
use arrow_schema::{DataType, TimeUnit};

/// A column by what it holds; one that isn't there holds nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cells<'b> {
    Absent,
    Text(&'b StringArray),
    Flag(&'b BooleanArray),
    Small(&'b PrimitiveArray<Int32Type>),
    Unsigned(&'b PrimitiveArray<UInt32Type>),
    Whole(&'b PrimitiveArray<Int64Type>),
    Single(&'b PrimitiveArray<Float32Type>),
    Real(&'b PrimitiveArray<Float64Type>),
    Seconds(&'b PrimitiveArray<TimestampSecondType>),
    Millis(&'b PrimitiveArray<TimestampMillisecondType>),
    Micros(&'b PrimitiveArray<TimestampMicrosecondType>),
    Nanos(&'b PrimitiveArray<TimestampNanosecondType>),
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Text,
    Flag,
    Whole,
    Real,
    Time,
}

impl<'b> Cells<'b> {
    pub(super) fn of(array: &'b ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            // A column of nothing but nulls.
            DataType::Null => Self::Absent,
            DataType::Utf8 => Self::Text(array.as_string()),
            DataType::Boolean => Self::Flag(array.as_boolean()),
            DataType::Int32 => Self::Small(array.as_primitive()),
            DataType::UInt32 => Self::Unsigned(array.as_primitive()),
            DataType::Int64 => Self::Whole(array.as_primitive()),
            DataType::Float32 => Self::Single(array.as_primitive()),
            DataType::Float64 => Self::Real(array.as_primitive()),
            DataType::Timestamp(TimeUnit::Second, _) => Self::Seconds(array.as_primitive()),
            DataType::Timestamp(TimeUnit::Millisecond, _) => Self::Millis(array.as_primitive()),
            DataType::Timestamp(TimeUnit::Microsecond, _) => Self::Micros(array.as_primitive()),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => Self::Nanos(array.as_primitive()),
            _ => return None,
        })
    }

    fn holds(self, wanted: Holds) -> bool {
        match self {
            Self::Absent => true,
            Self::Text(_) => wanted == Holds::Text,
            Self::Flag(_) => wanted == Holds::Flag,
            Self::Small(_) | Self::Unsigned(_) | Self::Whole(_) => {
                matches!(wanted, Holds::Whole | Holds::Real)
            }
            Self::Single(_) | Self::Real(_) => wanted == Holds::Real,
            Self::Seconds(_) | Self::Millis(_) | Self::Micros(_) | Self::Nanos(_) => wanted == Holds::Time,
        }
    }

    pub(crate) fn text(self, row: usize) -> Option<&'b str> {
        match self {
            Self::Text(array) => array.is_valid(row).then(|| array.value(row)),
            _ => None,
        }
    }

    pub(crate) fn flag(self, row: usize) -> Option<bool> {
        match self {
            Self::Flag(array) => array.is_valid(row).then(|| array.value(row)),
            _ => None,
        }
    }

    pub(crate) fn whole(self, row: usize) -> Option<i64> {
        match self {
            Self::Small(array) => value(array, row).map(i64::from),
            Self::Unsigned(array) => value(array, row).map(i64::from),
            Self::Whole(array) => value(array, row),
            _ => None,
        }
    }

    pub(crate) fn real(self, row: usize) -> Option<f64> {
        match self {
            Self::Single(array) => value(array, row).map(f64::from),
            Self::Real(array) => value(array, row),
            // Below 2^53 these are the same numbers.
            other => other.whole(row).map(|number| number as f64),
        }
    }

    /// Epoch milliseconds.
    pub(crate) fn time(self, row: usize) -> Option<i64> {
        match self {
            Self::Seconds(array) => value(array, row).map(|time| time.saturating_mul(1_000)),
            Self::Millis(array) => value(array, row),
            Self::Micros(array) => value(array, row).map(|time| time.div_euclid(1_000)),
            Self::Nanos(array) => value(array, row).map(|time| time.div_euclid(1_000_000)),
            _ => None,
        }
    }
}

fn value<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, row: usize) -> Option<T::Native> {
    array.is_valid(row).then(|| array.value(row))
}

/// Rows of a Parquet file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'b>(pub(crate) &'b RecordBatch);

impl<'b> Table<'b> {
    /// The column `name`, or nothing where there is none.
    ///
    /// # Errors
    /// When it is of another type.
    pub(crate) fn column(self, name: &str, holds: Holds) -> Result<Cells<'b>, String> {
        let Some(array) = self.0.column_by_name(name) else { return Ok(Cells::Absent) };
        let cells = Cells::of(array).filter(|cells| cells.holds(holds));
        cells.ok_or_else(|| {
            let wanted = match holds {
                Holds::Text => "text",
                Holds::Flag => "boolean",
                Holds::Whole => "int64",
                Holds::Real => "double",
                Holds::Time => "a timestamp",
            };
            format!("column `{name}` is of type {}, not {wanted}", array.data_type())
        })
    }
}
