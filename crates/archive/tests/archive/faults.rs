//! Kills, full disks and folders that can't be written: no file is ever half there under its final name.

use crate::outputs::{contents, publish, writer};
use crate::world::{self, STEADY, TOPICS};
use bystander_archive::{Format, OutputFolder, PieceWriter, ScoredPiece};
use bystander_testkit::tools_or_skip;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const FOLDER: &str = "BYSTANDER_TEST_FOLDER";
const PIECES: i64 = 3;
const ROWS: i64 = 60;

/// Publishes some pieces in both formats, again and again if `rounds` says so.
fn publish_all(root: &Path, rounds: usize) {
    let folder = Arc::new(OutputFolder::open(root).unwrap());
    let mut writers =
        [Format::Parquet, Format::JsonLines].map(|format| PieceWriter::new(Arc::clone(&folder), format));
    for round in 0..rounds {
        for piece in 0..PIECES {
            // The formats take other pieces: a piece is written in one format.
            for (place, writer) in writers.iter_mut().enumerate() {
                let start = (2 * piece + place as i64) * ROWS;
                writer.start(ScoredPiece::Partition { topic: TOPICS[0].into(), partition: 0, start });
                world::score(&world::partition(start, ROWS), &mut *writer, STEADY);
                writer.publish().unwrap();
            }
        }
        if round == 0 {
            fs::write(root.join("../first-round"), "done").unwrap();
        }
    }
}

/// The command that runs one of the tests below as a process of its own.
pub(crate) fn child(test: &str, root: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture"]).env(FOLDER, root);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn folder() -> std::path::PathBuf {
    std::env::var_os(FOLDER).expect("this is no test of its own: another one starts it").into()
}

#[test]
#[ignore = "is started, and killed, by another test"]
fn child_publishes_for_ever() {
    publish_all(&folder(), usize::MAX);
}

/// Every file that stands under a final name is the whole file.
fn check(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    for (name, bytes) in found {
        if !name.starts_with(".pending/") {
            assert!(expected.get(name) == Some(bytes), "{name} has {} bytes and isn't whole", bytes.len());
        }
    }
}

#[test]
fn a_run_that_is_killed_at_any_moment_leaves_no_partial_file_and_ends_with_the_same_files() {
    let whole = tempfile::tempdir().unwrap();
    publish_all(&whole.path().join("out"), 1);
    let expected = contents(&whole.path().join("out"));
    assert!(expected.keys().any(|name| name.ends_with(".parquet")));
    let killed = tempfile::tempdir().unwrap();
    let root = killed.path().join("out");
    let (mut looks, mut drafts) = (0, 0);
    for kill in 0..20_u64 {
        let mut process = child("faults::child_publishes_for_ever", &root).spawn().unwrap();
        // Some moments lie in the first round, when files come to be, others later, when they are replaced.
        let life = Duration::from_millis(20 + kill * kill * 37 % 400);
        let start = Instant::now();
        while start.elapsed() < life {
            if root.join("comparisons").exists() {
                check(&settled(&root), &expected);
                looks += 1;
            }
        }
        process.kill().unwrap();
        process.wait().unwrap();
        if root.exists() {
            let left = contents(&root);
            check(&left, &expected);
            drafts += left.keys().filter(|name| name.starts_with(".pending/")).count();
        }
    }
    assert!(looks > 100, "readers looked {looks} times");
    assert!(drafts > 0, "no kill hit a draft: the moments are chosen badly");
    publish_all(&root, 1);
    assert_eq!(contents(&root), expected, "drafts are gone, and every file is there");
}

