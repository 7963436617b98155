//! Rows of any Parquet file as the JSON objects that they correspond to, for bindings that read JSON.
//!
//! Columns become members and structs become objects, so a pointer finds a value wherever the format holds it. A float that
//! holds a whole number is written as that number, because table tools turn integers with gaps into floats. NaN is how the
//! same tools write a missing value, so it becomes null. An instant is written in UTC; a timestamp without a zone is written
//! without one, and the binding's `time_zone` applies to it. A decimal is written as text, which keeps its digits.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal128Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use bystander_core::text::write_hex;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// Largest whole number below which a double holds every one exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;
const SECONDS_A_DAY: i64 = 86_400;

/// One row of a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsonRow<'b> {
    pub(crate) batch: &'b RecordBatch,
    /// Columns whose timestamps are instants although their type names no zone (INT96).
    pub(crate) instants: &'b [String],
    pub(crate) row: usize,
}

impl Serialize for JsonRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let schema = self.batch.schema_ref();
        let mut map = serializer.serialize_map(None)?;
        for (field, array) in schema.fields().iter().zip(self.batch.columns()) {
            let instant = self.instants.contains(field.name());
            map.serialize_entry(field.name(), &Value { array, row: self.row, instant })?;
        }
        map.end()
    }
}

/// One value of a column.
#[derive(Debug, Clone, Copy)]
struct Value<'b> {
    array: &'b ArrayRef,
    row: usize,
    instant: bool,
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { array, row, .. } = *self;
        if array.is_null(row) {
            return to.serialize_unit();
        }
        match array.data_type() {
            // A column of nothing but nulls.
            DataType::Null => to.serialize_unit(),
            DataType::Boolean => to.serialize_bool(array.as_boolean().value(row)),
            DataType::Int8 => to.serialize_i8(self.native::<Int8Type>()),
            DataType::Int16 => to.serialize_i16(self.native::<Int16Type>()),
            DataType::Int32 => to.serialize_i32(self.native::<Int32Type>()),
            DataType::Int64 => to.serialize_i64(self.native::<Int64Type>()),
            DataType::UInt8 => to.serialize_u8(self.native::<UInt8Type>()),
            DataType::UInt16 => to.serialize_u16(self.native::<UInt16Type>()),
            DataType::UInt32 => to.serialize_u32(self.native::<UInt32Type>()),
            DataType::UInt64 => to.serialize_u64(self.native::<UInt64Type>()),
            DataType::Float16 => float(self.native::<Float16Type>().to_f64(), to),
            DataType::Float32 => single(self.native::<Float32Type>(), to),
            DataType::Float64 => float(self.native::<Float64Type>(), to),
            DataType::Utf8 => to.serialize_str(array.as_string::<i32>().value(row)),
            DataType::LargeUtf8 => to.serialize_str(array.as_string::<i64>().value(row)),
            DataType::Utf8View => to.serialize_str(array.as_string_view().value(row)),
            DataType::Binary => bytes(array.as_binary::<i32>().value(row), to),
            DataType::LargeBinary => bytes(array.as_binary::<i64>().value(row), to),
            DataType::BinaryView => bytes(array.as_binary_view().value(row), to),
            DataType::FixedSizeBinary(16) => uuid(array.as_fixed_size_binary().value(row), to),
            DataType::FixedSizeBinary(_) => bytes(array.as_fixed_size_binary().value(row), to),
            DataType::Decimal128(_, scale) => {
                to.serialize_str(&decimal(&self.native::<Decimal128Type>().to_string(), *scale))
            }
            DataType::Date32 => date(i64::from(self.native::<Date32Type>()), to),
            DataType::Date64 => date(self.native::<Date64Type>().div_euclid(1_000 * SECONDS_A_DAY), to),
            DataType::Timestamp(unit, zone) => self.time(*unit, zone.is_some() || self.instant, to),
            DataType::Struct(_) => self.members(to),
            DataType::List(_) => self.elements(&array.as_list::<i32>().value(row), to),
            DataType::LargeList(_) => self.elements(&array.as_list::<i64>().value(row), to),
            // A map or an interval has no place in an event; what is bound to it is of the wrong type.
            _ => to.serialize_seq(Some(0))?.end(),
        }
    }
}

