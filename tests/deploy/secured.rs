//! Examples of encrypted clusters, for the chart and for compose: what they make is a config that the program accepts, so
//! none of them can rot.

use crate::chart::{CHART, both, documents, of_kind, rendered, run, said};
use crate::shipped::{read, root};
use crate::support::tools::checkers;
use bystander_testkit::tools_or_skip;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const EXAMPLES: [&str; 3] = ["scram", "mtls", "oauthbearer"];
/// A token that ends in the year 2100: `{"alg":"none"}`, `{"sub":"bystander","exp":4102444800}`.
const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJieXN0YW5kZXIiLCJleHAiOjQxMDI0NDQ4MDB9.";

fn example(name: &str) -> String {
    format!("{CHART}/examples/{name}.yaml")
}

/// A certificate and its key, as clusters hand them out.
fn certificate(folder: &Path) {
    let words =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    let made = Command::new("openssl")
        .args(words)
        .args(["-subj", "/CN=test", "-keyout", "tls.key", "-out", "tls.crt"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", said(&made));
    fs::copy(folder.join("tls.crt"), folder.join("ca.crt")).unwrap();
}

/// Puts a file at each path of `config` below one of `mounts`, moved into `folder`; gives the config with the new paths.
fn with_files(config: &str, mounts: &BTreeSet<String>, folder: &Path) -> String {
    let mut moved = config.to_owned();
    certificate(folder);
    for mount in mounts {
        let place = folder.join(mount.trim_start_matches('/'));
        fs::create_dir_all(&place).unwrap();
        for name in ["ca.crt", "tls.crt", "tls.key"] {
            fs::copy(folder.join(name), place.join(name)).unwrap();
        }
        for name in ["password", "live-password", "shadow-password"] {
            fs::write(place.join(name), "secret\n").unwrap();
        }
        fs::write(place.join("token"), TOKEN).unwrap();
        moved = moved.replace(&format!("{mount}/"), &format!("{}/", place.display()));
    }
    moved
}

fn check(config: &Path, variables: &[(String, String)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bystander"));
    command.args(["check", "--offline", "-c"]).arg(config).current_dir(root());
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    // The models' place is the image's.
    command.env("BYSTANDER__MODELS__REPOSITORY", root().join("models")).output().unwrap()
}

/// The container of the service.
fn container(documents: &[Value]) -> &Value {
    &of_kind(documents, "Deployment")[0]["spec"]["template"]["spec"]["containers"][0]
}

fn mounts(documents: &[Value]) -> BTreeSet<String> {
    let mounts = container(documents)["volumeMounts"].as_array().unwrap().iter();
    mounts.map(|mount| mount["mountPath"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_binary_accepts_the_config_of_each_example_with_its_files_where_they_are_mounted() {
    let (helm, checkers) = tools_or_skip!(
        "the_binary_accepts_the_config_of_each_example_with_its_files_where_they_are_mounted",
        both
    );
    for name in EXAMPLES {
        let documents = documents(&checkers, &rendered(&helm, &["-f", &example(name)]), &[]).unwrap();
        let config = of_kind(&documents, "ConfigMap")[0]["data"]["bystander.toml"].as_str().unwrap();
        let variable = |variable: &Value| {
            let text = |key: &str| variable[key].as_str().unwrap().to_owned();
            (text("name"), text("value"))
        };
        let variables: Vec<_> =
            container(&documents)["env"].as_array().unwrap().iter().map(variable).collect();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bystander.toml");
        fs::write(&file, with_files(config, &mounts(&documents), folder.path())).unwrap();
        let output = check(&file, &variables);
        assert!(output.status.success(), "{name}: {}", said(&output));
        // Every file that it names was one of a mount: none is left at its old place.
        fs::write(&file, config).unwrap();
        let missing = said(&check(&file, &variables));
        assert!(
            missing.contains("/etc/bystander/") || missing.contains("/var/run/secrets/"),
            "{name}: {missing}"
        );
        assert!(!missing.contains("secret\n"), "{missing}");
    }
}

#[test]
fn each_example_is_valid_and_its_pods_reach_only_the_ports_with_tls() {
    let (helm, checkers) =
        tools_or_skip!("each_example_is_valid_and_its_pods_reach_only_the_ports_with_tls", both);
    for name in EXAMPLES {
        let file = example(name);
        let lint = run(&helm, &["lint", "--strict", CHART, "-f", &file]);
        assert!(lint.status.success(), "{name}: {}", String::from_utf8_lossy(&lint.stdout));
        let documents =
            documents(&checkers, &rendered(&helm, &["-f", &file]), &["--kubernetes", "1.32"]).unwrap();
        let policy = of_kind(&documents, "NetworkPolicy")[0];
        let rules = policy["spec"]["egress"].as_array().unwrap().iter();
        let ports = rules.flat_map(|rule| rule["ports"].as_array().unwrap());
        let ports: BTreeSet<u64> = ports.map(|port| port["port"].as_u64().unwrap()).collect();
        assert_eq!(ports, BTreeSet::from([53, 9093]), "{name}");
    }
    let defaults = documents(&checkers, &rendered(&helm, &[]), &[]).unwrap();
    let policy = of_kind(&defaults, "NetworkPolicy")[0].to_string();
    assert!(policy.contains("9092") && policy.contains("9093"), "both usual ports by default: {policy}");
}

#[test]
fn tokens_are_those_of_the_service_account_for_one_audience_each() {
    let (helm, checkers) =
        tools_or_skip!("tokens_are_those_of_the_service_account_for_one_audience_each", both);
    let documents = documents(&checkers, &rendered(&helm, &["-f", &example("oauthbearer")]), &[]).unwrap();
    let pod = &of_kind(&documents, "Deployment")[0]["spec"]["template"]["spec"];
    let volumes = pod["volumes"].as_array().unwrap().iter();
    let tokens: Vec<&Value> =
        volumes.filter_map(|volume| volume.pointer("/projected/sources/0/serviceAccountToken")).collect();
    let wanted = |audience: &str| json!({ "path": "token", "audience": audience, "expirationSeconds": 3600 });
    assert_eq!(tokens, [&wanted("kafka-live"), &wanted("kafka-shadow")]);
    assert_eq!(pod["automountServiceAccountToken"], false, "none of the API");
    assert_eq!(pod["serviceAccountName"], "bystander");
}

/// Pods must restart where anything changes that they read at start.
#[test]
fn a_change_of_config_secrets_or_model_source_rolls_the_pods_and_one_of_replicas_does_not() {
    let (helm, checkers) = tools_or_skip!(
        "a_change_of_config_secrets_or_model_source_rolls_the_pods_and_one_of_replicas_does_not",
        both
    );
    let sum = |further: &[&str]| {
        let words = [&["-f", "deploy/helm/bystander/examples/scram.yaml"], further].concat();
        let documents = documents(&checkers, &rendered(&helm, &words), &[]).unwrap();
        let template = &of_kind(&documents, "Deployment")[0]["spec"]["template"];
        template["metadata"]["annotations"]["checksum/config"].as_str().unwrap().to_owned()
    };
    let before = sum(&[]);
    for change in [
        "secrets[0].secretName=another,secrets[0].name=live-kafka",
        "models.image=registry.example.com/models:8",
        "models.existingClaim=models",
        "config=job = \"other\"",
        "shards=8",
    ] {
        assert_ne!(sum(&["--set", change]), before, "{change}");
    }
    assert_eq!(sum(&["--set", "replicas=3"]), before);
}

#[test]
fn the_compose_file_for_encrypted_clusters_makes_a_config_that_the_binary_accepts() {
    let checkers = tools_or_skip!(
        "the_compose_file_for_encrypted_clusters_makes_a_config_that_the_binary_accepts",
        checkers
    );
    let compose = documents(&checkers, &read("deploy/compose.tls.yaml"), &[]).unwrap().remove(0);
    let service = &compose["services"]["bystander"];
    let folder = tempfile::tempdir().unwrap();
    let mount = BTreeSet::from(["/etc/bystander/secrets".to_owned()]);
    assert!(service["volumes"][0].as_str().unwrap().ends_with(":/etc/bystander/secrets:ro"));
    let variables = service["environment"].as_object().unwrap().iter().map(|(name, value)| {
        let text = value.as_str().unwrap();
        let asked = text.starts_with("${LIVE_BROKERS:?") || text.starts_with("${SHADOW_BROKERS:?");
        let text = if asked { "kafka.example.com:9093" } else { text };
        (name.clone(), with_files(text, &mount, folder.path()))
    });
    let variables: Vec<_> = variables.collect();
    let file = root().join("deploy/local/bystander.toml");
    let output = check(&file, &variables);
    assert!(output.status.success(), "{}", said(&output));
    let services = compose["services"].as_object().unwrap();
    let waits = services.values().filter_map(|service| service["depends_on"].as_object());
    assert!(waits.flatten().all(|(other, _)| services.contains_key(other)));
    assert_eq!((&service["read_only"], &service["cap_drop"][0]), (&true.into(), &"ALL".into()));
}
