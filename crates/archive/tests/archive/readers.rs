//! Published Parquet in other programs: DuckDB, Polars and pandas.

use crate::outputs::{publish, shadow};
use crate::world::{self, STEADY};
use bystander_archive::Format;
use bystander_testkit::tools_or_skip;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The Python that has the readers, made where it isn't there yet.
fn python(tests: &Path) -> Result<String, String> {
    let made = Command::new(tests.join("venv.sh")).output().map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if made.status.success() { Ok(text(&made.stdout)) } else { Err(text(&made.stderr)) }
}

#[test]
fn duckdb_polars_and_pandas_read_every_value_and_only_the_days_asked_for() {
    let name = "duckdb_polars_and_pandas_read_every_value_and_only_the_days_asked_for";
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = crate_folder.join("tests/readers");
    let python = tools_or_skip!(name, || python(&tests));
    let folder = tempfile::tempdir().unwrap();
    let records = world::records(200);
    publish(folder.path(), Format::Parquet, &records, STEADY);
    let expected = folder.path().join("expected");
    fs::write(&expected, shadow(&records, STEADY).0.into_iter().collect::<Vec<_>>().join(&b'\n')).unwrap();
    let read = Command::new(python)
        .arg(tests.join("readers.py"))
        .args([folder.path(), &expected, &crate_folder.join("../../examples/sql/everyday.sql")])
        .output()
        .unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(read.status.success(), "{}\n{}", said(&read.stdout), said(&read.stderr));
    // Three readers, the files that one read, five questions, three readers of one day.
    assert_eq!(said(&read.stdout).lines().count(), 12, "{}", said(&read.stdout));
}
