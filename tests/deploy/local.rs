//! The scripts that start and stop a broker for trying things out, run with a broker and a JVM that only pretend.

use crate::shipped::root;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Formats by writing the file that tells formatted data, and runs until it is ended.
const JAVA: &str = r#"#!/bin/sh
case "$*" in
*random-uuid*) echo id ;;
*format*) mkdir -p "$HOME_OF_DATA" && echo formatted >"$HOME_OF_DATA/meta.properties" ;;
*kafka.Kafka*) while :; do sleep 0.1; done ;;
esac
"#;

/// A checkout with nothing in it but the scripts.
struct Checkout {
    folder: TempDir,
}

impl Checkout {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in ["deploy/local", "deploy/fetch", "java/bin"] {
            fs::create_dir_all(at(path)).unwrap();
        }
        for name in ["kafka-up.sh", "kafka-down.sh", "kafka.properties"] {
            let path = Path::new("deploy/local").join(name);
            fs::copy(root().join(&path), folder.path().join(&path)).unwrap();
        }
        for (path, text) in [("deploy/fetch/kafka.sh", "#!/bin/sh\n"), ("java/bin/java", JAVA)] {
            fs::write(at(path), text).unwrap();
            fs::set_permissions(at(path), fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { folder }
    }

    /// What a script says, which must end well.
    fn script(&self, name: &str, words: &[&str]) -> String {
        let folder = self.folder.path();
        let output = Command::new("sh")
            .arg(folder.join("deploy/local").join(name))
            .args(words)
            .env("JAVA_HOME", folder.join("java"))
            .env("HOME_OF_DATA", folder.join("target/kafka/local/data"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        // What pretends to be a broker must not outlive a test that failed.
        let pid = fs::read_to_string(self.folder.path().join("target/kafka/local/pid"));
        if let Ok(pid) = pid {
            let _ = Command::new("kill").arg(pid.trim()).status();
        }
    }
}

#[test]
fn a_broker_that_is_started_says_whose_data_it_has_and_how_to_delete_it() {
    let checkout = Checkout::new();
    let first = checkout.script("kafka-up.sh", &[]);
    assert!(first.contains("new data") && !first.contains("kafka-reset"), "{first}");
    let running = checkout.script("kafka-up.sh", &[]);
    assert!(running.contains("already runs") && running.contains("kafka-reset"), "{running}");
    checkout.script("kafka-down.sh", &[]);
    let again = checkout.script("kafka-up.sh", &[]);
    assert!(
        again.contains("the topics and records of earlier runs (make kafka-reset deletes them)"),
        "{again}"
    );
    let reset = checkout.script("kafka-down.sh", &["--delete-data"]);
    assert!(reset.contains("its data is deleted"), "{reset}");
    assert!(checkout.script("kafka-up.sh", &[]).contains("new data"));
    checkout.script("kafka-down.sh", &["--delete-data"]);
}

/// The steps are typed into a shell that knows no `bystander`.
#[test]
fn the_steps_of_the_readme_put_the_binary_on_the_path_before_they_name_it() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let steps = readme.split("```").find(|block| block.contains("\nbystander run ")).unwrap();
    let (before, _) = steps.split_once("\nbystander ").unwrap();
    assert!(before.contains("export PATH=\"$PWD/target/release:$PATH\""), "{before}");
    assert!(before.contains("\nmake kafka-up ") && before.contains("make kafka-reset"), "{before}");
}
