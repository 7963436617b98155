//! The schema as the sources of the document declare it: types, keys, and what their documentation says.

use bystander_core::decision::Action;
use bystander_core::kind::Kind;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// All types, in the order they are met from `Report` on.
pub(crate) struct Schema {
    types: BTreeMap<String, Type>,
    met: BTreeSet<String>,
}

#[derive(Default)]
struct Type {
    says: String,
    fields: Vec<Field>,
    words: Vec<(String, String)>,
}

#[derive(Clone)]
struct Field {
    name: String,
    flat: bool,
    of: String,
    optional: bool,
    says: String,
}

/// Rows of tables and words of enums: what readers of the JSON rely on.
pub(crate) fn lines(markdown: &str) -> BTreeSet<String> {
    let mut heading = String::new();
    let mut found = BTreeSet::new();
    for line in markdown.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            heading = name.to_owned();
        } else if line.starts_with("| `") {
            let cells: Vec<_> = line.split('|').take(3).map(str::trim).collect();
            found.insert(format!("{heading} {}", cells.join(" ")));
        }
    }
    found
}

impl Schema {
    /// Reads `src/document/`, what kinds add to it, and the type of intervals.
    pub(crate) fn of_sources() -> Self {
        let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files: Vec<_> =
            fs::read_dir(sources.join("document")).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.push(sources.join("stats/intervals/mod.rs"));
        let mut types = BTreeMap::new();
        for file in files {
            parse(&fs::read_to_string(file).unwrap(), &mut types);
        }
        let chapters = chapters(&sources, &mut types);
        types.insert("Chapters".to_owned(), chapters);
        flatten(&mut types);
        Self { types, met: BTreeSet::new() }
    }

    /// The whole of `SCHEMA.md`.
    pub(crate) fn markdown(&self, number: u32) -> String {
        let mut out = format!("# The report as JSON: schema {number}\n\n{INTRODUCTION}");
        for name in self.order() {
            let of = &self.types[&name];
            write!(out, "\n## {name}\n\n{}\n\n", of.says).unwrap();
            if of.fields.is_empty() {
                out.push_str("| Word | Meaning |\n|---|---|\n");
                for (word, says) in &of.words {
                    writeln!(out, "| `{word}` | {says} |").unwrap();
                }
            } else {
                out.push_str("| Key | Type | Meaning |\n|---|---|---|\n");
                for field in &of.fields {
                    let may = if field.optional { ", may be absent" } else { "" };
                    writeln!(out, "| `{}` | {}{may} | {} |", field.name, self.words(&field.of), field.says)
                        .unwrap();
                }
            }
        }
        out
    }

