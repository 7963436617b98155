//! A contract compiled against a stream's bound fields.

use super::column::ColumnPlan;
use super::observed::ObservedFeature;
use super::value::FeatureValue;
use crate::contract::{Contract, FeatureSource, Golden, SCHEMA, ScoreOutput};
use crate::extract::{FieldNames, FieldTreeBuilder, Fields};
use crate::input::{Column, ElementType, ModelInput};
use crate::money::AmountReading;
use crate::problem::Problem;
use crate::rejection::Rejection;

/// How a stream holds what contracts name.
#[derive(Debug, Clone)]
pub struct FeatureBinding<'a> {
    /// Where.
    pub names: &'a FieldNames,
    pub(crate) amounts: AmountReading,
}

impl<'a> FeatureBinding<'a> {
    /// Fields under these names, and amounts in minor units.
    pub fn new(names: &'a FieldNames) -> Self {
        Self { names, amounts: AmountReading::default() }
    }
}

/// How to make one model's rows.
#[derive(Debug, Clone)]
pub struct FeaturePlan {
    columns: Vec<ColumnPlan>,
    fed: Vec<ObservedFeature>,
    matrix: Option<ElementType>,
}

impl FeaturePlan {
    /// Compiles `contract`; the fields it needs are added to `tree`.
    ///
    /// # Errors
    /// Everything that is wrong in the contract, at once.
    pub fn compile(
        contract: &Contract,
        binding: &FeatureBinding<'_>,
        tree: &mut FieldTreeBuilder,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = check_whole(contract);
        let matrix = contract.input.matrix();
        let mut columns = Vec::new();
        for (index, feature) in contract.features.iter().enumerate() {
            match ColumnPlan::compile(feature, &contract.input, binding, tree) {
                Ok(column) => columns.push(column),
                Err(found) => {
                    problems.extend(found.into_iter().map(|one| one.under(&format!("features[{index}]"))));
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let fed = contract.features.iter().map(|feature| ObservedFeature::new(feature, contract)).collect();
        Ok(Self { columns, fed, matrix })
    }

    /// An empty input of the right layout.
    pub fn new_input(&self) -> ModelInput {
        let width = self.columns.len();
        match self.matrix {
            Some(ElementType::Float64) => ModelInput::MatrixF64 { data: Vec::new(), width },
            Some(ElementType::Float32) => ModelInput::MatrixF32 { data: Vec::new(), width },
            Some(element) => ModelInput::Matrix { data: Column::new(element), width },
            None => {
                ModelInput::Columns(self.columns.iter().map(|column| Column::new(column.element)).collect())
            }
        }
    }

    /// Appends one row. After an error the row is half written: truncate.
    ///
    /// # Errors
    /// At the feature stage, naming the field.
    pub fn push<'a>(&self, fields: &Fields<'a>, input: &mut ModelInput) -> Result<(), Rejection<'a>> {
        match input {
            ModelInput::MatrixF32 { data, .. } => {
                self.columns.iter().try_for_each(|column| column.push_f32(fields, data))
            }
            ModelInput::MatrixF64 { data, .. } => {
                self.columns.iter().try_for_each(|column| column.push_f64(fields, data))
            }
            ModelInput::Matrix { data, .. } => {
                self.columns.iter().try_for_each(|column| column.push(fields, data))
            }
            ModelInput::Columns(tensors) => {
                self.columns.iter().zip(tensors).try_for_each(|(column, tensor)| column.push(fields, tensor))
            }
        }
    }

    /// What a row of [`new_input`](Self::new_input) says, by feature, in the contract's order.
    pub(crate) fn show<'a>(
        &'a self,
        input: &'a ModelInput,
        row: usize,
    ) -> impl Iterator<Item = (&'a str, FeatureValue<'a>)> {
        let columns = self.fed.iter().enumerate();
        columns.map(move |(index, column)| (column.name(), column.show(input.cell(row, index))))
    }

    /// Most bytes that [`show`](Self::show)'s entries take as members of a JSON object.
    pub(crate) fn largest_json(&self) -> usize {
        self.fed.iter().map(ObservedFeature::largest_json).sum()
    }
}

fn check_whole(contract: &Contract) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |key: &str, what: String, fix: &str| problems.push(Problem::new(key, what, fix));
    if contract.schema != SCHEMA {
        wrong("schema", format!("schema {} is not known", contract.schema), "write `schema = 1`");
    }
    if contract.features.is_empty() {
        wrong("features", "no feature is listed".into(), "add a [[features]] table per column");
    }
    let mut names: Vec<_> = contract.features.iter().map(|feature| &feature.name).collect();
    names.sort();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        wrong("features", format!("`{}` is listed twice", twice[0]), "give every feature its own name");
    }
    let Golden { tolerance, relative_tolerance, .. } = &contract.golden;
    for (key, tolerance) in
        [("golden.tolerance", tolerance), ("golden.relative_tolerance", relative_tolerance)]
    {
        if !(*tolerance >= 0.0 && tolerance.is_finite()) {
            wrong(key, format!("{tolerance} is not a number from 0 on"), "write one such as 1e-6");
        }
    }
    if contract.output == (ScoreOutput { name: String::new(), column: contract.output.column }) {
        wrong("output.name", "the output has no name".into(), "write the graph output's name");
    }
    problems
}

impl ColumnPlan {
    pub(super) fn needs_two_times(source: FeatureSource) -> bool {
        source == FeatureSource::SecondsBetween
    }
}
