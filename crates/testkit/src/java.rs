//! Where Java, Kafka's jars and the compiled verifier are.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::StartError;

/// A Java that can run Kafka, and the class path of the verifier.
#[derive(Debug, Clone)]
pub(crate) struct Java {
    pub(crate) program: PathBuf,
    /// Kafka's jars and the verifier's classes.
    pub(crate) class_path: String,
    /// Kafka's jars alone, for brokers and Kafka's own tools.
    pub(crate) kafka_class_path: String,
}

impl Java {
    /// Finds Java and the jars, and compiles the verifier unless these sources were compiled before.
    ///
    /// Looked for once in a process; every later call gives the same answer.
    pub(crate) fn find() -> Result<Self, StartError> {
        static FOUND: OnceLock<Result<Java, StartError>> = OnceLock::new();
        FOUND.get_or_init(Self::look).clone()
    }

    fn look() -> Result<Self, StartError> {
        let root = checkout()?;
        let program = tool("java");
        if !answers(&program) {
            return Err(unavailable("java is missing; install a JDK of version 17 or newer"));
        }
        let libs = root.join("target/kafka/libs");
        if !libs.is_dir() {
            return Err(unavailable(
                "target/kafka/libs is missing; run deploy/fetch/kafka.sh (it needs Maven)",
            ));
        }
        let kafka_class_path = format!("{}/*", libs.display());
        let classes = compiled(&root, &kafka_class_path)?;
        let class_path = format!("{}:{kafka_class_path}", classes.display());
        Ok(Self { program, class_path, kafka_class_path })
    }
}

/// The root of the checkout that this crate was compiled in.
pub(crate) fn checkout() -> Result<PathBuf, StartError> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    fs::canonicalize(beside).map_err(|error| failed(&format!("find the checkout at {beside}"), &error))
}

fn unavailable(reason: &str) -> StartError {
    StartError::Unavailable(reason.to_owned())
}

fn failed(what: &str, error: &dyn std::error::Error) -> StartError {
    StartError::Failed(format!("cannot {what}: {error}"))
}

fn tool(name: &str) -> PathBuf {
    std::env::var_os("JAVA_HOME")
        .map_or_else(|| PathBuf::from(name), |home| Path::new(&home).join("bin").join(name))
}

fn answers(program: &Path) -> bool {
    Command::new(program).arg("-version").output().is_ok_and(|output| output.status.success())
}

/// The folder of the classes of `tests/verifier`, named by a hash of the sources so that it is never stale.
fn compiled(root: &Path, kafka_class_path: &str) -> Result<PathBuf, StartError> {
    let sources = sources(&root.join("tests/verifier"))?;
    let mut hasher = DefaultHasher::new();
    for source in &sources {
        let text = fs::read(source).map_err(|error| failed(&format!("read {}", source.display()), &error))?;
        text.hash(&mut hasher);
    }
    let home = root.join("target/verifier");
    let classes = home.join(format!("{:016x}", hasher.finish()));
    fs::create_dir_all(&home).map_err(|error| failed("create target/verifier", &error))?;
    let lock =
        File::create(home.join("lock")).map_err(|error| failed("create target/verifier/lock", &error))?;
    // Test binaries run side by side; one compiles, the others wait. The lock goes with the file.
    lock.lock().map_err(|error| failed("lock target/verifier/lock", &error))?;
    if !classes.is_dir() {
        compile(&sources, kafka_class_path, &home, &classes)?;
    }
    Ok(classes)
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>, StartError> {
    let entries =
        fs::read_dir(folder).map_err(|error| failed(&format!("list {}", folder.display()), &error))?;
    let mut sources: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "java"))
        .collect();
    sources.sort();
    Ok(sources)
}

fn compile(
    sources: &[PathBuf],
    kafka_class_path: &str,
    home: &Path,
    classes: &Path,
) -> Result<(), StartError> {
    let staging =
        tempfile::tempdir_in(home).map_err(|error| failed("create a folder in target/verifier", &error))?;
    let output = Command::new(tool("javac"))
        .args(["-encoding", "UTF-8", "--release", "17", "-proc:none", "-classpath", kafka_class_path, "-d"])
        .arg(staging.path())
        .args(sources)
        .output()
        .map_err(|_| {
            unavailable("javac is missing; install a JDK (not only a JRE) of version 17 or newer")
        })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(StartError::Failed(format!("tests/verifier does not compile: {said}")));
    }
    fs::rename(staging.keep(), classes).map_err(|error| failed("move the compiled verifier", &error))
}
