//! Which tests ran on a real broker, on real data or with other tools, and which were left out and why: never silently.

// These functions are a test's first line: to panic is how they fail it.
#![allow(clippy::panic)]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use crate::StartError;
use crate::java::checkout;
use crate::kafka::{KafkaCluster, KafkaOptions};

/// Set to 1 where a missing broker must fail the tests.
pub const REQUIRE_KAFKA: &str = "BYSTANDER_REQUIRE_KAFKA";
/// Set to 1 where a missing tool (browser, helm, promtool, Python packages) must fail the tests that need it.
pub const REQUIRE_TOOLS: &str = "BYSTANDER_REQUIRE_TOOLS";
/// The folder of the public data files.
pub const REAL_DATA: &str = "BYSTANDER_REAL_DATA";

/// The `bystander` of an earlier version, for tests of an upgrade; `tests/upgrade.sh` builds one and sets it.
pub const PREVIOUS_BINARY: &str = "BYSTANDER_PREVIOUS_BINARY";

const KAFKA: &str = "ran-on-kafka.txt";
const DATA: &str = "ran-on-real-data.txt";
const TOOLS: &str = "ran-with-tools.txt";
const EARLIER: &str = "ran-with-an-earlier-binary.txt";
const LEFT_OUT: &str = "left-out.txt";

/// The shared single-broker cluster, or `None` after noting that `test` is left out.
///
/// # Panics
/// When Kafka is there and does not start, or is not there and [`REQUIRE_KAFKA`] is 1.
#[must_use]
pub fn shared_kafka(test: &str) -> Option<&'static KafkaCluster> {
    noted(test, KafkaCluster::shared())
}

/// A cluster of the test's own, or `None` after noting that `test` is left out.
///
/// # Panics
/// As [`shared_kafka`].
#[must_use]
pub fn own_kafka(test: &str, options: &KafkaOptions) -> Option<KafkaCluster> {
    noted(test, KafkaCluster::start(options))
}

/// The folder of the public data files, or `None` after noting that `test` is left out.
///
/// # Panics
/// When the variable is set and names no folder.
#[must_use]
pub fn real_data(test: &str) -> Option<PathBuf> {
    real_data_with(test, || Ok(())).map(|(folder, ())| folder)
}

/// As [`real_data`], with what `prepare` makes, such as a tool that reads the files; where it can't, `test` is left
/// out for the reason it gives.
///
/// # Panics
/// As [`real_data`].
#[must_use]
pub fn real_data_with<Made>(
    test: &str,
    prepare: impl FnOnce() -> Result<Made, String>,
) -> Option<(PathBuf, Made)> {
    let leave_out = |reason: &str| note(LEFT_OUT, &format!("real data: {test}: {reason}"));
    let Some(folder) = std::env::var_os(REAL_DATA).filter(|folder| !folder.is_empty()).map(PathBuf::from)
    else {
        leave_out(&format!("{REAL_DATA} is not set; set it to the folder of the public data files"));
        return None;
    };
    assert!(folder.is_dir(), "{test}: {REAL_DATA} is {}, which is no folder", folder.display());
    match prepare() {
        Ok(made) => {
            note(DATA, test);
            Some((folder, made))
        }
        Err(reason) => {
            leave_out(&reason);
            None
        }
    }
}

/// What `prepare` makes of tools that only some machines have, such as a browser or Python with its packages; where
/// it can't, `test` is left out for the reason it gives.
///
/// # Panics
/// When a tool is missing and [`REQUIRE_TOOLS`] is 1, or when the note can't be written.
#[must_use]
pub fn tools<Made>(test: &str, prepare: impl FnOnce() -> Result<Made, String>) -> Option<Made> {
    match prepare() {
        Ok(made) => {
            note(TOOLS, test);
            Some(made)
        }
        Err(reason) => {
            assert!(!required(REQUIRE_TOOLS), "{test}: {REQUIRE_TOOLS}=1, but {reason}");
            note(LEFT_OUT, &format!("other tools: {test}: {reason}"));
            None
        }
    }
}

/// The `bystander` of an earlier version, or `None` after noting that `test` is left out.
///
/// # Panics
/// When the variable is set and names no file.
#[must_use]
pub fn previous_binary(test: &str) -> Option<PathBuf> {
    let Some(binary) = std::env::var_os(PREVIOUS_BINARY).filter(|name| !name.is_empty()).map(PathBuf::from)
    else {
        note(
            LEFT_OUT,
            &format!("earlier binary: {test}: {PREVIOUS_BINARY} is not set; run tests/upgrade.sh COMMIT"),
        );
        return None;
    };
    assert!(binary.is_file(), "{test}: {PREVIOUS_BINARY} is {}, which is no file", binary.display());
    note(EARLIER, test);
    Some(binary)
}

fn noted<Cluster>(test: &str, started: Result<Cluster, StartError>) -> Option<Cluster> {
    match started {
        Ok(cluster) => {
            note(KAFKA, test);
            Some(cluster)
        }
        Err(StartError::Unavailable(reason)) => {
            assert!(!required(REQUIRE_KAFKA), "{test}: {REQUIRE_KAFKA}=1, but {reason}");
            note(LEFT_OUT, &format!("real broker: {test}: {reason}"));
            None
        }
        Err(failed) => panic!("{test}: {failed}"),
    }
}

fn required(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| value == "1")
}

/// One write of one line: test binaries append to the same files.
fn note(file: &str, line: &str) {
    let written = checkout().map_err(|error| error.to_string()).and_then(|root| {
        let folder = root.join("target/test-report");
        fs::create_dir_all(&folder)
            .and_then(|()| OpenOptions::new().create(true).append(true).open(folder.join(file)))
            .and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()))
            .map_err(|error| error.to_string())
    });
    if let Err(error) = written {
        panic!("cannot write target/test-report/{file}: {error}");
    }
}

/// The shared cluster (or one of the given [`KafkaOptions`]) for the test of this name; where Kafka is
/// unavailable the test returns, and `tests/summary.sh` says so.
#[macro_export]
macro_rules! kafka_or_skip {
    ($test:expr) => {
        match $crate::shared_kafka($test) {
            Some(cluster) => cluster,
            None => return,
        }
    };
    ($test:expr, $options:expr) => {
        match $crate::own_kafka($test, &$options) {
            Some(cluster) => cluster,
            None => return,
        }
    };
}

/// What the second argument makes of tools for the test of this name (see [`tools`]); where it can't the test returns,
/// and `tests/summary.sh` says so.
#[macro_export]
macro_rules! tools_or_skip {
    ($test:expr, $prepare:expr) => {
        match $crate::tools($test, $prepare) {
            Some(made) => made,
            None => return,
        }
    };
}

/// The folder of the public data files for the test of this name, and what a second argument makes (see
/// [`real_data_with`]); where it is not set the test returns, and `tests/summary.sh` says so.
#[macro_export]
macro_rules! real_data_or_skip {
    ($test:expr) => {
        match $crate::real_data($test) {
            Some(folder) => folder,
            None => return,
        }
    };
    ($test:expr, $prepare:expr) => {
        match $crate::real_data_with($test, $prepare) {
            Some(found) => found,
            None => return,
        }
    };
}
