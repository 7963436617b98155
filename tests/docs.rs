//! The documentation's links lead somewhere, its code blocks are well formed, and its lists are complete.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Markdown page of the repository, by its path from the root.
fn pages() -> Vec<(PathBuf, String)> {
    fn visit(folder: &Path, pages: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
                visit(&path, pages);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path).unwrap();
                pages.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    let mut pages = Vec::new();
    visit(root(), &mut pages);
    assert!(pages.len() > 25, "this is the whole repository");
    pages
}

/// A page without its code blocks, and the blocks by language with the line that each begins at.
fn parts(text: &str) -> (String, Vec<(&str, usize, String)>) {
    let (mut prose, mut blocks) = (String::new(), Vec::new());
    let mut open: Option<(&str, usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language, index + 1, String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, _, block))) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, None) => {
                prose.push_str(line);
                prose.push('\n');
            }
        }
    }
    assert!(open.is_none(), "a code block is never closed");
    (prose, blocks)
}

/// The targets of a page's links; code spans are left out.
fn links(prose: &str) -> Vec<String> {
    let outside: String = prose.split('`').step_by(2).collect::<Vec<_>>().join("`");
    outside
        .split("](")
        .skip(1)
        .filter_map(|after| after.split_once(')').map(|(target, _)| target.to_owned()))
        .collect()
}

/// The anchors of a page, as GitHub and mdBook make them of headings.
fn anchors(prose: &str) -> BTreeSet<String> {
    let headings = prose.lines().filter_map(|line| line.strip_prefix('#'));
    let headings = headings.map(|line| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        })
        .collect()
}

/// What is wrong with a link of `page`.
fn broken(page: &Path, target: &str) -> Option<String> {
    if target.starts_with("http://") || target.starts_with("https://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path =
        if file.is_empty() { root().join(page) } else { root().join(page.parent().unwrap()).join(file) };
    if !path.exists() {
        return Some(format!("{}: {target} leads nowhere", page.display()));
    }
    let anchor = anchor?;
    let (prose, _) = parts(&fs::read_to_string(&path).ok()?);
    let there = anchors(&prose).contains(anchor);
    (!there).then(|| format!("{}: {target} names no heading", page.display()))
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let mut faults = Vec::new();
    for (page, text) in pages() {
        faults.extend(links(&parts(&text).0).iter().filter_map(|target| broken(&page, target)));
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let page = Path::new("docs/report.md");
    assert_eq!(broken(page, "configuration.md#gates"), None);
    assert_eq!(broken(page, "nowhere.md"), Some("docs/report.md: nowhere.md leads nowhere".into()));
    let wrong = Some("docs/report.md: #nothing names no heading".into());
    assert_eq!(broken(page, "#nothing"), wrong);
    assert_eq!(links("see [a](b.md), `[c](d.md)` and [e](f.md#g)"), ["b.md", "f.md#g"]);
}

#[test]
fn every_block_of_toml_and_json_parses() {
    for (page, text) in pages() {
        for (language, line, block) in parts(&text).1 {
            let place = format!("{}:{line}", page.display());
            match language {
                "toml" => {
                    drop(block.parse::<toml::Table>().unwrap_or_else(|error| panic!("{place}: {error}")));
                }
                // Several values may follow each other, as in a file of JSON lines.
                "json" => {
                    for value in serde_json::Deserializer::from_str(&block).into_iter::<serde_json::Value>() {
                        drop(value.unwrap_or_else(|error| panic!("{place}: {error}")));
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn the_book_lists_every_page_of_docs() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let listed: BTreeSet<_> = links(&summary).into_iter().collect();
    let there: BTreeSet<_> = pages()
        .into_iter()
        .filter_map(|(page, _)| page.strip_prefix("docs").ok().map(|page| page.to_str().unwrap().to_owned()))
        .filter(|page| page != "SUMMARY.md")
        .collect();
    assert_eq!(listed, there);
}

/// A page that a newcomer reads first stays short.
#[test]
fn the_readme_and_the_architecture_stay_short() {
    for page in ["README.md", "ARCHITECTURE.md"] {
        let lines = fs::read_to_string(root().join(page)).unwrap().lines().count();
        assert!(lines <= 150, "{page} has {lines} lines, more than 150: move details to docs/");
    }
}
