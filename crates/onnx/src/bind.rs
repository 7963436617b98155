//! Comparing a session's inputs and outputs with its contract.

use crate::runtime::Runtime;
use crate::session::{self, BoundSession, Port};
use bystander_core::contract::{Contract, Feature, InputLayout, ScoreOutput};
use bystander_core::input::ElementType;
use bystander_models::{CheckFailure, RefusalKind};
use ort::session::Session;
use ort::value::{Outlet, TensorElementType};

/// Builds a session and binds it to the contract.
pub(crate) fn bind(
    runtime: &Runtime,
    bytes: &[u8],
    contract: &Contract,
) -> Result<BoundSession, CheckFailure> {
    let session = session::build(runtime, bytes)?;
    let ports = match &contract.input {
        InputLayout::Matrix { name, element } => {
            matrix(session.inputs(), name, *element, contract.features.len())?;
            Vec::new()
        }
        InputLayout::Columns {} => columns(session.inputs(), &contract.features)?,
    };
    output(&session, &contract.output)?;
    BoundSession::new(session, ports, &contract.output).map_err(|error| {
        CheckFailure::new(RefusalKind::Session, error.to_string(), "see ONNX Runtime's message")
    })
}

fn matrix(inputs: &[Outlet], name: &str, element: ElementType, width: usize) -> Result<(), CheckFailure> {
    let [input] = inputs else {
        if let Some(wide) = inputs.iter().find(|input| is_wide(input)) {
            return Err(grouped(wide));
        }
        let what = format!("the graph has the inputs {}, not one matrix", outlets(inputs));
        let fix = format!(
            "set input.layout = \"columns\", remove input.name and input.type, and list one feature for each input, each with \
             its name and type: {}",
            typed(inputs)
        );
        return Err(CheckFailure::new(RefusalKind::InputName, what, fix));
    };
    if input.name() != name {
        let what = format!("the graph's input is `{}`, the contract's `{name}`", input.name());
        let fix = format!("set input.name = \"{}\" in contract.toml", input.name());
        return Err(CheckFailure::new(RefusalKind::InputName, what, fix));
    }
    of_type(input, element, "input.type")?;
    match dimensions(input) {
        [batch, columns] => {
            dynamic_batch(input, *batch)?;
            if *columns > 0 && usize::try_from(*columns) != Ok(width) {
                let what = format!("input `{name}` has {columns} columns, the contract {width} features");
                let fix = "list the features in contract.toml exactly as the matrix was trained";
                return Err(CheckFailure::new(RefusalKind::InputShape, what, fix));
            }
            Ok(())
        }
        other => {
            let what = format!("input `{name}` has shape {}, not [rows, {width}]", shape(other));
            let fix = format!("export it with the input shape [None, {width}]");
            Err(CheckFailure::new(RefusalKind::InputShape, what, fix))
        }
    }
}

fn columns(inputs: &[Outlet], features: &[Feature]) -> Result<Vec<Port>, CheckFailure> {
    let count = |input: &Outlet| features.iter().filter(|one| one.input_name() == input.name()).count();
    if let [input] = inputs
        && count(input) < features.len()
        && (is_wide(input) || features.len() > 1 && dimensions(input).len() == 2)
    {
        return Err(not_columns(input));
    }
    if let Some(wide) = inputs.iter().find(|input| is_wide(input) && count(input) <= 1) {
        return Err(grouped(wide));
    }
    if let Some(feature) = features.iter().find(|f| inputs.iter().all(|input| input.name() != f.input_name()))
    {
        let what = format!("feature `{}` is not an input of the graph", feature.input_name());
        let fix = format!("list one feature for each input, each with its name and type: {}", typed(inputs));
        return Err(CheckFailure::new(RefusalKind::InputName, what, fix));
    }
    inputs.iter().map(|input| column(input, features)).collect()
}

