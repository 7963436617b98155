//! Broker properties that start fast and fit a small machine.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::KafkaOptions;
use super::ports::free_port;
use super::tls::{self, Certificates, TlsListener, TlsPorts};
use crate::{Proxy, StartError};

/// The ports of one node, all on loopback.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    pub(super) plain: u16,
    pub(super) sasl: u16,
    pub(super) controller: u16,
    pub(super) proxied: Option<Proxied>,
    pub(super) tls: Option<TlsPorts>,
}

/// A listener that clients only reach through a proxy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proxied {
    listener: u16,
    proxy: u16,
}

impl Proxied {
    fn new() -> Result<Self, StartError> {
        Ok(Self { listener: free_port()?, proxy: free_port()? })
    }
}

/// The properties of every node of a cluster.
#[derive(Debug)]
pub(super) struct Settings {
    ports: Vec<Ports>,
    authorizer: bool,
    further: Vec<(String, String)>,
    folder: PathBuf,
    certificates: Option<Certificates>,
}

impl Settings {
    pub(super) fn new(options: &KafkaOptions, folder: &Path) -> Result<Self, StartError> {
        let ports = || {
            let proxied = options.proxied.then(Proxied::new).transpose()?;
            let tls = options.tls.then(tls::free_ports).transpose()?;
            Ok(Ports { plain: free_port()?, sasl: free_port()?, controller: free_port()?, proxied, tls })
        };
        let ports = (0..options.brokers).map(|_| ports()).collect::<Result<_, StartError>>()?;
        let (authorizer, further) = (options.authorizer, options.properties.clone());
        let certificates = options.tls.then(|| Certificates::make(folder)).transpose()?;
        Ok(Self { ports, authorizer, further, folder: folder.to_owned(), certificates })
    }

    pub(super) fn bootstrap(&self, port: impl Fn(&Ports) -> u16) -> String {
        let addresses: Vec<String> =
            self.ports.iter().map(|ports| format!("127.0.0.1:{}", port(ports))).collect();
        addresses.join(",")
    }

    pub(super) fn tls_bootstrap(&self, listener: TlsListener) -> String {
        let ports = self.ports.iter().filter_map(|ports| ports.tls.as_ref());
        let addresses: Vec<String> =
            ports.map(|ports| format!("localhost:{}", tls::port_of(ports, listener))).collect();
        addresses.join(",")
    }

    pub(super) fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    /// Starts the proxies that the brokers are to be reached through.
    pub(super) fn start_proxies(&self) -> Result<Vec<Proxy>, StartError> {
        let proxied = self.ports.iter().filter_map(|ports| ports.proxied);
        let proxies = proxied.map(|Proxied { listener, proxy }| Proxy::start(proxy, listener));
        proxies.collect::<Result<_, _>>().map_err(|error| StartError::Failed(format!("no proxy: {error}")))
    }

    /// Writes `node-N/server.properties` for every node and returns their paths.
    pub(super) fn write(&self) -> Result<Vec<PathBuf>, StartError> {
        (0..self.ports.len()).map(|index| self.write_node(index)).collect()
    }

    fn write_node(&self, index: usize) -> Result<PathBuf, StartError> {
        let folder = self.folder.join(format!("node-{}", index + 1));
        let file = folder.join("server.properties");
        let written =
            fs::create_dir_all(&folder).and_then(|()| fs::write(&file, self.properties(index, &folder)));
        written.map_err(|error| StartError::Failed(format!("cannot write {}: {error}", file.display())))?;
        Ok(file)
    }

    fn properties(&self, index: usize, folder: &Path) -> String {
        let Ports { plain, sasl, controller, proxied, tls } = self.ports[index];
        let of_tls = |host: &str| tls.map_or_else(String::new, |ports| tls::addresses(&ports, host));
        let (tls_listeners, tls_advertised) = (of_tls("127.0.0.1"), of_tls("localhost"));
        let (listener, advertised) = proxied.map_or_else(Default::default, |Proxied { listener, proxy }| {
            (format!(",PROXIED://127.0.0.1:{listener}"), format!(",PROXIED://127.0.0.1:{proxy}"))
        });
        let id = index + 1;
        let replicas = self.ports.len();
        let in_sync = if replicas > 1 { 2 } else { 1 };
        let voters: Vec<String> = self
            .ports
            .iter()
            .enumerate()
            .map(|(index, ports)| format!("{}@127.0.0.1:{}", index + 1, ports.controller))
            .collect();
        let mut text = format!(
            "process.roles=broker,controller\n\
             node.id={id}\n\
             controller.quorum.voters={voters}\n\
             listeners=PLAINTEXT://127.0.0.1:{plain},CLIENT://127.0.0.1:{sasl},CONTROLLER://127.0.0.1:{controller}{listener}{tls_listeners}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{plain},CLIENT://127.0.0.1:{sasl}{advertised}{tls_advertised}\n\
             listener.security.protocol.map={PLAIN_PROTOCOLS},{}\n\
             default.replication.factor={replicas}\n\
             min.insync.replicas={in_sync}\n\
             offsets.topic.replication.factor={replicas}\n\
             transaction.state.log.replication.factor={replicas}\n\
             transaction.state.log.min.isr={in_sync}\n\
             share.coordinator.state.topic.replication.factor={replicas}\n\
             log.dirs={data}\n\
             {FIXED}",
            tls::PROTOCOLS,
            voters = voters.join(","),
            data = folder.join("data").display(),
        );
        if let Some(certificates) = &self.certificates {
            text.push_str(&certificates.properties());
        }
        if self.authorizer {
            text.push_str(AUTHORIZER);
        }
        for (name, value) in &self.further {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name}={value}");
        }
        text
    }
}

const PLAIN_PROTOCOLS: &str =
    "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENT:SASL_PLAINTEXT,PROXIED:PLAINTEXT";

/// Groups without members are not forgotten while a test runs: that writes to the topic of group offsets, which tests
/// compare.
const FIXED: &str = "\
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=SCRAM-SHA-256
listener.name.client.scram-sha-256.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.retention.check.interval.ms=86400000
transaction.state.log.num.partitions=4
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=6000
replica.lag.time.max.ms=6000
controller.socket.timeout.ms=3000
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=4194304
log.retention.ms=-1
message.max.bytes=33554432
replica.fetch.max.bytes=33554432
";

/// Only the two loopback listeners without authentication have the principal ANONYMOUS.
const AUTHORIZER: &str = "\
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:ANONYMOUS
";

/// A user whose name or password the format tool would misread.
pub(super) fn check_user((name, password): &(String, String)) -> Result<(), StartError> {
    let plain = |text: &str| {
        !text.is_empty() && text.chars().all(|each| each.is_ascii_alphanumeric() || "-_.".contains(each))
    };
    if plain(name) && plain(password) {
        return Ok(());
    }
    Err(StartError::Failed(format!(
        "user {name:?}: use only letters, digits and -_. in the name and the password"
    )))
}
