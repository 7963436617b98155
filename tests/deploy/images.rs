//! The Dockerfile and the compose file, as far as they can be checked without an engine.

use crate::chart::documents;
use crate::shipped::{read, root};
use crate::support::tools::{checkers, python};
use bystander_testkit::tools_or_skip;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

const DOCKERFILE: &str = "deploy/Dockerfile";

/// The lines of the last stage.
fn last_stage() -> String {
    read(DOCKERFILE).rsplit("\nFROM ").next().unwrap().to_owned()
}

#[test]
fn the_dockerfile_passes_hadolint() {
    let checkers = tools_or_skip!("the_dockerfile_passes_hadolint", checkers);
    let output =
        Command::new(checkers.join("hadolint")).arg(DOCKERFILE).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_image_has_no_compiler_and_is_not_root() {
    let stage = last_stage();
    assert!(stage.starts_with("debian:bookworm-slim\n"), "{stage}");
    assert!(!stage.contains("apt-get"), "nothing is installed into it");
    assert!(stage.contains("\nUSER 65532:65532\n"));
    assert!(stage.contains("\nHEALTHCHECK ") && stage.contains("bystander-healthcheck"));
    assert!(stage.contains("bystander.sbom=\"/usr/local/share/bystander/sbom.cdx.json\""));
    // ONNX Runtime comes by the script that checks every byte, and from nowhere else.
    let dockerfile = read(DOCKERFILE);
    assert!(dockerfile.contains("\nRUN deploy/fetch/onnxruntime.sh\n"));
    let libraries: Vec<&str> = stage.lines().filter(|line| line.contains("libonnxruntime.so")).collect();
    assert_eq!(libraries.len(), 1);
    assert!(libraries[0].starts_with("COPY --from=runtime "));
    // StringNormalizer's default locale, which the base image lacks.
    assert!(dockerfile.contains("localedef --no-archive -i en_US -f UTF-8 /out/en_US.utf8\n"));
    assert!(stage.contains("\nCOPY --from=locale /out/en_US.utf8/ /usr/lib/locale/en_US.utf8/\n"));
}

#[test]
fn the_shipped_image_has_no_simulator_and_that_of_compose_has() {
    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let defaults = manifest["features"]["default"].as_array().unwrap();
    assert_eq!(defaults, &[toml::Value::from("simulator")], "what --no-default-features leaves out");
    for file in [DOCKERFILE, "deploy/image/steps.sh"] {
        let text = read(file);
        let builds: Vec<&str> = text.lines().filter(|line| line.contains("cargo build")).collect();
        assert!(builds.len() == 1 && builds[0].contains("--no-default-features"), "{file}: {builds:?}");
    }
    assert!(read(DOCKERFILE).contains("\nARG FEATURES=vendored-openssl\n"));
    assert!(read("deploy/compose.yaml").contains("FEATURES: \"vendored-openssl,simulator\""));
}

#[test]
fn the_toolchains_version_is_the_checkouts() {
    let toolchain: toml::Table = toml::from_str(&read("rust-toolchain.toml")).unwrap();
    let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
    assert!(read(DOCKERFILE).contains(&format!("FROM rust:{channel}-slim-bookworm AS build")), "{channel}");
    assert!(read(DOCKERFILE).contains(&format!("RUSTUP_TOOLCHAIN={channel}")));
}

#[test]
fn the_build_context_has_what_the_dockerfile_copies() {
    let ignore = read("deploy/Dockerfile.dockerignore");
    let allowed: Vec<&str> = ignore.lines().filter_map(|line| line.strip_prefix('!')).collect();
    assert!(ignore.lines().any(|line| line == "*"), "everything else is left out");
    let dockerfile = read(DOCKERFILE);
    let copies = dockerfile.lines().filter(|line| line.starts_with("COPY ") && !line.contains("--from="));
    for copy in copies {
        let words: Vec<&str> =
            copy.split_whitespace().skip(1).filter(|word| !word.starts_with("--")).collect();
        for source in &words[..words.len() - 1] {
            let source = source.trim_end_matches('/');
            assert!(root().join(source).exists(), "{source}");
            let reached =
                allowed.iter().any(|entry| source == *entry || source.starts_with(&format!("{entry}/")));
            assert!(reached, "{source} is not in the build context");
        }
    }
}

/// C libraries, and the crates that they come in.
const BUNDLED: [(&str, &str); 5] = [
    ("librdkafka", "rdkafka-sys"),
    ("lz4", "rdkafka-sys"),
    ("zstd", "zstd-sys"),
    ("zlib", "libz-sys"),
    ("openssl", "openssl-src"),
];

/// A package's version in the lock file.
fn locked(package: &str) -> String {
    let lock = read("Cargo.lock");
    let (_, after) = lock.split_once(&format!("\nname = \"{package}\"\nversion = \"")).unwrap();
    after.split('"').next().unwrap().to_owned()
}

#[test]
fn the_bill_of_materials_names_what_is_linked_and_the_librarys_hash() {
    let python = tools_or_skip!("the_bill_of_materials_names_what_is_linked_and_the_librarys_hash", python);
    for machine in ["x86_64", "aarch64"] {
        let output = Command::new(&python)
            .args(["-B", "deploy/image/sbom.py", machine])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let bill: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (bill["bomFormat"].as_str(), bill["specVersion"].as_str()),
            (Some("CycloneDX"), Some("1.5"))
        );
        let components = bill["components"].as_array().unwrap();
        let find = |name: &str| components.iter().find(|component| component["name"] == name);
        assert!(find("rdkafka").is_some() && find("ort").is_some());
        for absent in ["bystander-testkit", "bystander-storefront"] {
            assert!(find(absent).is_none(), "{absent} is no part of the image");
        }
        for (library, within) in BUNDLED {
            let is_it =
                |component: &&Value| component["name"] == library && component["properties"].is_array();
            let component = components.iter().find(is_it);
            let component = component.unwrap_or_else(|| panic!("{library} comes inside of {within}"));
            let version = component["version"].as_str().unwrap();
            assert!(
                version.split('.').count() == 3 && version.starts_with(|c: char| c.is_ascii_digit()),
                "{version}"
            );
            let locked = locked(within);
            assert_eq!(
                component["properties"][0]["value"],
                format!("{within}@{locked}"),
                "as the lock file has it"
            );
            let own = locked.split_once('+').map(|(_, own)| own.trim_start_matches("zstd.").to_owned());
            // Of two libraries the version stands in their sources alone.
            assert!(
                own.is_none() || library == "lz4" || own.as_deref() == Some(version),
                "{library} {version} {locked}"
            );
        }
        let digest = read(&format!("deploy/fetch/onnxruntime/{machine}.sha256"));
        let library = find("onnxruntime").unwrap();
        assert!(digest.contains(library["hashes"][0]["content"].as_str().unwrap()));
        assert!(components.iter().all(|component| component["licenses"].is_array()), "each has a licence");
    }
}