impl Value<'_> {
    fn native<T: ArrowPrimitiveType>(&self) -> T::Native {
        let array: &PrimitiveArray<T> = self.array.as_primitive();
        array.value(self.row)
    }

    fn time<S: Serializer>(&self, unit: TimeUnit, instant: bool, to: S) -> Result<S::Ok, S::Error> {
        let nanoseconds = match unit {
            TimeUnit::Second => i128::from(self.native::<TimestampSecondType>()) * 1_000_000_000,
            TimeUnit::Millisecond => i128::from(self.native::<TimestampMillisecondType>()) * 1_000_000,
            TimeUnit::Microsecond => i128::from(self.native::<TimestampMicrosecondType>()) * 1_000,
            TimeUnit::Nanosecond => i128::from(self.native::<TimestampNanosecondType>()),
        };
        match Timestamp::from_nanosecond(nanoseconds) {
            Ok(time) if instant => to.collect_str(&time),
            Ok(time) => to.collect_str(&TimeZone::UTC.to_datetime(time)),
            Err(_) => to.serialize_str("beyond the year 9999"),
        }
    }

    fn members<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let record = self.array.as_struct();
        let mut map = to.serialize_map(Some(record.num_columns()))?;
        for (field, array) in record.fields().iter().zip(record.columns()) {
            map.serialize_entry(field.name(), &Value { array, ..*self })?;
        }
        map.end()
    }

    fn elements<S: Serializer>(&self, array: &ArrayRef, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(array.len()))?;
        for row in 0..array.len() {
            list.serialize_element(&Value { array, row, instant: self.instant })?;
        }
        list.end()
    }
}

fn float<S: Serializer>(number: f64, to: S) -> Result<S::Ok, S::Error> {
    match number {
        _ if number.is_nan() => to.serialize_unit(),
        // No JSON number: whatever is bound to it refuses the text.
        _ if number.is_infinite() => to.serialize_str("infinite"),
        whole if whole.fract() == 0.0 && whole.abs() < EXACT => to.serialize_i64(whole as i64),
        _ => to.serialize_f64(number),
    }
}

/// In as few digits as tell it from other float32 values: 0.1, not 0.10000000149011612.
fn single<S: Serializer>(number: f32, to: S) -> Result<S::Ok, S::Error> {
    let special = !number.is_finite() || number.fract() == 0.0;
    if special { float(f64::from(number), to) } else { to.serialize_f32(number) }
}

/// Some writers leave out that a column of bytes is text.
fn bytes<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => to.serialize_str(text),
        Err(_) => to.serialize_seq(Some(0))?.end(),
    }
}

/// Sixteen bytes are an identifier, which JSON writes in groups.
fn uuid<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        write_hex(&[*byte], &mut text);
    }
    to.serialize_str(&text)
}

/// `digits` × 10^-`scale`, written out.
fn decimal(digits: &str, scale: i8) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let places = usize::from(scale.unsigned_abs());
    match scale {
        0 => format!("{sign}{digits}"),
        1.. => {
            let digits = format!("{digits:0>width$}", width = places + 1);
            let (whole, fraction) = digits.split_at(digits.len() - places);
            format!("{sign}{whole}.{fraction}")
        }
        _ => format!("{sign}{digits}{}", "0".repeat(places)),
    }
}

