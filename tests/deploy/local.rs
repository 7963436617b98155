//! The scripts that start and stop a broker for trying things out, run with a broker and a JVM that only pretend.

use crate::shipped::root;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
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
        fs::create_dir_all(folder.path().join("deploy/local")).unwrap();
        for name in ["kafka-up.sh", "kafka-down.sh", "kafka.properties"] {
            let path = Path::new("deploy/local").join(name);
            fs::copy(root().join(&path), folder.path().join(&path)).unwrap();
        }
        let checkout = Self { folder };
        checkout.program("deploy/fetch/kafka.sh", "#!/bin/sh\n");
        checkout.program("java/bin/java", JAVA);
        checkout
    }

    /// A program of the checkout, instead of the one of this name that it comes with or the machine has.
    fn program(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, name: &str, words: &[&str]) -> Output {
        let folder = self.folder.path();
        let programs = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
        Command::new("sh")
            .arg(folder.join("deploy/local").join(name))
            .args(words)
            .env("JAVA_HOME", folder.join("java"))
            .env("HOME_OF_DATA", folder.join("target/kafka/local/data"))
            .env("PATH", programs)
            .output()
            .unwrap()
    }

    /// What a script says, which must end well.
    fn script(&self, name: &str, words: &[&str]) -> String {
        let output = self.run(name, words);
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

/// On a busy machine seconds pass between the start of the process and its becoming the broker.
#[test]
fn a_broker_that_is_slow_to_start_is_not_taken_for_one_that_ended() {
    let checkout = Checkout::new();
    // The command line of what runs meanwhile names no file of the broker.
    checkout.program("bin/nohup", "#!/bin/sh\nexport WORDS=\"$*\"\nexec sh \"$(dirname \"$0\")/later\"\n");
    checkout.program("bin/later", "sleep 2\nexec $WORDS\n");
    let said = checkout.script("kafka-up.sh", &[]);
    assert!(said.contains("kafka runs on localhost:9092 with new data"), "{said}");
}

#[test]
fn a_broker_that_ends_at_once_is_told_with_its_last_words() {
    let checkout = Checkout::new();
    let ends = JAVA.replace("while :; do sleep 0.1; done", "echo Address already in use; exit 1");
    checkout.program("java/bin/java", &ends);
    let output = checkout.run("kafka-up.sh", &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("Address already in use") && said.contains("the broker ended"), "{said}");
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
