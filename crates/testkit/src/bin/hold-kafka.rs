//! Starts a single broker, prints `<process id of Java> <folder> <bootstrap>`, and holds it until it is killed itself.

use std::io::{Write, stdout};

use bystander_testkit::{KafkaCluster, KafkaOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cluster = KafkaCluster::start(&KafkaOptions::default())?;
    let (pids, folder) = (cluster.pids(), cluster.shell().folder().display());
    let mut out = stdout();
    for pid in pids {
        writeln!(out, "{pid} {folder} {}", cluster.bootstrap())?;
    }
    out.flush()?;
    loop {
        std::thread::park();
    }
}
