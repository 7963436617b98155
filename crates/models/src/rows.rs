//! Copying chosen rows from one model input to another of the same layout.

use bystander_core::input::{Column, ModelInput, TextColumn};

/// Replaces what `target` holds by the named rows of `source`, in that order.
///
/// Rows that `source` doesn't have, and columns of another type, are left out; callers give neither.
pub(crate) fn copy_rows<I: Iterator<Item = usize> + Clone>(
    source: &ModelInput,
    rows: I,
    target: &mut ModelInput,
) {
    target.truncate(0);
    match (source, target) {
        (ModelInput::MatrixF32 { data, width }, ModelInput::MatrixF32 { data: copy, .. }) => {
            rows.for_each(|row| copy.extend_from_slice(row_of(data, row, *width)));
        }
        (ModelInput::MatrixF64 { data, width }, ModelInput::MatrixF64 { data: copy, .. }) => {
            rows.for_each(|row| copy.extend_from_slice(row_of(data, row, *width)));
        }
        (ModelInput::Matrix { data, width }, ModelInput::Matrix { data: copy, .. }) => {
            copy_column(data, rows.flat_map(|row| row * width..(row + 1) * width), copy);
        }
        (ModelInput::Columns(columns), ModelInput::Columns(copies)) => {
            for (column, copy) in columns.iter().zip(copies) {
                copy_column(column, rows.clone(), copy);
            }
        }
        _ => {}
    }
}

/// The named rows of `source` as an input of their own.
pub(crate) fn pick<I: Iterator<Item = usize> + Clone>(source: &ModelInput, rows: I) -> ModelInput {
    let mut target = empty_like(source);
    copy_rows(source, rows, &mut target);
    target
}

/// An input of the same layout without rows.
pub(crate) fn empty_like(input: &ModelInput) -> ModelInput {
    input.slice(0..0)
}

fn row_of<T>(data: &[T], row: usize, width: usize) -> &[T] {
    data.get(row * width..(row + 1) * width).unwrap_or_default()
}

fn copy_column(column: &Column, rows: impl Iterator<Item = usize>, copy: &mut Column) {
    match (column, copy) {
        (Column::F32(from), Column::F32(to)) => to.extend(rows.filter_map(|row| from.get(row))),
        (Column::F64(from), Column::F64(to)) => to.extend(rows.filter_map(|row| from.get(row))),
        (Column::F16(from), Column::F16(to)) => to.extend(rows.filter_map(|row| from.get(row))),
        (Column::I32(from), Column::I32(to)) => to.extend(rows.filter_map(|row| from.get(row))),
        (Column::I64(from), Column::I64(to)) => to.extend(rows.filter_map(|row| from.get(row))),
        (Column::Bool(from), Column::Bool(to)) => to.extend(rows.filter_map(|row| from.get(row))),
        (Column::Text(from), Column::Text(to)) => copy_text(from, rows, to),
        _ => {}
    }
}

fn copy_text(from: &TextColumn, rows: impl Iterator<Item = usize>, to: &mut TextColumn) {
    let values: Vec<&str> = from.iter().collect();
    rows.filter_map(|row| values.get(row)).for_each(|value| to.push(value));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    #[test]
    fn rows_of_a_matrix_come_in_the_order_asked_for() {
        let matrix = ModelInput::MatrixF32 { data: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], width: 2 };
        let picked = pick(&matrix, [2, 0, 2].into_iter());
        assert_eq!(picked, ModelInput::MatrixF32 { data: vec![5.0, 6.0, 1.0, 2.0, 5.0, 6.0], width: 2 });
    }

    #[test]
    fn every_type_of_column_is_copied() {
        let mut text = TextColumn::default();
        text.push("a");
        text.push("bc");
        let columns = ModelInput::Columns(vec![
            Column::F32(vec![1.0, 2.0]),
            Column::F64(vec![1.0, 2.0]),
            Column::I64(vec![1, 2]),
            Column::Bool(vec![true, false]),
            Column::Text(text),
        ]);
        let ModelInput::Columns(picked) = pick(&columns, [1, 1, 0].into_iter()) else { panic!("columns") };
        assert_eq!(picked[0], Column::F32(vec![2.0, 2.0, 1.0]));
        assert_eq!(picked[1], Column::F64(vec![2.0, 2.0, 1.0]));
        assert_eq!(picked[2], Column::I64(vec![2, 2, 1]));
        assert_eq!(picked[3], Column::Bool(vec![false, false, true]));
        let Column::Text(text) = &picked[4] else { panic!("text") };
        assert_eq!(text.iter().collect::<Vec<_>>(), ["bc", "bc", "a"]);
    }
}
