//! The committed dashboards are what their source makes.

use crate::shipped::{files, name_of, root};
use crate::support::tools::python;
use bystander_testkit::tools_or_skip;
use std::fs;
use std::process::Command;

#[test]
fn the_committed_dashboards_are_what_their_source_makes() {
    let python = tools_or_skip!("the_committed_dashboards_are_what_their_source_makes", python);
    let folder = tempfile::tempdir().unwrap();
    // Twice: an order that depends on chance would show.
    for seed in ["1", "2"] {
        let made = Command::new(&python)
            .args(["-B", "deploy/grafana/generate"])
            .arg(folder.path())
            .env("PYTHONHASHSEED", seed)
            .current_dir(root())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let committed = files("deploy/grafana/dashboards", "json");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), committed.len());
        for path in committed {
            let again = fs::read(folder.path().join(path.file_name().unwrap())).unwrap();
            let same = again == fs::read(&path).unwrap();
            assert!(same, "{} is old: run python3 deploy/grafana/generate", name_of(&path));
        }
    }
}
