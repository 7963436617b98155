//! The Helm chart: valid for Kubernetes with default and full values, and as strict as it says.

use crate::shipped::{dashboards, read, root, rules};
use crate::support::tools::{checkers, helm};
use bystander_testkit::tools_or_skip;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) const CHART: &str = "deploy/helm/bystander";
const FULL: &str = "deploy/helm/bystander/ci/full-values.yaml";
/// The oldest version that the chart allows, one that many run, and the newest that there are schemas for.
const VERSIONS: &[&str] = &["1.27", "1.32", "1.37"];

pub(crate) fn both() -> Result<(PathBuf, PathBuf), String> {
    Ok((helm()?, checkers()?))
}

pub(crate) fn run(helm: &Path, words: &[&str]) -> Output {
    Command::new(helm).args(words).current_dir(root()).output().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What the chart makes, as YAML.
pub(crate) fn rendered(helm: &Path, further: &[&str]) -> String {
    let words =
        [&["template", "shop", CHART, "--kube-version", "1.32.0", "--namespace", "data"], further].concat();
    let output = run(helm, &words);
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// YAML documents as JSON, by the Python environment.
pub(crate) fn documents(checkers: &Path, yaml: &str, further: &[&str]) -> Result<Vec<Value>, String> {
    let mut child = Command::new(checkers.join("python"))
        .arg(root().join("tests/deploy/documents.py"))
        .args(further)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It reads everything before it writes, so neither side waits for the other.
    child.stdin.take().unwrap().write_all(yaml.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    if !output.status.success() {
        return Err(said(&output));
    }
    Ok(serde_json::from_slice(&output.stdout).unwrap())
}

pub(crate) fn of_kind<'a>(documents: &'a [Value], kind: &str) -> Vec<&'a Value> {
    documents.iter().filter(|document| document["kind"] == kind).collect()
}

/// The pod specs of everything that makes pods.
fn pods(documents: &[Value]) -> Vec<&Value> {
    let places = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec"];
    let pod = |document| places.iter().find_map(|place| Value::pointer(document, place));
    documents.iter().filter_map(pod).collect()
}

#[test]
fn the_chart_is_valid_for_kubernetes_with_default_and_full_values() {
    let (helm, checkers) =
        tools_or_skip!("the_chart_is_valid_for_kubernetes_with_default_and_full_values", both);
    for values in [&[][..], &["-f", FULL]] {
        let lint = run(&helm, &[&["lint", "--strict", CHART], values].concat());
        assert!(lint.status.success(), "{}", String::from_utf8_lossy(&lint.stdout));
        let yaml = rendered(&helm, values);
        for version in VERSIONS {
            documents(&checkers, &yaml, &["--kubernetes", version])
                .unwrap_or_else(|said| panic!("{version}: {said}"));
        }
    }
    // The schemas are worth something: a key that isn't there is found.
    let yaml = rendered(&helm, &[]).replace("terminationGracePeriodSeconds", "terminationGraceSeconds");
    assert!(documents(&checkers, &yaml, &["--kubernetes", "1.32"]).unwrap_err().contains("Deployment"));
}

#[test]
fn no_container_has_more_rights_than_it_needs() {
    let (helm, checkers) = tools_or_skip!("no_container_has_more_rights_than_it_needs", both);
    let documents = documents(&checkers, &rendered(&helm, &["-f", FULL]), &[]).unwrap();
    let pods = pods(&documents);
    assert_eq!(pods.len(), 6, "the service, init, two replays, the report once and watched");
    for pod in pods {
        let security = &pod["securityContext"];
        assert_eq!((&security["runAsNonRoot"], &security["runAsUser"]), (&true.into(), &65532.into()));
        assert_eq!(security["seccompProfile"]["type"], "RuntimeDefault");
        assert_eq!(pod["automountServiceAccountToken"], false);
        let lists =
            ["containers", "initContainers"].map(|key| pod[key].as_array().cloned().unwrap_or_default());
        for container in lists.concat() {
            let security = &container["securityContext"];
            assert_eq!(security["readOnlyRootFilesystem"], true, "{container}");
            assert_eq!(security["allowPrivilegeEscalation"], false, "{container}");
            assert_eq!(security["capabilities"]["drop"][0], "ALL", "{container}");
            assert!(container["resources"]["limits"]["memory"].is_string(), "{container}");
        }
    }
}

#[test]
fn pods_reach_brokers_and_the_name_service_only_and_are_reached_by_scrapers_only() {
    let (helm, checkers) =
        tools_or_skip!("pods_reach_brokers_and_the_name_service_only_and_are_reached_by_scrapers_only", both);
    let documents = documents(&checkers, &rendered(&helm, &["-f", FULL]), &[]).unwrap();
    let policies = of_kind(&documents, "NetworkPolicy");
    let [policy] = policies.as_slice() else { panic!("one policy") };
    let spec = &policy["spec"];
    assert_eq!(spec["policyTypes"], serde_json::json!(["Ingress", "Egress"]));
    let ports = |rule: &Value| -> BTreeSet<u64> {
        rule["ports"].as_array().unwrap().iter().map(|port| port["port"].as_u64().unwrap()).collect()
    };
    let egress = spec["egress"].as_array().unwrap();
    let all: BTreeSet<u64> = egress.iter().flat_map(ports).collect();
    assert_eq!(all, BTreeSet::from([53, 9092, 9093, 9094]));
    assert!(egress.iter().all(|rule| rule["to"].is_array()), "with `to` in the values every rule has one");
    let ingress = spec["ingress"].as_array().unwrap();
    assert_eq!(ingress.len(), 1);
    assert_eq!(ports(&ingress[0]), BTreeSet::from([9464]));
    assert!(ingress[0]["from"].is_array());
    // The policy is for every pod: its labels are a part of each one's.
    let selector = spec["podSelector"]["matchLabels"].as_object().unwrap();
    let places = ["/spec/template/metadata/labels", "/spec/jobTemplate/spec/template/metadata/labels"];
    let labels =
        documents.iter().filter_map(|document| places.iter().find_map(|place| document.pointer(place)));
    let labels: Vec<_> = labels.collect();
    assert_eq!(labels.len(), 6);
    for labels in labels {
        assert!(selector.iter().all(|(key, value)| labels[key] == *value), "{labels}");
    }
}

#[test]
fn the_charts_rules_and_dashboards_are_the_shipped_ones() {
    let (helm, checkers) = tools_or_skip!("the_charts_rules_and_dashboards_are_the_shipped_ones", both);
    let documents = documents(&checkers, &rendered(&helm, &["-f", FULL]), &[]).unwrap();
    let groups = &of_kind(&documents, "PrometheusRule")[0]["spec"]["groups"];
    let found = groups.as_array().unwrap().iter().flat_map(|group| group["rules"].as_array().unwrap());
    let found: Vec<&Value> = found.collect();
    assert_eq!(found.len(), rules("rules.yml").len() + rules("alerts.yml").len());
    let base = "https://git.example.com/bystander/blob/main/deploy/RUNBOOK.md#bystander";
    for alert in found.iter().filter(|rule| rule["alert"].is_string()) {
        assert!(alert["annotations"]["runbook_url"].as_str().unwrap().starts_with(base), "{alert}");
    }
    let maps = of_kind(&documents, "ConfigMap");
    let shown = maps.iter().filter(|map| map["metadata"]["labels"]["grafana_dashboard"] == "1");
    let shown: Vec<Value> = shown
        .flat_map(|map| map["data"].as_object().unwrap().values())
        .map(|text| serde_json::from_str(text.as_str().unwrap()).unwrap())
        .collect();
    assert_eq!(shown, dashboards().into_iter().map(|dashboard| dashboard.json).collect::<Vec<_>>());
}

#[test]
fn a_changed_config_becomes_the_jobs_only_where_the_value_says_so() {
    let helm = tools_or_skip!("a_changed_config_becomes_the_jobs_only_where_the_value_says_so", helm);
    let flag = "--accept-config-change";
    assert!(!rendered(&helm, &[]).contains(flag));
    let accepting = rendered(&helm, &["--set", "acceptConfigChange=true"]);
    assert_eq!(accepting.matches(flag).count(), 1, "the service alone takes it");
}

#[test]
fn keda_scales_by_our_own_lag_up_to_the_shards() {
    let (helm, checkers) = tools_or_skip!("keda_scales_by_our_own_lag_up_to_the_shards", both);
    let documents = documents(&checkers, &rendered(&helm, &["-f", FULL]), &[]).unwrap();
    let scaled = &of_kind(&documents, "ScaledObject")[0]["spec"];
    assert_eq!(scaled["maxReplicaCount"], 6);
    let query = scaled["triggers"][0]["metadata"]["query"].as_str().unwrap();
    let lag = r#"bystander_lag_records{namespace="data", job="shop-bystander"}"#;
    assert_eq!(query, format!("sum(max by (topic, partition) ({lag}))"));
    // Nothing known must not be taken for nothing to do.
    assert_eq!(scaled["triggers"][0]["metadata"]["ignoreNullValues"], "false");
    assert!(read("crates/metrics/METRICS.md").contains("`bystander_lag_records` | gauge"));
    let deployment = &of_kind(&documents, "Deployment")[0];
    assert!(deployment["spec"]["replicas"].is_null(), "two would set the number otherwise");
    assert_eq!(scaled["scaleTargetRef"]["name"], deployment["metadata"]["name"]);
}

/// A job's instances and its report have one `job`, or alerts by job would miss one of them.
#[test]
fn the_report_is_scraped_under_the_job_of_the_service() {
    let (helm, checkers) = tools_or_skip!("the_report_is_scraped_under_the_job_of_the_service", both);
    let documents = documents(&checkers, &rendered(&helm, &["-f", FULL]), &[]).unwrap();
    let monitor = &of_kind(&documents, "ServiceMonitor")[0]["spec"];
    let label = monitor["jobLabel"].as_str().unwrap();
    let selector = monitor["selector"]["matchLabels"].as_object().unwrap();
    let services = of_kind(&documents, "Service");
    assert_eq!(services.len(), 2);
    for service in services {
        let labels = &service["metadata"]["labels"];
        assert_eq!(labels[label], "shop-bystander", "the job that KEDA asks for");
        assert!(selector.iter().all(|(key, value)| labels[key] == *value), "{labels}");
        let port = &service["spec"]["ports"][0];
        assert_eq!((&port["name"], &port["port"]), (&monitor["endpoints"][0]["port"], &9464.into()));
        let pods = service["spec"]["selector"].as_object().unwrap();
        let selected = of_kind(&documents, "Deployment").into_iter().filter(|deployment| {
            let labels = &deployment["spec"]["template"]["metadata"]["labels"];
            pods.iter().all(|(key, value)| labels[key] == *value)
        });
        assert_eq!(selected.count(), 1, "each service has pods of one kind");
    }
}

#[test]
fn values_that_are_not_there_or_make_no_sense_are_refused() {
    let helm = tools_or_skip!("values_that_are_not_there_or_make_no_sense_are_refused", helm);
    for (value, words) in [
        ("replcas=3", "replcas"),
        ("shards=0", "shards"),
        ("image.digest=latest", "digest"),
        ("config=", "config"),
        ("prometheusRule.runbookBaseUrl=git.example.com", "runbookBaseUrl"),
        ("report.watch.interval=hourly", "interval"),
        ("report.watch.every=1h", "every"),
    ] {
        let output = run(&helm, &["template", "shop", CHART, "--kube-version", "1.32.0", "--set", value]);
        assert!(!output.status.success(), "{value}");
        assert!(said(&output).contains(words), "{value}: {}", said(&output));
    }
}

/// Keys of the config and words of the command line are the binary's business: it reads what the chart writes.
#[test]
fn the_binary_accepts_the_charts_config() {
    let (helm, checkers) = tools_or_skip!("the_binary_accepts_the_charts_config", both);
    let folder = tempfile::tempdir().unwrap();
    for values in [&[][..], &["-f", FULL]] {
        let documents = documents(&checkers, &rendered(&helm, values), &[]).unwrap();
        let config = of_kind(&documents, "ConfigMap")[0]["data"]["bystander.toml"].as_str().unwrap();
        let file = folder.path().join("bystander.toml");
        std::fs::write(&file, config).unwrap();
        let mut check = Command::new(env!("CARGO_BIN_EXE_bystander"));
        check.args(["check", "--offline", "-c"]).arg(&file).current_dir(root());
        let container = &of_kind(&documents, "Deployment")[0]["spec"]["template"]["spec"]["containers"][0];
        for variable in container["env"].as_array().unwrap() {
            check.env(variable["name"].as_str().unwrap(), variable["value"].as_str().unwrap());
        }
        // The models' place is the image's.
        let output = check.env("BYSTANDER__MODELS__REPOSITORY", root().join("models")).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }
}

/// A fixed day can't be watched: that is said when everything else, gates and models too, has been accepted.
#[test]
fn the_binary_accepts_the_charts_words_for_a_watched_report() {
    let (helm, checkers) = tools_or_skip!("the_binary_accepts_the_charts_words_for_a_watched_report", both);
    let documents = documents(&checkers, &rendered(&helm, &["-f", FULL]), &[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in of_kind(&documents, "ConfigMap")[0]["data"].as_object().unwrap() {
        std::fs::write(folder.path().join(name), text.as_str().unwrap()).unwrap();
    }
    let watch = |document: &&Value| document["metadata"]["name"] == "shop-bystander-report-watch";
    let deployments = of_kind(&documents, "Deployment");
    let deployment = deployments.into_iter().find(watch).unwrap();
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    let words = container["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
    let words = words.map(|word| word.replace("/etc/bystander", folder.path().to_str().unwrap()));
    let mut report = Command::new(env!("CARGO_BIN_EXE_bystander"));
    report.args(words).args(["--as-of", "2026-09-02"]).current_dir(root());
    for variable in container["env"].as_array().unwrap() {
        report.env(variable["name"].as_str().unwrap(), variable["value"].as_str().unwrap());
    }
    let output = report.env("BYSTANDER__MODELS__REPOSITORY", root().join("models")).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("--as-of is a fixed day"), "{}", said(&output));
}
