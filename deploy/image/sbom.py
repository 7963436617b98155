"""Writes the image's bill of materials (CycloneDX 1.5) to standard output: `python3 deploy/image/sbom.py x86_64`.

Crates that are compiled in, as `cargo metadata` resolves them for this machine with the image's features; the C libraries that
come inside of crates, with their own versions; and ONNX Runtime's files by hash. Needs cargo and nothing but Python 3.8.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NAME = "bystander"
FEATURES = ["--no-default-features", "--features", "vendored-openssl"]


def linked(metadata):
    """Packages that the binary is made of: normal dependencies from the root on, no tests' and no build scripts'."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    waiting, seen = [metadata["resolve"]["root"]], set()
    while waiting:
        package = waiting.pop()
        if package in seen:
            continue
        seen.add(package)
        for dependency in nodes[package]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    return sorted((p for p in metadata["packages"] if p["id"] in seen), key=lambda p: (p["name"], p["version"]))


def crate(package, sums):
    name, version = package["name"], package["version"]
    component = {"type": "library", "name": name, "version": version, "purl": f"pkg:cargo/{name}@{version}"}
    if package["license"]:
        component["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if (name, version) in sums:
        component["hashes"] = [{"alg": "SHA-256", "content": sums[name, version]}]
    return component


def checksums():
    """Hashes of the crates' archives, from Cargo.lock."""
    text = (ROOT / "Cargo.lock").read_text(encoding="utf-8")
    entry = r'name = "([^"]+)"\nversion = "([^"]+)"\nsource = "[^"]+"\nchecksum = "([0-9a-f]{64})"'
    return {(name, version): digest for name, version, digest in re.findall(entry, text)}


def defined(package, header, name):
    """The value of a macro in a header of a crate's sources."""
    text = (pathlib.Path(package["manifest_path"]).parent / header).read_text(encoding="utf-8", errors="replace")
    return re.search(rf'#define\s+{name}\s+"?([0-9.]+)"?', text).group(1)


def bundled(packages):
    """C libraries that crates are built with: they have versions and faults of their own."""
    of = {package["name"]: package for package in packages}
    library = lambda name: of[name]["version"].split("+")[1]
    lz4 = "librdkafka/src/lz4.h"
    lz4 = ".".join(defined(of["rdkafka-sys"], lz4, f"LZ4_VERSION_{part}") for part in ("MAJOR", "MINOR", "RELEASE"))
    for name, version, within, licence, place in [
        ("librdkafka", library("rdkafka-sys"), "rdkafka-sys", "BSD-2-Clause", "github/confluentinc/librdkafka@v"),
        ("lz4", lz4, "rdkafka-sys", "BSD-2-Clause", "github/lz4/lz4@v"),
        ("zstd", library("zstd-sys").replace("zstd.", ""), "zstd-sys", "BSD-3-Clause", "github/facebook/zstd@v"),
        ("zlib", defined(of["libz-sys"], "src/zlib/zlib.h", "ZLIB_VERSION"), "libz-sys", "Zlib", "github/madler/zlib@v"),
        ("openssl", library("openssl-src"), "openssl-src", "Apache-2.0", "github/openssl/openssl@openssl-"),
    ]:
        yield {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:{place}{version}",
            "licenses": [{"license": {"id": licence}}],
            "properties": [{"name": "bystander:bundled-in", "value": f"{within}@{of[within]['version']}"}],
        }


def onnxruntime(machine):
    pins = ROOT / "deploy" / "fetch" / "onnxruntime"
    version = re.search(r"onnxruntime==([0-9.]+)", (pins / "requirements.txt").read_text(encoding="utf-8")).group(1)
    digests = dict(line.split()[::-1] for line in (pins / f"{machine}.sha256").read_text(encoding="utf-8").splitlines())
    return {
        "type": "library",
        "name": "onnxruntime",
        "version": version,
        "purl": f"pkg:pypi/onnxruntime@{version}",
        "licenses": [{"license": {"id": "MIT"}}],
        "hashes": [{"alg": "SHA-256", "content": digests["libonnxruntime.so"]}],
    }


def main(machine):
    words = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", f"{machine}-unknown-linux-gnu"]
    words += FEATURES
    metadata = json.loads(subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    packages, sums = linked(metadata), checksums()
    [product] = [package for package in packages if package["name"] == NAME]
    component = {"type": "application", "name": NAME, "version": product["version"]}
    crates = [crate(package, sums) for package in packages if package is not product]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {**component, "licenses": [{"expression": product["license"]}]}},
        "components": [*crates, *bundled(metadata["packages"]), onnxruntime(machine)],
    }
    print(json.dumps(bill, indent=2, sort_keys=True))


main(*sys.argv[1:])