/// What a reader that comes by sees: files may be replaced while it looks.
fn settled(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in ["comparisons", "dead-letters"] {
        let Ok(days) = fs::read_dir(root.join(folder)) else { continue };
        for day in days.map(|day| day.unwrap().path()) {
            let files = match fs::read_dir(&day) {
                Ok(files) => files.map(|file| file.unwrap().path()).collect(),
                Err(_) => vec![day],
            };
            for path in files {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
#[ignore = "is started by other tests, with a limit on what it may write"]
fn child_publishes_too_much() {
    let mut writer = writer(&folder(), Format::Parquet);
    writer.start(ScoredPiece::File);
    world::score(&world::records(400), &mut writer, STEADY);
    for attempt in 0..2 {
        let error = writer.publish().expect_err("this must not fit");
        writeln!(std::io::stdout(), "attempt {attempt}: {error}").unwrap();
    }
}

/// Publishes a small piece, then has a process fail to publish a large one; gives what that says.
fn overfill(root: &Path, shell: &str) -> String {
    let program = std::env::current_exe().unwrap();
    let script =
        format!("{shell}\nexec \"$0\" faults::child_publishes_too_much --exact --ignored --nocapture");
    let output = Command::new("sh").args(["-c", &script]).arg(program).env(FOLDER, root).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn a_file_that_may_not_grow_any_more_is_named_and_nothing_of_the_piece_shows() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), Format::Parquet, &world::partition(5000, 3), STEADY);
    let before = contents(folder.path());
    // 8 blocks of 512 bytes.
    let said = overfill(folder.path(), "ulimit -f 8; trap '' XFSZ");
    for attempt in ["attempt 0: ", "attempt 1: "] {
        let line = said.lines().find_map(|line| line.split_once(attempt)).unwrap().1;
        assert!(line.starts_with("can't write ") && line.contains("/comparisons/dt=2026-"), "{line}");
        assert!(line.contains(".parquet: ") && line.contains("raise the limit on file sizes"), "{line}");
    }
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn a_full_disk_is_named_and_nothing_of_the_piece_shows() {
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size=64k tmpfs {}", folder.path().display());
    let unshared = |script: &str| Command::new("unshare").args(["-rm", "sh", "-c", script]).output();
    tools_or_skip!("a_full_disk_is_named_and_nothing_of_the_piece_shows", || {
        let tried = unshared(&mount).map_err(|error| format!("unshare: {error}"))?;
        let said =
            || format!("a small disk can't be mounted: {}", String::from_utf8_lossy(&tried.stderr).trim());
        tried.status.success().then_some(()).ok_or_else(said)
    });
    let program = std::env::current_exe().unwrap();
    let script = format!(
        "{mount} && {} faults::child_publishes_too_much --exact --ignored --nocapture && find {} -type f",
        program.display(),
        folder.path().display()
    );
    let output =
        Command::new("unshare").args(["-rm", "sh", "-c", &script]).env(FOLDER, folder.path()).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let line = said.lines().find_map(|line| line.split_once("attempt 1: ")).unwrap().1;
    assert!(line.starts_with("can't write ") && line.contains("free space there"), "{line}");
    let left: Vec<_> = said.lines().filter(|line| line.starts_with('/')).collect();
    assert_eq!(left, [folder.path().join(".pending/lock").to_str().unwrap()]);
}

#[test]
fn where_one_file_of_a_piece_cannot_be_written_none_of_them_shows() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("comparisons")).unwrap();
    let in_the_way = folder.path().join("comparisons/dt=2026-11-02");
    fs::write(&in_the_way, "no folder").unwrap();
    let mut writer = writer(folder.path(), Format::Parquet);
    writer.start(ScoredPiece::File);
    world::score(&world::records(50), &mut writer, STEADY);
    let error = writer.publish().unwrap_err().to_string();
    assert!(error.contains("dt=2026-11-02") && error.contains("choose a path that is a folder"), "{error}");
    let expected = BTreeMap::from([("comparisons/dt=2026-11-02".to_owned(), b"no folder".to_vec())]);
    assert_eq!(contents(folder.path()), expected, "neither results nor drafts");
    fs::remove_file(&in_the_way).unwrap();
    assert!(writer.publish().unwrap().len() > 6, "the piece was kept");
}

#[test]
fn a_folder_is_written_by_one_process_at_a_time_and_must_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let first = OutputFolder::open(folder.path()).unwrap();
    let error = OutputFolder::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("another process writes into"), "{error}");
    drop(first);
    OutputFolder::open(folder.path()).unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = OutputFolder::open(file.join("out")).unwrap_err().to_string();
    assert!(error.contains("file/out") && error.contains("choose a path that is a folder"), "{error}");
}
