//! One ONNX Runtime session, bound to its contract's inputs and output.

use crate::deadline::Run;
use crate::runtime::Runtime;
use bystander_core::contract::ScoreOutput;
use bystander_core::input::{Column, ModelInput};
use bystander_core::record::Position;
use bystander_models::{CheckFailure, RefusalKind, Session as ModelSession, Unscored};
use half::f16;
use ort::logging::LogLevel;
use ort::session::builder::SessionBuilder;
use ort::session::{OutputSelector, RunOptions, Session, SessionInputValue};
use ort::value::{DynValue, Tensor, TensorRef};
use std::fmt::Display;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// How one graph input is fed from a column, or from several side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Port {
    /// Indexes of the columns in the contract's order.
    pub(crate) columns: Vec<usize>,
    /// Whether the graph wants `[rows]` instead of `[rows × 1]`.
    pub(crate) flat: bool,
}

/// Builds a session from bytes that were checked: one thread, in order, no spinning.
///
/// Nothing that ONNX Runtime could read beside the bytes is used, and memory patterns are off because they are
/// kept per shape and batches vary.
pub(crate) fn build(runtime: &Runtime, bytes: &[u8]) -> Result<Session, CheckFailure> {
    let refuse = |reason: String| {
        if reason.contains("locale") {
            let what = format!("an operator needs a locale that this machine lacks: {reason}");
            let fix = "install the locale on this machine (on Debian: the package locales, then locale-gen with en_US.UTF-8), or \
                       set the operator's attribute locale to \"C\" when exporting";
            return CheckFailure::new(RefusalKind::Session, what, fix);
        }
        let what = format!("ONNX Runtime can't build a session from it: {reason}");
        CheckFailure::new(
            RefusalKind::Session,
            what,
            "export it anew for an operator set that ONNX Runtime 1.31 knows",
        )
    };
    let builder = options(runtime).map_err(|error| refuse(error.to_string()));
    builder?.commit_from_memory(bytes).map_err(|error| refuse(error.to_string()))
}

fn options(runtime: &Runtime) -> Result<SessionBuilder, ort::Error> {
    let builder = runtime
        .session_builder()?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_parallel_execution(false)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        .with_memory_pattern(false)?
        .with_config_entry("session.load_model_format", "ONNX")?
        .with_log_level(LogLevel::Warning)?;
    Ok(builder)
}

/// A session with the knowledge of what goes in and where the score comes out.
pub(crate) struct BoundSession {
    session: Session,
    run: Arc<Run>,
    ports: Vec<Port>,
    output: ScoreOutput,
}

impl BoundSession {
    /// Binds a session whose signature was checked; `ports` are in the order of the graph's inputs.
    ///
    /// Only the score is asked for: LightGBM's exporter declares a label shape that ONNX Runtime would warn
    /// about. And runs log errors alone, for what is worth a warning would come with every batch.
    pub(crate) fn new(session: Session, ports: Vec<Port>, output: &ScoreOutput) -> Result<Self, ort::Error> {
        let selector = OutputSelector::no_default().with(output.name.as_str());
        let mut options = RunOptions::new()?.with_outputs(selector);
        options.set_log_level(LogLevel::Error)?;
        let run = Run::new(options)
            .map_err(|error| ort::Error::new(format!("no thread for deadlines: {error}")))?;
        Ok(Self { session, run, ports, output: output.clone() })
    }

    /// The calls of the runtime, and their deadline.
    pub(crate) fn run(&self) -> &Run {
        &self.run
    }
}