fn column(input: &Outlet, features: &[Feature]) -> Result<Port, CheckFailure> {
    let name = input.name();
    let found: Vec<usize> =
        (0..features.len()).filter(|index| features[*index].input_name() == name).collect();
    if found.is_empty() {
        let what = format!("the graph's input `{name}` has no feature");
        let fix = format!("add a feature named `{name}` to contract.toml");
        return Err(CheckFailure::new(RefusalKind::InputName, what, fix));
    }
    for feature in found.iter().map(|index| &features[*index]) {
        if let Some(element) = feature.element {
            of_type(input, element, &format!("type of feature `{}`", feature.name))?;
        }
    }
    let flat = match (dimensions(input), found.len()) {
        ([batch], 1) => dynamic_batch(input, *batch).map(|()| true)?,
        ([batch, -1..=1], 1) => dynamic_batch(input, *batch).map(|()| false)?,
        ([batch, width], count) if *width <= 0 || usize::try_from(*width) == Ok(count) => {
            dynamic_batch(input, *batch).map(|()| false)?
        }
        ([_, width], count) => {
            let what = format!("input `{name}` takes {width} columns, and {count} features name it");
            let fix = format!("list exactly its columns, in their order, with input = \"{name}\"");
            return Err(CheckFailure::new(RefusalKind::InputShape, what, fix));
        }
        (other, _) => {
            let what = format!("input `{name}` has shape {}, not [rows, 1]", shape(other));
            let fix = "export the model with one column per input, shape [None, 1]";
            return Err(CheckFailure::new(RefusalKind::InputShape, what, fix));
        }
    };
    Ok(Port { columns: found, flat })
}

/// Whether an input takes several columns at once.
fn is_wide(input: &Outlet) -> bool {
    matches!(dimensions(input), [_, columns] if *columns > 1)
}

/// The columns layout for a graph with one matrix.
fn not_columns(input: &Outlet) -> CheckFailure {
    let name = input.name();
    let what = format!(
        "the graph has one input `{name}` of shape {}, not one per feature",
        shape(dimensions(input))
    );
    let fix = match element(input) {
        Some(element) => format!(
            "set input.layout = \"matrix\", input.name = \"{name}\" and input.type = \"{}\", and remove type from every feature",
            element.name()
        ),
        None => "export the model with float32 inputs".to_owned(),
    };
    CheckFailure::new(RefusalKind::InputName, what, fix)
}

/// A graph that takes several columns at once beside other inputs, as a pipeline over groups of columns is exported.
fn grouped(input: &Outlet) -> CheckFailure {
    let (name, shape) = (input.name(), shape(dimensions(input)));
    let what = format!("input `{name}` takes a group of columns, shape {shape}, beside other inputs");
    let element =
        element(input).map_or(String::new(), |element| format!(" and type = \"{}\"", element.name()));
    let fix = format!(
        "set input.layout = \"columns\" and list the columns of `{name}` as features in their order, each with input = \"{name}\"{element}"
    );
    CheckFailure::new(RefusalKind::InputShape, what, fix)
}

fn element(input: &Outlet) -> Option<ElementType> {
    input.dtype().tensor_type().and_then(element_of)
}