    /// The same as JSON Schema, a type a line.
    pub(crate) fn json_schema(&self, number: u32) -> String {
        let refused = json!({
            "description": "Why there is no value.",
            "type": "object",
            "required": ["refused"],
            "properties": { "refused": { "type": "string" } },
        });
        let types = self.order().into_iter().map(|name| (name.clone(), self.declared(&name)));
        let types: Vec<_> = types
            .chain([("Refused".to_owned(), refused)])
            .map(|(name, shape)| format!("    {}: {shape}", json!(name)))
            .collect();
        format!(
            r##"{{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Report, schema {number}",
  "description": "What `bystander report --json` writes. Later versions may add properties under the same number. Amounts are minor units of their currency unless they say otherwise. No value is null.",
  "$ref": "#/$defs/Report",
  "$defs": {{
{}
  }}
}}
"##,
            types.join(",\n")
        )
    }

    fn declared(&self, name: &str) -> Value {
        let of = &self.types[name];
        if of.fields.is_empty() {
            let words: Vec<_> = of.words.iter().map(|(word, _)| word).collect();
            return json!({ "description": of.says, "enum": words });
        }
        let required: Vec<_> =
            of.fields.iter().filter(|field| !field.optional).map(|field| &field.name).collect();
        let properties = of.fields.iter().map(|field| {
            let mut shape = self.shape(&field.of);
            shape["description"] = field.says.replace("\\|", "|").into();
            (field.name.clone(), shape)
        });
        let properties = Value::Object(properties.collect());
        json!({ "description": of.says, "type": "object", "required": required, "properties": properties })
    }

    /// A type of Rust as JSON Schema.
    fn shape(&self, of: &str) -> Value {
        if let Some(inner) = inside(of, "Vec") {
            return json!({ "type": "array", "items": self.shape(inner) });
        }
        if let Some(inner) = inside(of, "Option") {
            return self.shape(inner);
        }
        if let Some(inner) = inside(of, "Shown") {
            return json!({ "anyOf": [self.shape(inner), { "$ref": "#/$defs/Refused" }] });
        }
        if let Some(parts) = of.strip_prefix('(').and_then(|of| of.strip_suffix(')')) {
            let parts: Vec<_> = parts.split(", ").map(|part| self.shape(part)).collect();
            return json!({ "type": "array", "minItems": parts.len(), "prefixItems": parts, "items": false });
        }
        match of {
            "String" => json!({ "type": "string" }),
            "f64" => json!({ "type": "number" }),
            "bool" => json!({ "type": "boolean" }),
            "u64" | "u32" | "usize" => json!({ "type": "integer", "minimum": 0 }),
            "i64" | "i32" => json!({ "type": "integer" }),
            "Rfc3339" => json!({ "type": "string", "format": "date-time" }),
            "Action" => json!({ "enum": Action::ALL.map(Action::name) }),
            "Kind" => json!({ "enum": Kind::ALL.map(Kind::name) }),
            "Figure" => self.shape("Shown<Measured>"),
            "BTreeMap<String, u64>" => json!({ "type": "object", "additionalProperties": self.shape("u64") }),
            name => {
                assert!(self.types.contains_key(name), "the schema knows no type {name}");
                json!({ "$ref": format!("#/$defs/{name}") })
            }
        }
    }

    fn order(&self) -> Vec<String> {
        let mut order = vec!["Report".to_owned()];
        let mut at = 0;
        while at < order.len() {
            for field in &self.types[&order[at]].fields {
                for part in field.of.split(|letter: char| !letter.is_alphanumeric()) {
                    let part = if part == "Figure" { "Measured" } else { part };
                    if self.types.contains_key(part) && !order.iter().any(|known| known == part) {
                        order.push(part.to_owned());
                    }
                }
            }
            at += 1;
        }
        order
    }

    /// A type of Rust in words of JSON.
    fn words(&self, of: &str) -> String {
        if let Some(inner) = inside(of, "Vec") {
            return format!("list of {}", self.words(inner));
        }
        if let Some(inner) = inside(of, "Option") {
            return self.words(inner);
        }
        if let Some(inner) = inside(of, "Shown") {
            return format!("{}, or refused", self.words(inner));
        }
        if let Some(parts) = of.strip_prefix('(').and_then(|of| of.strip_suffix(')')) {
            let parts: Vec<_> = parts.split(", ").map(|part| self.words(part)).collect();
            return format!("pair of {}", parts.join(" and "));
        }
        match of {
            "String" => "text".to_owned(),
            "f64" => "number".to_owned(),
            "bool" => "true or false".to_owned(),
            "u64" | "u32" | "usize" | "i64" | "i32" => "integer".to_owned(),
            "Rfc3339" => "time, RFC 3339 in UTC".to_owned(),
            "Action" => "`accept`, `review` or `reject`".to_owned(),
            "Kind" => {
                let words = Kind::ALL.map(|kind| format!("`{}`", kind.name()));
                words.join(" or ")
            }
            "Figure" => "[figure](#measured), or refused".to_owned(),
            "BTreeMap<String, u64>" => "object of integers".to_owned(),
            name => {
                assert!(self.types.contains_key(name), "the schema knows no type {name}");
                format!("[{name}](#{})", name.to_lowercase())
            }
        }
    }

    /// Fails where `value` isn't an `of`; notes every key met.
    pub(crate) fn check(&mut self, of: &str, value: &Value, at: &str) {
        if let Some(inner) = inside(of, "Vec") {
            for (index, item) in
                value.as_array().unwrap_or_else(|| panic!("{at} is no list")).iter().enumerate()
            {
                self.check(inner, item, &format!("{at}[{index}]"));
            }
        } else if let Some(inner) = inside(of, "Option") {
            self.check(inner, value, at);
        } else if let Some(inner) = inside(of, "Shown") {
            match value.get("refused") {
                Some(reason) => assert!(reason.is_string() && value.as_object().unwrap().len() == 1, "{at}"),
                None => self.check(inner, value, at),
            }
        } else if let Some(parts) = of.strip_prefix('(').and_then(|of| of.strip_suffix(')')) {
            for (part, item) in parts.split(", ").zip(value.as_array().unwrap()) {
                self.check(part, item, at);
            }
        } else if self.types.contains_key(of) {
            self.check_type(of, value, at);
        } else {
            let fits = match of {
                "Figure" => return self.check("Shown<Measured>", value, at),
                "f64" => value.is_number(),
                "bool" => value.is_boolean(),
                "u64" | "u32" | "usize" => value.is_u64(),
                "i64" | "i32" => value.is_i64(),
                "BTreeMap<String, u64>" => value.as_object().unwrap().values().all(Value::is_u64),
                _ => value.is_string(),
            };
            assert!(fits, "{at} is no {of}: {value}");
        }
    }

    fn check_type(&mut self, of: &str, value: &Value, at: &str) {
        if let Some(word) = value.as_str() {
            let known = self.types[of].words.iter().any(|(known, _)| known == word);
            assert!(known, "{at}: {word} is no {of}");
            return;
        }
        let keys = value.as_object().unwrap_or_else(|| panic!("{at} is no object"));
        let fields: Vec<_> = self.types[of]
            .fields
            .iter()
            .map(|field| (field.name.clone(), field.of.clone(), field.optional))
            .collect();
        for key in keys.keys() {
            assert!(fields.iter().any(|(name, ..)| name == key), "{at}.{key} is not in the schema");
        }
        for (name, inner, optional) in fields {
            match keys.get(&name) {
                Some(value) => {
                    self.met.insert(format!("{of}.{name}"));
                    self.check(&inner, value, &format!("{at}.{name}"));
                }
                None => assert!(optional, "{at}.{name} is missing"),
            }
        }
    }

    /// Keys that no value had.
    pub(crate) fn unmet(&self) -> Vec<String> {
        let order = self.order();
        let all = order.iter().flat_map(|name| {
            self.types[name].fields.iter().map(move |field| format!("{name}.{}", field.name))
        });
        all.filter(|key| !self.met.contains(key)).collect()
    }
}

