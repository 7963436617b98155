//! Pages in a real browser: overflow, sections, contrast, headings, overlapping text, axe, pages on paper.

// What is wrong with a page is how its test fails.
#![allow(clippy::panic)]

use crate::java::checkout;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Chromium that isn't on the path.
const CHROMIUM: &str = "BYSTANDER_CHROMIUM";
/// A folder for screenshots and PDFs, to look at.
const PICTURES: &str = "BYSTANDER_SCREENSHOTS";

/// A Chromium, and Node.js with what drives it.
#[derive(Debug)]
pub struct Browser {
    chromium: PathBuf,
    /// `target/browser`, for pages as well.
    pub tools: PathBuf,
    scripts: PathBuf,
}

/// The machine's browser, or what is missing.
///
/// # Errors
/// What is missing and how to get it.
pub fn browser() -> Result<Browser, String> {
    let root = checkout().map_err(|error| error.to_string())?;
    let (tools, scripts) = (root.join("target/browser"), root.join("crates/testkit/browser"));
    on_path("node").ok_or("node is not installed")?;
    let named = std::env::var_os(CHROMIUM).map(PathBuf::from).filter(|path| path.is_file());
    let chromium =
        named.or_else(|| ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path));
    let chromium = chromium.ok_or(format!("there is no chromium; install it or set {CHROMIUM}"))?;
    if !tools.join("node_modules/playwright-core").is_dir() {
        return Err("target/browser is empty; run crates/testkit/browser/fetch.sh".to_owned());
    }
    Ok(Browser { chromium, tools, scripts })
}

fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

impl Browser {
    /// Looks at `page`, a file or an address, on a desk, a phone and paper, in light and dark; returns its number of
    /// pages on paper.
    ///
    /// # Panics
    /// With everything that a reader would stumble over.
    pub fn look(&self, name: &str, page: &str, sections: &[String]) -> u64 {
        let mut words = vec![name.to_owned(), page.to_owned(), sections.join(",")];
        if let Some(pictures) = std::env::var_os(PICTURES) {
            let made = std::fs::create_dir_all(&pictures);
            assert!(made.is_ok(), "{PICTURES}: {made:?}");
            words.push(pictures.to_string_lossy().into_owned());
        }
        let found = self.run(&self.scripts.join("check.mjs"), &words);
        found["pages"].as_u64().unwrap_or(0)
    }

    /// Runs a script as `node SCRIPT TOOLS CHROMIUM WORDS`; it prints an object with `faults`.
    ///
    /// # Panics
    /// When it fails, or says that there are faults.
    pub fn run(&self, script: &Path, words: &[String]) -> Value {
        let output =
            Command::new("node").arg(script).args([&self.tools, &self.chromium]).args(words).output();
        let output = output.unwrap_or_else(|error| panic!("node: {error}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let found: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)));
        let faults = found["faults"].as_array().unwrap_or_else(|| panic!("no faults in {found}"));
        let said: Vec<_> = faults.iter().filter_map(Value::as_str).collect();
        assert!(faults.is_empty(), "{words:?}:\n{}", said.join("\n"));
        found
    }
}
