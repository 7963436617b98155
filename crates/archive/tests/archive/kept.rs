//! Files that an earlier version wrote are read as it read them, and the same comparisons give the same lines.
//!
//! `kept/` holds one day of a piece of 40 records per partition in both formats. It is never written again: such files are out there.

use crate::outputs::{contents, publish};
use crate::world::{self, STEADY};
use bystander_archive::{ComparisonFiles, Format};
use bystander_pipeline::Failure;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const RECORDS: i64 = 40;

fn kept(format: Format) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/archive/kept").join(format.extension())
}

/// Every comparison of a folder by its id, as JSON.
fn comparisons(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let back = ComparisonFiles::open(root).unwrap().for_each(|record| {
        found.insert(record.comparison_id.to_string(), serde_json::to_string(&record).unwrap());
        Ok::<_, Failure>(())
    });
    assert_eq!(back.unwrap().malformed, 0);
    found
}

#[test]
fn files_of_an_earlier_version_say_what_they_said() {
    let (parquet, lines) = (comparisons(&kept(Format::Parquet)), comparisons(&kept(Format::JsonLines)));
    assert!(parquet.len() > 40, "{}", parquet.len());
    assert_eq!(parquet, lines);
}

#[test]
fn the_same_comparisons_give_the_lines_of_an_earlier_version() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), Format::JsonLines, &world::records(RECORDS), STEADY);
    let (kept, found) = (contents(&kept(Format::JsonLines)), contents(folder.path()));
    for (name, bytes) in &kept {
        // Compressed bytes are the compressor's.
        assert!(zstd::decode_all(&*found[name]).unwrap() == zstd::decode_all(&**bytes).unwrap(), "{name}");
    }
}