/// Whether the image's healthcheck passes on this port.
fn healthy(port: u16) -> bool {
    let mut check = Command::new("bash");
    check
        .arg("deploy/image/healthcheck.sh")
        .env("BYSTANDER_HEALTH_PORT", port.to_string())
        .current_dir(root());
    check.output().unwrap().status.success()
}

#[test]
fn the_healthcheck_passes_where_healthz_says_200_and_nowhere_else() {
    for (answer, passes) in [("200 OK", true), ("503 Service Unavailable", false)] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                let mut some = [0; 256];
                let length = stream.read(&mut some).unwrap();
                assert!(length > 0, "it hung up: {asked:?}");
                asked.extend_from_slice(&some[..length]);
            }
            stream.write_all(format!("HTTP/1.0 {answer}\r\n\r\n{{}}").as_bytes()).unwrap();
            String::from_utf8(asked).unwrap()
        });
        assert_eq!(healthy(port), passes, "{answer}");
        assert!(server.join().unwrap().starts_with("GET /healthz HTTP/1.0\r\n"));
    }
    // A port that was free a moment ago.
    assert!(!healthy(TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()));
}

#[test]
fn the_compose_file_mounts_what_is_there_and_opens_ports_on_loopback_only() {
    let checkers =
        tools_or_skip!("the_compose_file_mounts_what_is_there_and_opens_ports_on_loopback_only", checkers);
    let compose = documents(&checkers, &read("deploy/compose.yaml"), &[]).unwrap().remove(0);
    let services = compose["services"].as_object().unwrap();
    for name in ["kafka", "bystander", "report", "simulator", "prometheus", "grafana"] {
        assert!(services.contains_key(name), "{name}");
    }
    for (name, service) in services {
        for port in service["ports"].as_array().into_iter().flatten() {
            assert!(port.as_str().unwrap().starts_with("127.0.0.1:"), "{name}: {port}");
        }
        for volume in service["volumes"].as_array().into_iter().flatten() {
            let source = volume.as_str().unwrap().split(':').next().unwrap();
            if let Some(path) = source.strip_prefix("./") {
                assert!(root().join("deploy").join(path).exists(), "{name}: {source}");
                assert!(volume.as_str().unwrap().ends_with(":ro"), "{name}: {volume}");
            } else {
                assert!(compose["volumes"].get(source).is_some(), "{name}: {source}");
            }
        }
        let image = service["image"].as_str().unwrap();
        assert!(
            image == "bystander-local" || !image.ends_with(":latest") && image.contains(':'),
            "{name}: {image}"
        );
        let waits = service["depends_on"].as_object();
        assert!(waits.into_iter().flatten().all(|(other, _)| services.contains_key(other)), "{name}");
        if image == "bystander-local" {
            assert_eq!(
                (&service["read_only"], &service["cap_drop"][0]),
                (&true.into(), &"ALL".into()),
                "{name}"
            );
        }
    }
    let config = compose["configs"]["bystander"]["file"].as_str().unwrap();
    assert!(root().join("deploy").join(config).exists());
    // The scrape job finds both instances and the report by the services' names, at one port.
    let scrape = read("deploy/prometheus/prometheus.yml");
    assert!(scrape.contains("names: [bystander, report]") && scrape.contains("port: 9464"));
    let words = services["report"]["command"].as_array().unwrap();
    assert!(words.contains(&"--watch".into()) && words.contains(&"0.0.0.0:9464".into()));
    assert_eq!(services["bystander"]["deploy"]["replicas"], 2);
}