/// Inputs with their types as contracts write them.
fn typed(inputs: &[Outlet]) -> String {
    let one = |input: &Outlet| match element(input) {
        Some(element) => format!("`{}` \"{}\"", input.name(), element.name()),
        None => format!("`{}`", input.name()),
    };
    inputs.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn output(session: &Session, output: &ScoreOutput) -> Result<(), CheckFailure> {
    let wrong = |what: String, fix: String| Err(CheckFailure::new(RefusalKind::Output, what, fix));
    let name = &output.name;
    let Some(outlet) = session.outputs().iter().find(|outlet| outlet.name() == name) else {
        let there = outlets(session.outputs());
        let fix = format!("set output.name to one of {there}");
        return wrong(format!("output `{name}` is not among the graph's outputs {there}"), fix);
    };
    let floats = [TensorElementType::Float16, TensorElementType::Float32, TensorElementType::Float64];
    if !outlet.dtype().tensor_type().is_some_and(|kind| floats.contains(&kind)) {
        let what = format!("output `{name}` is {}, not a float or double tensor", outlet.dtype());
        return wrong(what, "name the output of probabilities or predictions, not of labels".to_owned());
    }
    match (dimensions(outlet), output.column) {
        ([_, columns], None) if *columns > 1 => wrong(
            format!("output `{name}` has {columns} columns and the contract names none"),
            "set output.column, such as 1 for the second class".to_owned(),
        ),
        ([_, columns], Some(column)) if *columns > 0 && !below(column, *columns) => wrong(
            format!("output `{name}` has {columns} columns, there is no column {column}"),
            format!("set output.column to a number below {columns}"),
        ),
        ([_], Some(column)) => wrong(
            format!("output `{name}` has one score per row, there is no column {column}"),
            "remove output.column".to_owned(),
        ),
        ([_, _, _, ..], _) => wrong(
            format!("output `{name}` has shape {}, not [rows] or [rows, columns]", shape(dimensions(outlet))),
            "export the model with one row of scores per row of inputs".to_owned(),
        ),
        _ => Ok(()),
    }
}

fn below(column: usize, columns: i64) -> bool {
    i64::try_from(column).is_ok_and(|column| column < columns)
}

fn of_type(input: &Outlet, element: ElementType, key: &str) -> Result<(), CheckFailure> {
    let there = input.dtype().tensor_type();
    if there == Some(tensor_type(element)) {
        return Ok(());
    }
    let known = there.and_then(element_of);
    let word = known.map_or_else(|| input.dtype().to_string(), |known| known.name().to_owned());
    let what = format!("input `{}` is {word}, the contract says {}", input.name(), element.name());
    let fix = match known {
        Some(element) => {
            format!("set {key} to \"{}\", or export the model with {}", element.name(), element.name())
        }
        None => {
            "export the model with float16, float32, float64, int32, int64, bool or string inputs".to_owned()
        }
    };
    Err(CheckFailure::new(RefusalKind::InputType, what, fix))
}

const ALL: [ElementType; 7] = [
    ElementType::Float16,
    ElementType::Float32,
    ElementType::Float64,
    ElementType::Int32,
    ElementType::Int64,
    ElementType::Bool,
    ElementType::String,
];

fn element_of(kind: TensorElementType) -> Option<ElementType> {
    ALL.into_iter().find(|element| tensor_type(*element) == kind)
}

fn tensor_type(element: ElementType) -> TensorElementType {
    match element {
        ElementType::Float32 => TensorElementType::Float32,
        ElementType::Float64 => TensorElementType::Float64,
        ElementType::Float16 => TensorElementType::Float16,
        ElementType::Int32 => TensorElementType::Int32,
        ElementType::Int64 => TensorElementType::Int64,
        ElementType::Bool => TensorElementType::Bool,
        ElementType::String => TensorElementType::String,
    }
}

/// An unset batch dimension reads as 0 or -1.
fn dynamic_batch(input: &Outlet, batch: i64) -> Result<(), CheckFailure> {
    if batch <= 0 {
        return Ok(());
    }
    let what = format!("input `{}` takes exactly {batch} rows", input.name());
    let fix = format!(
        "export with a free batch dimension: `dynamic_axes={{'{}': {{0: 'batch'}}}}` (PyTorch), or shape \
         [None, …] (skl2onnx, onnxmltools)",
        input.name()
    );
    Err(CheckFailure::new(RefusalKind::FixedBatch, what, fix))
}

fn dimensions(outlet: &Outlet) -> &[i64] {
    outlet.dtype().tensor_shape().map_or(&[], |shape| shape)
}

fn shape(dimensions: &[i64]) -> String {
    let word = |&length: &i64| if length > 0 { length.to_string() } else { "?".to_owned() };
    format!("[{}]", dimensions.iter().map(word).collect::<Vec<_>>().join(", "))
}

fn outlets(outlets: &[Outlet]) -> String {
    outlets.iter().map(|outlet| format!("`{}`", outlet.name())).collect::<Vec<_>>().join(", ")
}