impl ModelSession for BoundSession {
    fn score(
        &mut self,
        input: &ModelInput,
        rows: Range<usize>,
        scores: &mut Vec<f64>,
    ) -> Result<(), Unscored> {
        let count = rows.len();
        let run = &*self.run;
        let outcome = match input {
            ModelInput::MatrixF32 { data, width } => {
                let part = data.get(rows.start * width..rows.end * width).ok_or("rows out of range")?;
                let tensor = TensorRef::from_array_view(([count, *width], part)).map_err(text)?;
                run.begin();
                self.session.run_with_options(ort::inputs![tensor], run.options())
            }
            ModelInput::MatrixF64 { data, width } => {
                let part = data.get(rows.start * width..rows.end * width).ok_or("rows out of range")?;
                let tensor = TensorRef::from_array_view(([count, *width], part)).map_err(text)?;
                run.begin();
                self.session.run_with_options(ort::inputs![tensor], run.options())
            }
            ModelInput::Matrix { data, width } => {
                let values = rows.start * width..rows.end * width;
                let tensor = column_tensor(data, &[count, *width], values)?;
                run.begin();
                self.session.run_with_options([tensor].as_slice(), run.options())
            }
            ModelInput::Columns(columns) => {
                let tensors = tensors(&self.ports, columns, &rows)?;
                run.begin();
                self.session.run_with_options(tensors.as_slice(), run.options())
            }
        };
        let in_time = run.finish();
        let outputs = match outcome {
            Ok(outputs) => outputs,
            Err(_) if !in_time => return Err(Unscored::Late(run.deadline())),
            Err(error) => return Err(Unscored::Refused(text(error))),
        };
        let value = outputs.get(&self.output.name).ok_or("the output is missing")?;
        Ok(read(value, count, self.output.column, scores)?)
    }

    fn limit(&mut self, deadline: Duration) {
        self.run.limit(deadline);
    }

    fn about(&mut self, topic: &str, first: Position) {
        self.run.about(topic, first);
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

fn tensors<'a>(
    ports: &[Port],
    columns: &'a [Column],
    rows: &Range<usize>,
) -> Result<Vec<SessionInputValue<'a>>, String> {
    let tensor = |port: &Port| {
        let found = port.columns.iter().map(|index| columns.get(*index).ok_or("a column is missing"));
        let found = found.collect::<Result<Vec<&Column>, _>>()?;
        match found.as_slice() {
            [column] => {
                let shape: &[usize] = if port.flat { &[rows.len()] } else { &[rows.len(), 1] };
                column_tensor(column, shape, rows.clone())
            }
            group => group_tensor(group, rows),
        }
    };
    ports.iter().map(tensor).collect()
}

/// Columns of one type side by side.
fn group_tensor<'a>(columns: &[&Column], rows: &Range<usize>) -> Result<SessionInputValue<'a>, String> {
    if columns.iter().any(|column| rows.end > column.len()) {
        return Err("rows out of range".to_owned());
    }
    let shape = vec![rows.len(), columns.len()];
    macro_rules! numbers {
        ($kind:ident) => {{
            let values = interleaved(columns, rows, |column| match column {
                Column::$kind(values) => Some(values.as_slice()),
                _ => None,
            });
            Tensor::from_array((shape, values)).map_err(text)?.into()
        }};
    }
    let value: SessionInputValue<'a> = match columns.first() {
        Some(Column::F32(_)) => numbers!(F32),
        Some(Column::F64(_)) => numbers!(F64),
        Some(Column::F16(_)) => numbers!(F16),
        Some(Column::I32(_)) => numbers!(I32),
        Some(Column::I64(_)) => numbers!(I64),
        Some(Column::Bool(_)) => numbers!(Bool),
        _ => {
            let texts = |column: &&Column| match column {
                Column::Text(values) => {
                    values.iter().skip(rows.start).take(rows.len()).map(str::to_owned).collect()
                }
                _ => Vec::new(),
            };
            let each: Vec<Vec<String>> = columns.iter().map(texts).collect();
            let part: Vec<String> = (0..rows.len())
                .flat_map(|row| each.iter().filter_map(move |column| column.get(row).cloned()))
                .collect();
            Tensor::from_string_array((shape, part.as_slice())).map_err(text)?.into()
        }
    };
    Ok(value)
}

/// Row by row the values of all columns that `of` knows.
fn interleaved<T: Copy>(
    columns: &[&Column],
    rows: &Range<usize>,
    of: impl Fn(&Column) -> Option<&[T]> + Copy,
) -> Vec<T> {
    let row = |row: usize| columns.iter().filter_map(move |column| of(column)?.get(row).copied());
    rows.clone().flat_map(row).collect()
}