fn date<S: Serializer>(days: i64, to: S) -> Result<S::Ok, S::Error> {
    let epoch = Date::constant(1970, 1, 1);
    let date = Span::new().try_days(days).and_then(|span| epoch.checked_add(span));
    match date {
        Ok(date) => to.collect_str(&date),
        Err(_) => to.serialize_str("beyond the year 9999"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use arrow_array::{
        BinaryArray, Date32Array, Decimal128Array, FixedSizeBinaryArray, Float32Array, Float64Array,
        Int32Array, LargeStringArray, NullArray, StringArray, StructArray, TimestampMicrosecondArray,
        TimestampNanosecondArray, UInt64Array,
    };
    use std::sync::Arc;

    fn json(columns: Vec<(&str, ArrayRef)>) -> String {
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        );
        let row = JsonRow { batch: &batch.unwrap(), instants: &["old".to_owned()], row: 0 };
        serde_json::to_string(&row).unwrap()
    }

    #[test]
    fn numbers_keep_their_digits_and_whole_floats_are_whole_numbers() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("small", Arc::new(Int32Array::from(vec![-7]))),
            ("large", Arc::new(UInt64Array::from(vec![u64::MAX]))),
            ("whole", Arc::new(Float64Array::from(vec![4711.0]))),
            ("part", Arc::new(Float64Array::from(vec![0.1]))),
            ("single", Arc::new(Float32Array::from(vec![0.1]))),
            ("gap", Arc::new(Float64Array::from(vec![f64::NAN]))),
            ("endless", Arc::new(Float32Array::from(vec![f32::NEG_INFINITY]))),
        ];
        let expected = r#"{"small":-7,"large":18446744073709551615,"whole":4711,"part":0.1,"single":0.1,"gap":null,"endless":"infinite"}"#;
        assert_eq!(json(columns), expected);
    }

    #[test]
    fn decimals_are_text_with_all_their_places() {
        for (digits, scale, expected) in
            [(1234, 2, "12.34"), (-5, 3, "-0.005"), (70, 0, "70"), (12, -2, "1200"), (0, 2, "0.00")]
        {
            assert_eq!(decimal(&i64::to_string(&digits), scale), expected);
        }
        let column = Decimal128Array::from(vec![-1999]).with_precision_and_scale(10, 2).unwrap();
        assert_eq!(json(vec![("d", Arc::new(column))]), r#"{"d":"-19.99"}"#);
    }

    #[test]
    fn instants_are_written_in_utc_and_local_times_without_a_zone() {
        let utc = TimestampMicrosecondArray::from(vec![1_764_500_000_250_000]).with_timezone("UTC");
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("at", Arc::new(utc)),
            ("local", Arc::new(TimestampMicrosecondArray::from(vec![1_764_500_000_250_000]))),
            ("old", Arc::new(TimestampNanosecondArray::from(vec![1_764_500_000_000_000_000]))),
            ("day", Arc::new(Date32Array::from(vec![20_000]))),
        ];
        let expected = r#"{"at":"2025-11-30T10:53:20.25Z","local":"2025-11-30T10:53:20.25","old":"2025-11-30T10:53:20Z","day":"2024-10-04"}"#;
        assert_eq!(json(columns), expected);
    }

    #[test]
    fn texts_in_any_column_type_are_text_and_structs_are_objects() {
        let id =
            [0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0];
        let inner: ArrayRef = Arc::new(StringArray::from(vec!["tea \"green\""]));
        let field = Arc::new(arrow_schema::Field::new("name", DataType::Utf8, true));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("large", Arc::new(LargeStringArray::from(vec!["a"]))),
            ("bytes", Arc::new(BinaryArray::from_vec(vec![b"b"]))),
            ("raw", Arc::new(BinaryArray::from_vec(vec![&[0xff]]))),
            ("uuid", Arc::new(FixedSizeBinaryArray::try_from_iter([id].iter()).unwrap())),
            ("item", Arc::new(StructArray::from(vec![(field, inner)]))),
            ("none", Arc::new(StringArray::from(vec![None::<&str>]))),
            ("void", Arc::new(NullArray::new(1))),
        ];
        let expected = r#"{"large":"a","bytes":"b","raw":[],"uuid":"123e4567-e89b-12d3-a456-426614174000","item":{"name":"tea \"green\""},"none":null,"void":null}"#;
        assert_eq!(json(columns), expected);
    }
}
