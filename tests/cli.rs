//! The command line as its users meet it: mistakes all at once, exit codes, and what goes to which stream.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn bystander(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bystander"));
    command.args(arguments).current_dir(root());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BYSTANDER__"))
    {
        command.env_remove(name);
    }
    command
}

fn run(arguments: &[&str]) -> Output {
    bystander(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A config file of its own, sound but for what `change` does to it.
struct File(TempDir);

impl File {
    fn new(change: impl FnOnce(String) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sound = std::fs::read_to_string(root().join("deploy/local/bystander.toml")).unwrap();
        let models = root().join("models");
        let sound = sound.replace("../../models", models.to_str().unwrap());
        std::fs::write(folder.path().join("bystander.toml"), change(sound)).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("bystander.toml")
    }

    fn check(&self) -> Command {
        bystander(&["check", "--offline", "-c", self.path().to_str().unwrap()])
    }
}

#[test]
fn the_help_of_status_names_its_json() {
    let help = run(&["status", "--help"]);
    assert!(text(&help.stdout).contains("scripts use `--output json`"), "{}", text(&help.stdout));
}

/// Replaces text that must be there.
fn put(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn the_shipped_config_passes_the_offline_check() {
    let output = run(&["check", "--offline", "-c", "deploy/local/bystander.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    for part in [
        "is sound",
        "fraud/1 scores orders",
        "fraud/2 scores orders",
        "pricing/1 scores prices",
        "left alone",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn config_mistakes_come_all_at_once_each_with_file_key_and_fix() {
    let file = File::new(|sound| {
        let sound = put(&sound, "[live]\n", "[live]\nbroker = \"x\"\n");
        let sound = put(&sound, "comparisons = \"shadow.comparisons\"", "comparisons = \"shop.orders\"");
        let sound = put(&sound, "shards = 4", "shards = 4\ncommit_interval = \"soon\"");
        let sound = put(&sound, "\"fraud@challenger\"", "\"fraud@chalenger\"");
        let sound = put(&sound, "subject = \"/order_id\"", "subject = \"order_id\"");
        let sound = put(&sound, "topic = \"shop.price-quotes\"\n", "");
        let sound = put(&sound, "item = \"/sku\"", "item = \"/sku\"\nname2 = \"${NOT_SET_ANYWHERE}\"");
        put(
            &sound,
            "start = \"earliest\"",
            "start = \"earliest\"\nproperties = { \"enable.auto.commit\" = \"true\" }",
        )
    });
    let output = file.check().output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert_eq!(text(&output.stdout), "", "results only go to standard output");
    let said = text(&output.stderr);
    let name = file.path().display().to_string();
    for (key, part) in [
        ("live.broker", "did you mean `brokers`?"),
        ("shadow.comparisons", "choose another name"),
        ("shadow.commit_interval", "200ms"),
        ("streams[0].models[1]", "chalenger"),
        ("streams[0].subject", "/order_id"),
        ("streams[1].topic", "name the input topic"),
        ("streams[1].name2", "NOT_SET_ANYWHERE"),
        ("live.properties.\"enable.auto.commit\"", "checkpoints"),
    ] {
        let line = said.lines().find(|line| line.contains(&format!(": {key}: ")) && line.contains(part));
        let line = line.unwrap_or_else(|| panic!("no line on {key} with {part} in\n{said}"));
        assert!(line.contains("; "), "a fix in {line}");
        let number = line.split_once(&format!("{name}:")).and_then(|(_, rest)| rest.split(':').next());
        assert!(
            number.is_some_and(|number| number.parse::<usize>().is_ok()),
            "the number of a line in {line}"
        );
    }
    assert!(said.trim_end().ends_with("problems in the configuration"), "{said}");
}

/// Streams are compiled and models loaded beside the rest of the config, and outcomes name streams.
#[test]
fn one_mistake_is_one_problem_whatever_else_depends_on_it() {
    for (from, to) in [
        ("models = [\"fraud@champion\"", "model = [\"fraud@champion\""),
        ("name = \"orders\"", "nam = \"orders\""),
        ("kind = \"orders\"", "kind = \"order\""),
        ("min_margin = 0.05", "min_margin = \"x\""),
        ("brokers = ", "broker = "),
    ] {
        let output = File::new(|sound| put(&sound, from, to)).check().output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{said}");
        assert!(said.contains("\n1 problem in the configuration"), "{to}: {said}");
    }
}

#[test]
fn the_same_model_twice_on_a_stream_is_a_mistake() {
    let file = File::new(|sound| put(&sound, "\"fraud@challenger\"", "\"fraud/1\""));
    let output = file.check().output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert!(text(&output.stderr).contains("streams[0].models[1]"), "{}", text(&output.stderr));
}

#[test]
fn a_config_that_is_not_there_or_is_no_toml_is_a_configuration_failure() {
    let output = run(&["check", "--offline", "-c", "no/such/file.toml"]);
    assert_eq!(output.status.code(), Some(78));
    assert!(text(&output.stderr).contains("-c"), "{}", text(&output.stderr));
    let file = File::new(|_| "job = ".into());
    assert_eq!(file.check().output().unwrap().status.code(), Some(78));
}

#[test]
fn the_environment_overrides_the_file() {
    let file = File::new(|sound| sound);
    let wrong = file.check().env("BYSTANDER__SHADOW__COMMIT_INTERVAL", "soon").output().unwrap();
    assert_eq!(wrong.status.code(), Some(78));
    assert!(text(&wrong.stderr).contains("shadow.commit_interval"));
    let nowhere = file.check().env("BYSTANDER__STREAMS__9__TOPIC", "x").output().unwrap();
    assert_eq!(nowhere.status.code(), Some(78));
    assert!(text(&nowhere.stderr).contains("BYSTANDER__STREAMS__9__TOPIC"));
    let time = file.check().env("BYSTANDER__LIVE__START", "2026-11-01T00:00:00Z").output().unwrap();
    assert_eq!(time.status.code(), Some(0), "{}", text(&time.stderr));
}

#[cfg(unix)]
#[test]
fn an_environment_that_is_no_text_does_no_harm() {
    use std::os::unix::ffi::OsStrExt;
    let file = File::new(|sound| sound);
    let output = file.check().env("STRANGE", std::ffi::OsStr::from_bytes(b"\xff\xfe")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn secrets_come_from_files_and_never_show() {
    let file = File::new(|sound| {
        let files = "property_files = { \"sasl.password\" = \"password\" }\nproperties = { \"sasl.username\" = \"u\", \"security.protocol\" = \"sasl_plaintext\", \"sasl.mechanism\" = \"PLAIN\" }";
        let sound = put(
            &sound,
            "start = \"earliest\"",
            &format!("start = \"earliest\"\nrequest_timeout = \"1s\"\n{files}"),
        );
        sound.replace("localhost:9092", "127.0.0.1:1")
    });
    let missing = file.check().output().unwrap();
    assert_eq!(missing.status.code(), Some(78));
    assert!(text(&missing.stderr).contains("live.property_files.sasl.password"));
    std::fs::write(file.0.path().join("password"), "hunter2-hunter2\n").unwrap();
    assert_eq!(file.check().output().unwrap().status.code(), Some(0));
    // The service dumps its config when it starts; nothing listens at that port, so it ends by itself or by us.
    let path = file.path();
    let mut run = bystander(&["run", "--until-caught-up", "-c", path.to_str().unwrap()])
        .env("BYSTANDER__HTTP__LISTEN", "127.0.0.1:0")
        .env("BYSTANDER__SHADOW__REQUEST_TIMEOUT", "1s")
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Until it has failed to reach the brokers once, so that what is said of that is looked at as well.
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines();
    let mut said = String::new();
    while let Some(Ok(line)) = lines.next() {
        said.push_str(&format!("{line}\n"));
        if line.contains("trying again") {
            break;
        }
    }
    let _ = run.kill();
    let output = run.wait_with_output().unwrap();
    lines.map_while(Result::ok).for_each(|line| said.push_str(&line));
    said.push_str(&text(&output.stdout));
    assert!(said.contains("bystander starts"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_config_that_was_copied_elsewhere_says_where_its_relative_paths_start() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("bystander.toml");
    let text = std::fs::read_to_string(root().join("deploy/local/bystander.toml")).unwrap();
    let secret = "[live]\nproperty_files = { \"sasl.password\" = \"../secrets/password\" }\n";
    std::fs::write(&copy, text.replace("[live]\n", secret)).unwrap();
    let output = run(&["check", "--offline", "-c", copy.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(78));
    let said = text_of_lines(&output, "relative paths start at the folder of the config file");
    assert!(said.iter().any(|line| line.contains("models.repository")), "{said:?}");
    assert!(said.iter().any(|line| line.contains("live.property_files.sasl.password")), "{said:?}");
    assert!(said.iter().all(|line| line.contains(folder.path().to_str().unwrap())), "{said:?}");
}

/// Lines of standard error with these words.
fn text_of_lines(output: &Output, words: &str) -> Vec<String> {
    text(&output.stderr).lines().filter(|line| line.contains(words)).map(ToOwned::to_owned).collect()
}

#[test]
fn every_bad_model_is_refused_in_one_line_with_reason_and_fix() {
    let bad = root().join("crates/onnx/tests/fixtures/bad");
    let mut folders = 0;
    for entry in std::fs::read_dir(&bad).unwrap() {
        let folder = entry.unwrap().path();
        let output = run(&["models", "verify", folder.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{}", folder.display());
        let said = text(&output.stdout);
        let refused: Vec<_> = said.lines().filter(|line| line.contains(" refused (")).collect();
        assert_eq!(refused.len(), 1, "{}: {said}", folder.display());
        assert!(refused[0].contains("; "), "a fix in {}", refused[0]);
        folders += 1;
    }
    assert!(folders >= 10);
}

#[test]
fn good_models_pass_and_are_listed() {
    let good = root().join("crates/onnx/tests/fixtures/good");
    let output = run(&["models", "verify", good.to_str().unwrap(), "--output", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    let said = text(&output.stdout);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() >= 12 && lines.iter().all(|line| line["ok"] == true));
    for (model, engine, reason) in [
        ("xgboost_regressor/1", "trees ", "same bits on "),
        ("network_regressor/1", "onnxruntime ", "the graph computes more than a tree ensemble"),
    ] {
        let line = lines.iter().find(|line| line["model"] == model).unwrap();
        let starts = |key: &str, start: &str| line[key].as_str().is_some_and(|text| text.starts_with(start));
        assert!(starts("engine", engine) && starts("engine_reason", reason), "{line}");
    }
    let listed = text(&run(&["models", "list", "models"]).stdout);
    assert_eq!(listed, "fraud/1  champion\nfraud/2  challenger\npricing/1  champion\n");
    let by_config = text(&run(&["models", "list", "-c", "deploy/local/bystander.toml", "-o", "json"]).stdout);
    let first: Value = serde_json::from_str(by_config.lines().next().unwrap()).unwrap();
    assert_eq!((first["name"].as_str(), first["aliases"][0].as_str()), (Some("fraud"), Some("champion")));
}

#[test]
fn the_load_gates_mistakes_of_the_tree_are_said_by_verify_too() {
    let folder = tempfile::tempdir().unwrap();
    let copy = |from: &str, to: &str| {
        std::fs::create_dir_all(folder.path().join(to)).unwrap();
        for name in ["model.onnx", "contract.toml", "golden.jsonl"] {
            std::fs::copy(root().join("models").join(from).join(name), folder.path().join(to).join(name))
                .unwrap();
        }
    };
    let verify = || {
        let output = run(&["models", "verify", folder.path().to_str().unwrap()]);
        (output.status.code(), text(&output.stdout))
    };
    copy("pricing/1", "pricing/1");
    assert_eq!(verify().0, Some(0));
    copy("pricing/1", "pricing/latest");
    std::fs::write(folder.path().join("aliases.toml"), "[pricing]\nchampion = 9\n").unwrap();
    copy("pricing/1", "pricing/2");
    std::fs::remove_file(folder.path().join("pricing/2/golden.jsonl")).unwrap();
    copy("pricing/1", "pricing/3");
    let model = std::fs::read(folder.path().join("pricing/3/model.onnx")).unwrap();
    std::fs::write(folder.path().join("pricing/3/model.onnx"), &model[..model.len() / 2]).unwrap();
    copy("pricing/1", "pricing/4");
    let contract = std::fs::read_to_string(folder.path().join("pricing/4/contract.toml")).unwrap();
    std::fs::write(folder.path().join("pricing/4/contract.toml"), format!("surprise = 1\n{contract}"))
        .unwrap();
    let (code, said) = verify();
    assert_eq!(code, Some(1));
    for reason in ["(version_folder)", "(alias)", "(missing_file)", "(corrupt)", "(contract)"] {
        assert_eq!(said.lines().filter(|line| line.contains(reason)).count(), 1, "{reason} in\n{said}");
    }
    assert!(said.lines().any(|line| line.starts_with("pricing/1  ok")), "{said}");
}

/// The shipped models in a folder of their own, the first version of fraud once more as version 3, and a config that scores
/// with them.
fn with_repository() -> (File, PathBuf) {
    let file = File::new(|text| put(&text, root().join("models").to_str().unwrap(), "models"));
    let models = file.0.path().join("models");
    let versions =
        [("fraud/1", "fraud/1"), ("fraud/2", "fraud/2"), ("fraud/1", "fraud/3"), ("pricing/1", "pricing/1")];
    for (from, to) in versions {
        std::fs::create_dir_all(models.join(to)).unwrap();
        for name in ["model.onnx", "contract.toml", "golden.jsonl"] {
            std::fs::copy(root().join("models").join(from).join(name), models.join(to).join(name)).unwrap();
        }
    }
    std::fs::copy(root().join("models/aliases.toml"), models.join("aliases.toml")).unwrap();
    (file, models)
}

/// `bystander models …` with that config; standard output when it ends well.
fn models(file: &File, words: &[&str]) -> Result<String, String> {
    let path = file.path();
    let output = run(&[&["models"], words, &["-c", path.to_str().unwrap()]].concat());
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn a_promotion_shows_what_would_change_and_does_it_with_a_line_of_history_only_when_told_to() {
    let (file, folder) = with_repository();
    let aliases = || std::fs::read_to_string(folder.join("aliases.toml")).unwrap();
    let before = aliases();
    let promote = ["promote", "fraud", "champion=3", "--reason", "trained on May", "--by", "ann"];
    let shown = models(&file, &promote).unwrap();
    assert!(shown.contains("fraud@champion: version 1 -> version 3"), "{shown}");
    assert!(shown.contains("fraud/3 passes the load gate") && shown.contains("--execute does it"), "{shown}");
    assert_eq!(aliases(), before);
    let guarded = [&promote[..], &["--execute", "--if-revision", "000000000000"]].concat();
    assert!(models(&file, &guarded).unwrap_err().contains("not 000000000000: it was changed"));
    assert_eq!(aliases(), before);
    let revision = shown.split("has revision ").nth(1).unwrap().split(';').next().unwrap();
    let guarded = [&promote[..], &["--execute", "--if-revision", revision]].concat();
    models(&file, &guarded).unwrap();
    assert_eq!(aliases(), before.replacen("champion = 1", "champion = 3", 1));
    assert!(models(&file, &promote).unwrap().contains("names version 3 already"));
    let back = models(&file, &["rollback", "fraud", "--reason", "worse", "--execute"]).unwrap();
    assert!(back.contains("takes back: ") && back.contains("version 3 -> version 1"), "{back}");
    assert_eq!(aliases(), before);
    let history = models(&file, &["history", "fraud"]).unwrap();
    let lines: Vec<&str> = history.lines().collect();
    assert!(lines[0].contains("champion: version 1 -> version 3  by ann: trained on May"), "{history}");
    assert!(lines[1].contains("version 3 -> version 1 (rollback)"), "{history}");
    assert!(
        lines[2].contains(&format!("now: revision {revision}: fraud@challenger = 2, fraud@champion = 1"))
            || lines[2]
                .contains(&format!("now: revision {revision}: fraud@champion = 1, fraud@challenger = 2")),
        "{history}"
    );
    assert!(
        models(&file, &["rollback", "fraud", "--reason", "x"]).unwrap_err().contains("no promotion of fraud")
    );
}

#[test]
fn champion_and_challenger_change_places_in_one_promotion_and_a_rollback_takes_both_back() {
    let (file, folder) = with_repository();
    let before = std::fs::read_to_string(folder.join("aliases.toml")).unwrap();
    let alone = models(&file, &["promote", "fraud", "champion=2", "--reason", "better"]).unwrap_err();
    assert!(alone.contains("list each version once"), "the stream would score it twice: {alone}");
    models(&file, &["promote", "fraud", "champion=2", "challenger=1", "--reason", "better", "--execute"])
        .unwrap();
    let after = std::fs::read_to_string(folder.join("aliases.toml")).unwrap();
    assert!(after.contains("champion = 2\nchallenger = 1"), "{after}");
    models(&file, &["rollback", "fraud", "--reason", "worse", "--execute"]).unwrap();
    assert_eq!(std::fs::read_to_string(folder.join("aliases.toml")).unwrap(), before);
}

#[test]
fn a_model_is_disabled_by_one_command_whatever_state_it_is_in_and_enabled_by_another_once_it_is_sound() {
    let (file, folder) = with_repository();
    let aliases = || std::fs::read_to_string(folder.join("aliases.toml")).unwrap();
    let (before, model) = (aliases(), folder.join("fraud/2/model.onnx"));
    let whole = std::fs::read(&model).unwrap();
    std::fs::write(&model, "damaged").unwrap();
    let check = || file.check().output().unwrap();
    let hash = |said: &str| {
        said.split("its hash is ").nth(1).and_then(|rest| rest.lines().next()).map(str::to_owned)
    };
    assert_eq!(check().status.code(), Some(78), "a damaged version keeps the service from starting");
    let disable = ["disable", "fraud@challenger", "--reason", "hangs"];
    assert!(models(&file, &disable).unwrap().contains("nothing was done"));
    assert_eq!(aliases(), before);
    models(&file, &[&disable[..], &["--execute"]].concat()).unwrap();
    assert!(aliases().contains("disabled = [\"fraud@challenger\"]"), "{}", aliases());
    let without = check();
    assert!(without.status.success(), "{}", text(&without.stderr));
    assert!(models(&file, &disable).unwrap().contains("disabled already"));
    let enable = ["enable", "fraud@challenger", "--reason", "mended", "--execute"];
    assert!(models(&file, &enable).unwrap_err().contains("fraud/2 refused"), "it would not score");
    std::fs::write(&model, whole).unwrap();
    let disabled = text(&check().stdout);
    models(&file, &enable).unwrap();
    assert_eq!(aliases(), before);
    assert_eq!(
        hash(&disabled),
        hash(&text(&check().stdout)),
        "to disable a model is no change of the config"
    );
    assert!(hash(&disabled).is_some());
    let history = models(&file, &["history"]).unwrap();
    assert!(
        history.contains("fraud@challenger disabled") && history.contains("fraud@challenger enabled"),
        "{history}"
    );
    assert!(
        models(&file, &["disable", "fraud@chalenger", "--reason", "x"]).unwrap_err().contains("no alias")
    );
    std::fs::write(folder.join("aliases.toml"), format!("disabled = [\"fraud@chalenger\"]\n{before}"))
        .unwrap();
    assert!(text(&check().stderr).contains("disables `fraud@chalenger`, which isn't there"));
}

#[test]
fn a_version_that_the_gate_refuses_is_not_promoted() {
    let (file, folder) = with_repository();
    let before = std::fs::read_to_string(folder.join("aliases.toml")).unwrap();
    let promote =
        |alias: &str| models(&file, &["promote", "fraud", alias, "--reason", "x", "--execute"]).unwrap_err();
    assert!(promote("champion=9").contains("has no version 9; versions there: 1, 2, 3"));
    let model = folder.join("fraud/3/model.onnx");
    let whole = std::fs::read(&model).unwrap();
    std::fs::write(&model, &whole[..whole.len() / 2]).unwrap();
    assert!(promote("champion=3").contains("fraud/3 refused (corrupt)"));
    assert!(promote("canary=3").contains("fraud/3 refused (corrupt)"), "an alias that no stream names, too");
    assert_eq!(std::fs::read_to_string(folder.join("aliases.toml")).unwrap(), before);
    assert!(!folder.join("aliases.history.jsonl").exists());
    let difference = models(&file, &["diff", "fraud", "1", "2"]).unwrap();
    assert!(
        difference.contains("model.onnx: ") && difference.contains("features in order: "),
        "{difference}"
    );
}

#[test]
fn an_empty_repository_is_a_failure_and_a_missing_one_too() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_path_buf(), folder.path().join("nowhere")] {
        let output = run(&["models", "verify", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{}", path.display());
    }
}

#[test]
fn wrong_usage_exits_2() {
    for arguments in [
        &["dance"][..],
        &["run", "--no-such-option"],
        &["status", "--output", "xml"],
        &["simulate", "--rate", "0"],
        &["simulate", "--start", "yesterday", "--out", "x"],
        &["simulate", "--partitions", "0"],
        &["simulate", "--malformed", "2", "--out", "x"],
        &["check", "-X", "novalue"],
        &["report", "--watch", "hourly"],
        &["report", "--watch", "10ms"],
        &["report", "--watch", "1h", "--listen", "9465"],
        &["report", "--listen", "127.0.0.1:9465"],
        &[],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }
}

#[test]
fn completions_print_for_every_shell_even_to_a_reader_that_leaves() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("until-caught-up"), "{shell}");
    }
    let mut child = bystander(&["completions", "bash"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(!text(&output.stderr).contains("panicked"), "{}", text(&output.stderr));
}

#[test]
fn help_names_every_option_and_what_it_does() {
    for (command, options) in [
        (&["run"][..], &["--config", "--brokers", "-X", "--until-caught-up"][..]),
        (&["check"], &["--config", "--offline"]),
        (&["init"], &["--config", "--execute", "--live-principal", "--shadow-principal"]),
        (&["status"], &["--config", "--output"]),
        (&["skip"], &["--config", "--topic", "--partition", "--from", "--to", "--reason", "--execute"]),
        (&["models", "list"], &["--config", "--output", "[DIR]"]),
        (&["models", "verify"], &["--config", "--output", "[DIR]"]),
        (
            &["models", "promote"],
            &["--config", "--repository", "--reason", "--by", "--if-revision", "--execute"],
        ),
        (
            &["models", "rollback"],
            &["--config", "--repository", "--reason", "--by", "--if-revision", "--execute"],
        ),
        (&["models", "history"], &["--config", "--repository", "--output"]),
        (&["models", "diff"], &["--config", "--repository"]),
        (
            &["simulate"],
            &[
                "--orders",
                "--quotes",
                "--seed",
                "--malformed",
                "--rate",
                "--out",
                "--days",
                "--start",
                "--partitions",
                "--outcomes",
                "--execute",
            ],
        ),
        (&["demo"], &["--brokers", "--orders", "--quotes", "--seed", "--models", "--report"]),
        (
            &["replay"],
            &[
                "--stream",
                "--partition",
                "--from",
                "--to",
                "--models",
                "--input",
                "--out",
                "--to-topic",
                "--rate",
                "--bytes-per-second",
                "--speed",
                "--dry-run",
                "--execute",
                "--resume",
                "--verify",
                "--piece-size",
            ],
        ),
        (
            &["report"],
            &[
                "--comparisons",
                "--outcomes",
                "--from",
                "--to",
                "--as-of",
                "--gates",
                "--html",
                "--json",
                "--run",
                "--live-model",
                "--watch",
                "--listen",
                "127.0.0.1:9465",
            ],
        ),
    ] {
        let output = run(&[command, &["--help"]].concat());
        assert_eq!(output.status.code(), Some(0));
        let said = text(&output.stdout);
        for option in options {
            assert!(said.contains(option), "{option} in\n{said}");
        }
    }
    let all = text(&run(&["--help"]).stdout);
    let all_commands = [
        "run",
        "replay",
        "report",
        "check",
        "init",
        "status",
        "resume",
        "skip",
        "models",
        "simulate",
        "demo",
        "completions",
    ];
    for command in all_commands {
        assert!(all.lines().any(|line| line.trim_start().starts_with(command)), "{command}");
    }
    assert!(text(&run(&["--version"]).stdout).starts_with("bystander "));
}

#[test]
fn the_simulator_writes_the_same_files_for_the_same_seed() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for (folder, seed) in folders.iter().zip(["5", "5", "6"]) {
        let path = folder.path().to_str().unwrap();
        let arguments = [
            "simulate",
            "--orders",
            "200",
            "--quotes",
            "100",
            "--seed",
            seed,
            "--malformed",
            "0.1",
            "--out",
            path,
        ];
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("orders: 200 events"), "{}", text(&output.stdout));
    }
    let read = |index: usize, name: &str| std::fs::read(folders[index].path().join(name)).unwrap();
    for name in ["orders.jsonl", "price-quotes.jsonl", "outcomes.jsonl"] {
        assert_eq!(read(0, name), read(1, name), "{name}");
    }
    assert_ne!(read(0, "orders.jsonl"), read(2, "orders.jsonl"));
}