/// The keys of all kinds' chapters, kind by kind. Other types that a kind declares are added to `types`.
fn chapters(sources: &Path, types: &mut BTreeMap<String, Type>) -> Type {
    let mut all = Type::default();
    for kind in Kind::ALL {
        let mut own = BTreeMap::new();
        parse(&fs::read_to_string(sources.join(format!("kinds/{}.rs", kind.name()))).unwrap(), &mut own);
        let keys = own.extract_if(.., |name, _| name.ends_with("Chapters")).flat_map(|(_, of)| of.fields);
        all.fields.extend(keys.collect::<Vec<_>>());
        types.append(&mut own);
    }
    all
}

/// Puts the keys of what is flattened in its place.
fn flatten(types: &mut BTreeMap<String, Type>) {
    let fields: BTreeMap<String, Vec<Field>> =
        types.iter().map(|(name, of)| (name.clone(), of.fields.clone())).collect();
    for of in types.values_mut() {
        let own = std::mem::take(&mut of.fields);
        of.fields = own
            .into_iter()
            .flat_map(|field| if field.flat { fields[&field.of].clone() } else { vec![field] })
            .collect();
    }
}

const INTRODUCTION: &str = "\
`bystander report --json` writes one [Report](#report). The number rises when a key changes its meaning or goes;
new keys may come without. No value is null: what is absent has no key.

*Or refused* means that in place of the value there may be `{\"refused\": \"…\"}`, with the reason as a sentence.
Amounts of money are in minor units of their currency unless they say otherwise; currencies are never added up.

This file is written from the types by a test of this crate (`BYSTANDER_WRITE_SCHEMA=1 cargo test -p bystander-report
--test render schema`).
";

fn inside<'a>(of: &'a str, outer: &str) -> Option<&'a str> {
    of.strip_prefix(outer)?.strip_prefix('<')?.strip_suffix('>')
}

/// Public structs and enums of one file.
fn parse(source: &str, types: &mut BTreeMap<String, Type>) {
    let mut says = String::new();
    let mut attributes = String::new();
    let mut inside: Option<(String, bool)> = None;
    for line in source.lines().map(str::trim) {
        if let Some(doc) = line.strip_prefix("///") {
            says = format!("{says} {}", doc.trim()).trim().to_owned();
            continue;
        }
        if line.starts_with("#[") {
            attributes.push_str(line);
            continue;
        }
        let declared = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "));
        if let Some(name) =
            declared.and_then(|rest| rest.strip_suffix(" {")).filter(|name| !name.contains('<'))
        {
            types.insert(name.to_owned(), Type { says: says.clone(), ..Type::default() });
            inside = Some((name.to_owned(), line.starts_with("pub enum ")));
        } else if line == "}" {
            inside = None;
        } else if let Some((name, of_words)) = &inside {
            let entry = types.get_mut(name).unwrap();
            if *of_words {
                if let Some(word) = line.strip_suffix(',') {
                    entry.words.push((snake(word), cell(&says)));
                }
            } else if let Some((field, of)) =
                line.strip_prefix("pub ").and_then(|field| field.split_once(": "))
            {
                let of =
                    of.trim_end_matches(',').replace("super::", "").replace("bystander_core::time::", "");
                let optional = attributes.contains("skip_serializing_if");
                let flat = attributes.contains("flatten");
                entry.fields.push(Field { name: field.to_owned(), flat, of, optional, says: cell(&says) });
            }
        }
        says.clear();
        attributes.clear();
    }
}

fn cell(says: &str) -> String {
    let plain = says.replace("[`", "`").replace("`]", "`").replace('|', "\\|");
    let mut out = String::new();
    let mut rest = plain.as_str();
    // `Labelled`(Self::Labelled) → `Labelled`
    while let Some((before, after)) = rest.split_once("`(Self::") {
        out.push_str(before);
        out.push('`');
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    out + rest
}

fn snake(word: &str) -> String {
    let mut out = String::new();
    for (index, letter) in word.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}
