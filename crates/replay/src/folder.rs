//! A run's folder: plan, journal, results, receipt.

use crate::journal::{Journal, unwritten};
use crate::plan::{Plan, SCHEMA};
use crate::receipt::Receipt;
use bystander_pipeline::{Failure, replace};
use serde::Serialize;
use std::io::Write as _;
use std::path::{Path, PathBuf};

const PLAN: &str = "plan.json";
const JOURNAL: &str = "pieces.jsonl";
const RECEIPT: &str = "receipt.json";

/// The folder of one run.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
}

/// A folder that is ready for work.
#[derive(Debug)]
pub struct Opened {
    /// The folder.
    pub folder: RunFolder,
    /// The plan that stands in it.
    pub plan: Plan,
    /// What is done already.
    pub journal: Journal,
}

impl RunFolder {
    /// Begins a run. The folder must be empty, or hold the same run, finished: that one is written again.
    ///
    /// # Errors
    /// When it holds anything else, or can't be written.
    pub fn begin(path: &Path, plan: Plan) -> Result<Opened, Failure> {
        Self::may_begin(path, &plan)?;
        let folder = Self { path: path.to_owned() };
        std::fs::create_dir_all(path).map_err(|error| unwritten(path, &error))?;
        for stale in [RECEIPT, JOURNAL] {
            let stale = folder.path.join(stale);
            match std::fs::remove_file(&stale) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(unwritten(&stale, &error));
                }
                _ => {}
            }
        }
        folder.write(PLAN, &plan)?;
        let journal = Journal::open(&folder.path.join(JOURNAL))?;
        Ok(Opened { folder, plan, journal })
    }

    /// Whether [`begin`](Self::begin) would find the folder fit, without touching it.
    ///
    /// # Errors
    /// When it wouldn't.
    pub fn may_begin(path: &Path, plan: &Plan) -> Result<(), Failure> {
        let shown = path.display();
        let entries = match std::fs::read_dir(path) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            Err(error) => return Err(unwritten(path, &error)),
        };
        if !entries {
            return Ok(());
        }
        let Ok(there) = read_plan(path) else {
            let what = format!("{shown} holds something that is not a replay");
            return Err(Failure::lasting(what, "name an empty folder with --out"));
        };
        if there.run != plan.run || there.output != plan.output || there.piece_size != plan.piece_size {
            let what = format!("{shown} holds another run, {} as {}", there.run, there.output);
            return Err(Failure::lasting(what, "name another folder with --out"));
        }
        if !path.join(RECEIPT).exists() {
            let what = format!("{shown} holds this very run, unfinished");
            return Err(Failure::lasting(what, format!("finish it with --resume {shown}")));
        }
        Ok(())
    }

    /// Opens a run that was begun.
    ///
    /// # Errors
    /// When there is none, or its files can't be used.
    pub fn resume(path: &Path) -> Result<Opened, Failure> {
        let plan = read_plan(path)?;
        let folder = Self { path: path.to_owned() };
        let journal = Journal::open(&folder.path.join(JOURNAL))?;
        Ok(Opened { folder, plan, journal })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the receipt: the run is finished.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn finish(&self, receipt: &Receipt) -> Result<PathBuf, Failure> {
        self.write(RECEIPT, receipt)
    }

    /// Writes a file whole or not at all.
    fn write(&self, name: &str, value: &impl Serialize) -> Result<PathBuf, Failure> {
        let path = self.path.join(name);
        let written = replace(&path, |file| {
            serde_json::to_writer_pretty(&mut *file, value)?;
            file.write_all(b"\n")
        });
        written.map_err(|error| unwritten(&path, &error))?;
        Ok(path)
    }
}

fn read_plan(folder: &Path) -> Result<Plan, Failure> {
    let path = folder.join(PLAN);
    let fix = "name the folder of a replay that was begun";
    let text = std::fs::read(&path)
        .map_err(|error| Failure::lasting(format!("{} can't be read: {error}", path.display()), fix))?;
    let plan: Plan = serde_json::from_slice(&text).map_err(|error| {
        Failure::lasting(format!("{} isn't a plan that can be read: {error}", path.display()), fix)
    })?;
    if plan.schema != SCHEMA {
        let what = format!("{} has schema {}, this version knows {SCHEMA}", path.display(), plan.schema);
        return Err(Failure::lasting(what, "finish it with the version that began it"));
    }
    Ok(plan)
}