fn column_tensor<'a>(
    column: &'a Column,
    shape: &[usize],
    rows: Range<usize>,
) -> Result<SessionInputValue<'a>, String> {
    let shape = shape.to_vec();
    if rows.end > column.len() {
        return Err("rows out of range".to_owned());
    }
    let value: SessionInputValue<'a> = match column {
        Column::F32(values) => TensorRef::from_array_view((shape, &values[rows])).map_err(text)?.into(),
        Column::F64(values) => TensorRef::from_array_view((shape, &values[rows])).map_err(text)?.into(),
        Column::F16(values) => TensorRef::from_array_view((shape, &values[rows])).map_err(text)?.into(),
        Column::I32(values) => TensorRef::from_array_view((shape, &values[rows])).map_err(text)?.into(),
        Column::I64(values) => TensorRef::from_array_view((shape, &values[rows])).map_err(text)?.into(),
        Column::Bool(values) => TensorRef::from_array_view((shape, &values[rows])).map_err(text)?.into(),
        Column::Text(values) => {
            // The runtime takes only owned strings, and copies them once more.
            let part: Vec<String> =
                values.iter().skip(rows.start).take(rows.len()).map(str::to_owned).collect();
            Tensor::from_string_array((shape, part.as_slice())).map_err(text)?.into()
        }
    };
    Ok(value)
}

/// Appends the scores of an output `[rows]`, `[rows × 1]` or, at `column`, `[rows × columns]`.
fn read(value: &DynValue, rows: usize, column: Option<usize>, scores: &mut Vec<f64>) -> Result<(), String> {
    if let Ok((shape, data)) = value.try_extract_tensor::<f32>() {
        let (stride, offset) = position(shape, rows, column)?;
        scores.extend(data.iter().skip(offset).step_by(stride).map(|&score| f64::from(score)));
    } else if let Ok((shape, data)) = value.try_extract_tensor::<f16>() {
        let (stride, offset) = position(shape, rows, column)?;
        scores.extend(data.iter().skip(offset).step_by(stride).map(|score| score.to_f64()));
    } else {
        let (shape, data) = value.try_extract_tensor::<f64>().map_err(text)?;
        let (stride, offset) = position(shape, rows, column)?;
        scores.extend(data.iter().skip(offset).step_by(stride));
    }
    Ok(())
}

/// Distance between two rows' scores and place of the first, in a row-major output of that shape.
fn position(shape: &[i64], rows: usize, column: Option<usize>) -> Result<(usize, usize), String> {
    let is_rows = |length: i64| usize::try_from(length) == Ok(rows);
    match (shape, column) {
        (&[length] | &[length, 1], None) if is_rows(length) => Ok((1, 0)),
        (&[length, width], Some(column)) if is_rows(length) => {
            let width = usize::try_from(width).ok().filter(|width| column < *width);
            width.map(|width| (width, column)).ok_or_else(|| misshapen(shape, rows, Some(column)))
        }
        _ => Err(misshapen(shape, rows, column)),
    }
}

fn misshapen(shape: &[i64], rows: usize, column: Option<usize>) -> String {
    let wanted = column.map_or("one column".to_owned(), |column| format!("a column {column}"));
    format!("the output has shape {shape:?} for {rows} rows and so not {wanted} per row")
}

#[cfg(test)]
mod tests {
    use super::{interleaved, position};
    use bystander_core::input::Column;

    fn of(column: &Column) -> Option<&[i64]> {
        match column {
            Column::I64(values) => Some(values),
            _ => None,
        }
    }

    #[test]
    fn columns_of_a_group_stand_side_by_side_in_their_order() {
        let (one, two) = (Column::I64(vec![1, 2, 3]), Column::I64(vec![10, 20, 30]));
        assert_eq!(interleaved(&[&one, &two], &(1..3), of), [2, 20, 3, 30]);
        assert_eq!(interleaved(&[&two, &one], &(0..1), of), [10, 1]);
    }

    #[test]
    fn the_score_is_found_in_every_shape_exporters_write() {
        assert_eq!(position(&[5], 5, None), Ok((1, 0)));
        assert_eq!(position(&[5, 1], 5, None), Ok((1, 0)));
        assert_eq!(position(&[5, 2], 5, Some(1)), Ok((2, 1)));
        assert_eq!(position(&[5, 1], 5, Some(0)), Ok((1, 0)));
    }

    #[test]
    fn a_shape_that_does_not_fit_is_an_error() {
        for (shape, column) in [
            (&[5, 2][..], None),
            (&[5, 2], Some(2)),
            (&[5], Some(0)),
            (&[4], None),
            (&[1, 5], None),
            (&[], None),
            (&[5, 1, 1], None),
        ] {
            assert!(position(shape, 5, column).is_err(), "{shape:?} {column:?}");
        }
    }
}
