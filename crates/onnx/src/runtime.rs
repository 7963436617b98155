//! ONNX Runtime, loaded once per process.

use crate::library::{self, VARIABLE};
use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The runtime may be set up only once per process, even after it was dropped.
static OPENED: Mutex<Option<Runtime>> = Mutex::new(None);

/// A handle to ONNX Runtime; cheap to clone.
#[derive(Debug, Clone)]
pub struct Runtime {
    environment: Environment,
    path: Arc<Path>,
}

/// Why ONNX Runtime can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The library isn't in any of these places.
    #[error(
        "ONNX Runtime is missing (looked for {}); run `make onnxruntime`, or set {VARIABLE} or \
         `models.runtime` to the path of libonnxruntime.so",
        list(.0)
    )]
    Missing(Vec<PathBuf>),
    /// The file can't be loaded as ONNX Runtime.
    #[error(
        "{path} can't be loaded as ONNX Runtime 1.{}: {reason}; run `make onnxruntime`, or set {VARIABLE} or \
         `models.runtime` to the path of libonnxruntime.so",
        ort::MINOR_VERSION
    )]
    Unusable {
        /// The library.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// Another copy is loaded already.
    #[error("ONNX Runtime is loaded from {loaded} already and can't be loaded from {wanted}; name one path")]
    AlreadyLoaded {
        /// The copy in use.
        loaded: PathBuf,
        /// The copy asked for.
        wanted: PathBuf,
    },
}

fn list(places: &[PathBuf]) -> String {
    places.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

impl Runtime {
    /// Loads the shared library, once per process.
    ///
    /// `path` wins over the variable `BYSTANDER_ONNXRUNTIME`; with neither, `libonnxruntime.so` is taken from
    /// beside the executable, from `../lib`, or from `target/onnxruntime` in the current folder or above.
    ///
    /// # Errors
    /// When the library is missing, is no ONNX Runtime or too old, or another copy is loaded already.
    pub fn open(path: Option<&Path>) -> Result<Self, RuntimeError> {
        let library = library::find(path).map_err(RuntimeError::Missing)?;
        let mut opened = OPENED.lock();
        match opened.as_ref() {
            Some(runtime) if *runtime.path == *library => Ok(runtime.clone()),
            Some(runtime) => {
                Err(RuntimeError::AlreadyLoaded { loaded: runtime.path.to_path_buf(), wanted: library })
            }
            None => {
                let runtime = Self::load(&library)
                    .map_err(|reason| RuntimeError::Unusable { path: library, reason })?;
                *opened = Some(runtime.clone());
                Ok(runtime)
            }
        }
    }

    fn load(library: &Path) -> Result<Self, String> {
        let builder = ort::init_from(library).map_err(|error| error.to_string())?;
        let environment = builder
            .with_name("bystander")
            .with_telemetry(false)
            .with_logger(Arc::new(log))
            .build()
            .map_err(|error| error.to_string())?;
        environment.set_log_level(LogLevel::Warning);
        Ok(Self { environment, path: library.into() })
    }

    /// The version of the interface that is used, and the commit that the library was built from.
    pub(crate) fn version(&self) -> String {
        let commit = ort::info().split_once("git-commit-id=").map(|(_, rest)| rest);
        let commit = commit.and_then(|rest| rest.split([',', ' ']).next()).unwrap_or("unknown");
        format!("1.{}+{commit}", ort::MINOR_VERSION)
    }

    /// The shared library in use.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn session_builder(&self) -> Result<SessionBuilder, ort::Error> {
        Session::builder(&self.environment)
    }
}

fn log(level: LogLevel, _category: &str, id: &str, location: &str, message: &str) {
    match level {
        LogLevel::Error | LogLevel::Fatal => tracing::error!(id, location, "onnx runtime: {message}"),
        LogLevel::Warning => tracing::warn!(id, location, "onnx runtime: {message}"),
        LogLevel::Info | LogLevel::Verbose => tracing::trace!(id, location, "onnx runtime: {message}"),
    }
}
