//! Tools that only some machines have, as paths, or why there is none.

use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Python 3.
pub fn python() -> Result<PathBuf, String> {
    on_path("python3", "--version")
}

/// promtool and prometheus, fetched and pinned.
pub fn prometheus() -> Result<PathBuf, String> {
    fetched("deploy/fetch/prometheus.sh")?;
    Ok(root().join("target/prometheus"))
}

/// helm: `target/helm/helm`, where `deploy/fetch/helm.sh` puts it (it compiles for minutes, so tests don't), or the one
/// on the path.
pub fn helm() -> Result<PathBuf, String> {
    let fetched = root().join("target/helm/helm");
    if fetched.exists() {
        return Ok(fetched);
    }
    on_path("helm", "version")
        .map_err(|_| "helm is missing; run deploy/fetch/helm.sh (it needs Go)".to_owned())
}

/// The folder of programs of the Python environment that checks manifests, images and JSON Schemas.
pub fn checkers() -> Result<PathBuf, String> {
    fetched("deploy/fetch/checkers.sh")?;
    Ok(root().join("target/checkers/bin"))
}

fn on_path(program: &str, question: &str) -> Result<PathBuf, String> {
    match Command::new(program).arg(question).output() {
        Ok(output) if output.status.success() => Ok(program.into()),
        Ok(output) => {
            Err(format!("{program} doesn't work: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
        Err(error) => Err(format!("{program} is missing: {error}")),
    }
}

/// Runs a fetch script, which is quick where its files are there. One at a time: tests run side by side.
fn fetched(script: &str) -> Result<(), String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
    let output = Command::new(root().join(script)).output().map_err(|error| format!("{script}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; "))
}
