//! Columns that hold lists and maps.

use super::arrays::Cells;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ListArray, MapArray, StructArray};
use arrow_schema::DataType;
use bystander_core::comparison::GuardrailRecord;
use bystander_core::features::FeatureValue;
use bystander_core::text::Text;
use std::borrow::Cow;
use std::ops::Range;

/// The column of guardrail steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps<'b> {
    list: &'b ListArray,
    rule: Cells<'b>,
    before: Cells<'b>,
    after: Cells<'b>,
}

impl<'b> Steps<'b> {
    pub(super) fn of(array: &'b dyn Array) -> Option<Self> {
        let list = array.as_list_opt::<i32>()?;
        let steps = list.values().as_struct_opt()?;
        let field = |name| Cells::of(steps.column_by_name(name)?);
        Some(Self { list, rule: field("rule")?, before: field("before")?, after: field("after")? })
    }

    pub(super) fn of_row(&self, row: usize) -> Option<Vec<GuardrailRecord<'b>>> {
        let step = |at| {
            let rule = Cow::Borrowed(self.rule.text(at)?);
            Some(GuardrailRecord { rule, before: self.before.whole(at)?, after: self.after.whole(at)? })
        };
        range(self.list.is_valid(row), self.list.value_offsets(), row).map(step).collect()
    }
}

/// A column of maps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pairs<'b> {
    map: &'b MapArray,
    keys: Cells<'b>,
    texts: Cells<'b>,
    numbers: Cells<'b>,
}

impl<'b> Pairs<'b> {
    /// Maps of texts, or of `{number, text}`.
    pub(super) fn of(array: &'b dyn Array) -> Option<Self> {
        let map = array.as_map_opt()?;
        let keys = Cells::of(map.keys())?;
        let field = |values: &'b StructArray, name| Cells::of(values.column_by_name(name)?);
        let (texts, numbers) = match map.values().data_type() {
            DataType::Struct(_) => {
                let values = map.values().as_struct();
                (field(values, "text")?, field(values, "number")?)
            }
            _ => (Cells::of(map.values())?, Cells::Absent),
        };
        Some(Self { map, keys, texts, numbers })
    }

    pub(super) fn texts(&self, row: usize) -> Option<Vec<(Text<'b>, Text<'b>)>> {
        let pair = |at| Some((Cow::Borrowed(self.keys.text(at)?), Cow::Borrowed(self.texts.text(at)?)));
        self.range(row).map(pair).collect()
    }

    pub(super) fn features(&self, row: usize) -> Option<Vec<(Text<'b>, FeatureValue<'b>)>> {
        let pair = |at| {
            let value = match (self.numbers.real(at), self.texts.text(at)) {
                (Some(number), _) => FeatureValue::Number(number),
                (None, Some(text)) => FeatureValue::Category(Cow::Borrowed(text)),
                (None, None) => FeatureValue::Missing,
            };
            Some((Cow::Borrowed(self.keys.text(at)?), value))
        };
        self.range(row).map(pair).collect()
    }

    fn range(&self, row: usize) -> Range<usize> {
        range(self.map.is_valid(row), self.map.value_offsets(), row)
    }
}

fn range(valid: bool, offsets: &[i32], row: usize) -> Range<usize> {
    if valid { offsets[row] as usize..offsets[row + 1] as usize } else { 0..0 }
}
