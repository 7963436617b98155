//! A real Kafka on free ports, started from Java, that cannot outlive its owner.

mod admin;
mod node;
mod ports;
mod requests;
mod settings;
mod tls;

use parking_lot::{Mutex, MutexGuard};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

pub use self::admin::{Acl, InSync, Served};
use self::node::Node;
pub use self::requests::LoggedRequest;
use self::settings::Settings;
pub use self::tls::{Certificates, TlsListener};
use crate::java::Java;
use crate::shell::{JavaShell, ShellError};
use crate::{Account, Expectation, Proxy, StartError};

/// A start takes seconds, and minutes where other processes keep all cores busy.
const READY: Duration = Duration::from_secs(300);
const STOP: Duration = Duration::from_secs(300);
/// A port seen free may be taken before the broker binds it.
const ATTEMPTS: usize = 3;

/// What kind of cluster to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaOptions {
    /// Brokers, each a controller too: one or three.
    pub brokers: usize,
    /// Whether `StandardAuthorizer` refuses everything that no ACL allows. Who connects to
    /// [`KafkaCluster::bootstrap`] is a super user still; others come by [`KafkaCluster::sasl_bootstrap`].
    pub authorizer: bool,
    /// SCRAM users (SHA-256; with TLS SHA-512, too), as name and password.
    pub users: Vec<(String, String)>,
    /// Whether each broker has a listener behind a [`Proxy`]: see [`KafkaCluster::proxied_bootstrap`].
    pub proxied: bool,
    /// Further broker properties; they win over the testkit's own.
    pub properties: Vec<(String, String)>,
    /// Whether each broker has listeners with TLS: see [`KafkaCluster::tls_bootstrap`].
    pub tls: bool,
    /// Whether brokers log every request, for [`KafkaCluster::requests`].
    pub request_log: bool,
}

impl Default for KafkaOptions {
    fn default() -> Self {
        Self {
            brokers: 1,
            authorizer: false,
            users: Vec::new(),
            proxied: false,
            properties: Vec::new(),
            tls: false,
            request_log: false,
        }
    }
}

impl KafkaOptions {
    /// A cluster of this many brokers without an authorizer.
    #[must_use]
    pub fn brokers(brokers: usize) -> Self {
        Self { brokers, ..Self::default() }
    }

    /// One broker with the authorizer and these users; the password of each is its name and `-secret`.
    #[must_use]
    pub fn authorized(users: &[&str]) -> Self {
        let users = users.iter().map(|name| ((*name).to_owned(), format!("{name}-secret"))).collect();
        Self { authorizer: true, users, ..Self::default() }
    }
}

/// A running cluster; brokers, data and helper processes go when it is dropped or its owner dies.
#[derive(Debug)]
pub struct KafkaCluster {
    // Before the shell: brokers must be gone when the shell's folder, which holds their data, is removed.
    nodes: Mutex<Vec<Node>>,
    shell: JavaShell,
    settings: Settings,
    /// As the shell gave it; a broker of another id on one of these ports is not ours.
    id: Value,
    users: Vec<(String, String)>,
    proxies: Vec<Proxy>,
}

impl KafkaCluster {
    /// Starts a cluster and returns when every broker answers.
    ///
    /// # Errors
    /// [`StartError::Unavailable`] where this machine has no Java or no jars, [`StartError::Failed`] otherwise.
    pub fn start(options: &KafkaOptions) -> Result<Self, StartError> {
        if !matches!(options.brokers, 1 | 3) {
            return Err(StartError::Failed(format!("brokers is {}; use 1 or 3", options.brokers)));
        }
        for user in &options.users {
            settings::check_user(user)?;
        }
        let java = Java::find()?;
        let mut failure = StartError::Failed("not tried".to_owned());
        for _ in 0..ATTEMPTS {
            match Self::try_start(&java, options) {
                Ok(cluster) => return Ok(cluster),
                Err(error) if error.to_string().contains("BindException") => failure = error,
                Err(error) => return Err(error),
            }
        }
        Err(failure)
    }

    fn try_start(java: &Java, options: &KafkaOptions) -> Result<Self, StartError> {
        let shell = JavaShell::start()?;
        let settings = Settings::new(options, shell.folder())?;
        let files = settings.write()?;
        let proxies = settings.start_proxies()?;
        let mechanisms: &[&str] = if options.tls { &["SHA-256", "SHA-512"] } else { &["SHA-256"] };
        let user = |(name, password): &(String, String)| {
            mechanisms
                .iter()
                .map(move |hash| format!("SCRAM-{hash}=[name={name},password={password}]"))
                .collect()
        };
        let scram: Vec<String> =
            options.users.iter().flat_map(|each| -> Vec<String> { user(each) }).collect();
        let id = shell.call("format", &json!({ "properties_files": files, "scram": scram }))?;
        let nodes: Result<Vec<Node>, StartError> =
            files.into_iter().map(|file| Node::start(java.clone(), file, options.request_log)).collect();
        let (nodes, users) = (Mutex::new(nodes?), options.users.clone());
        let cluster = Self { nodes, shell, settings, id, users, proxies };
        cluster.wait_ready()?;
        Ok(cluster)
    }

    /// One single-broker cluster for all tests of this process, started by the first that asks; topics on it
    /// get their names from [`unique`].
    ///
    /// # Errors
    /// As [`KafkaCluster::start`]; the first failure is kept.
    pub fn shared() -> Result<&'static Self, StartError> {
        static SHARED: OnceLock<Result<KafkaCluster, StartError>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&KafkaOptions::default())).as_ref().map_err(Clone::clone)
    }

    /// `host:port` of every broker, without authentication and, with an authorizer, as a super user.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        self.settings.bootstrap(|ports| ports.plain)
    }

    /// `host:port` of every broker for SASL_PLAINTEXT with SCRAM-SHA-256.
    #[must_use]
    pub fn sasl_bootstrap(&self) -> String {
        self.settings.bootstrap(|ports| ports.sasl)
    }

    /// `host:port` of every broker's listener of a kind with TLS.
    #[must_use]
    pub fn tls_bootstrap(&self, listener: TlsListener) -> String {
        self.settings.tls_bootstrap(listener)
    }

    /// The certificates of the listeners with TLS, and of their clients; none without [`KafkaOptions::tls`].
    #[must_use]
    pub fn certificates(&self) -> Option<&Certificates> {
        self.settings.certificates()
    }

    /// `host:port` of every broker's [`Proxy`]. Brokers tell these clients the proxies' addresses, so nothing goes past
    /// them. Empty without [`KafkaOptions::proxied`].
    #[must_use]
    pub fn proxied_bootstrap(&self) -> String {
        self.proxies.iter().map(Proxy::address).collect::<Vec<_>>().join(",")
    }

    /// The proxies, in the brokers' order.
    #[must_use]
    pub fn proxies(&self) -> &[Proxy] {
        &self.proxies
    }

    /// The cluster's own id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_str().unwrap_or_default()
    }

    /// The password of a user of [`KafkaOptions::users`].
    #[must_use]
    pub fn password(&self, user: &str) -> Option<&str> {
        self.users.iter().find(|(name, _)| name == user).map(|(_, password)| password.as_str())
    }

    /// The Java client beside this cluster.
    #[must_use]
    pub fn shell(&self) -> &JavaShell {
        &self.shell
    }

    /// The process ids of the brokers' Java, in the brokers' order.
    #[must_use]
    pub fn pids(&self) -> Vec<u32> {
        self.nodes().iter().map(Node::pid).collect()
    }

    /// Ends broker `broker` (from 0) in order: leadership moves away first.
    ///
    /// # Errors
    /// When there is no such broker, or it does not stop within minutes.
    pub fn stop_broker(&self, broker: usize) -> Result<(), StartError> {
        self.end(broker, "TERM")
    }

    /// Ends broker `broker` (from 0) at once, as a crash does.
    ///
    /// # Errors
    /// When there is no such broker, or the signal cannot be sent.
    pub fn kill_broker(&self, broker: usize) -> Result<(), StartError> {
        self.end(broker, "KILL")
    }

    /// Stops a broker's process where it stands; it keeps its connections and answers nothing.
    ///
    /// # Errors
    /// When there is no such broker, or the signal cannot be sent.
    pub fn pause_broker(&self, broker: usize) -> Result<(), StartError> {
        node_of(&mut self.nodes(), broker)?.signal("STOP")
    }

    /// Lets a paused broker go on.
    ///
    /// # Errors
    /// When there is no such broker, or the signal cannot be sent.
    pub fn resume_broker(&self, broker: usize) -> Result<(), StartError> {
        node_of(&mut self.nodes(), broker)?.signal("CONT")
    }

    /// Starts a broker again on its data and ports, after ending it if it still runs, and waits until all
    /// running brokers answer.
    ///
    /// # Errors
    /// When there is no such broker, or it does not come up.
    pub fn restart_broker(&self, broker: usize) -> Result<(), StartError> {
        node_of(&mut self.nodes(), broker)?.restart()?;
        self.wait_ready()
    }

    /// Verifies a job whose inputs and outputs are both here: see [`Account`].
    ///
    /// # Errors
    /// When a topic cannot be read, or Java is gone.
    pub fn verify(&self, expectation: &Expectation) -> Result<Account, ShellError> {
        crate::verifier::verify(&self.shell, &self.bootstrap(), &self.bootstrap(), expectation)
    }

    fn end(&self, broker: usize, signal: &str) -> Result<(), StartError> {
        let mut nodes = self.nodes();
        let node = node_of(&mut nodes, broker)?;
        node.signal(signal)?;
        if node.wait_ended(STOP) {
            return Ok(());
        }
        Err(StartError::Failed(format!("broker {broker} still runs {} s after {signal}", STOP.as_secs())))
    }

    /// Waits until every running broker has registered and answers.
    fn wait_ready(&self) -> Result<(), StartError> {
        let running = self.nodes().iter_mut().filter_map(|node| (!node.ended()).then_some(())).count();
        let deadline = std::time::Instant::now() + READY;
        let arguments = json!({ "bootstrap": self.bootstrap(), "cluster_id": self.id, "brokers": running, "timeout_ms": 1000 });
        loop {
            let Err(error) = self.shell.call("wait-ready", &arguments) else { return Ok(()) };
            let mut nodes = self.nodes();
            let running_now = nodes.iter_mut().filter_map(|node| (!node.ended()).then_some(())).count();
            if running_now < running || std::time::Instant::now() > deadline {
                let logs: Vec<String> = nodes.iter().map(Node::log_tail).collect();
                return Err(StartError::Failed(format!("kafka did not start: {error}\n{}", logs.join("\n"))));
            }
        }
    }

    /// The brokers' logs.
    fn logs(&self) -> Vec<std::path::PathBuf> {
        self.nodes().iter().map(Node::log).collect()
    }

    fn nodes(&self) -> MutexGuard<'_, Vec<Node>> {
        self.nodes.lock()
    }
}

fn node_of(nodes: &mut [Node], broker: usize) -> Result<&mut Node, StartError> {
    let count = nodes.len();
    nodes
        .get_mut(broker)
        .ok_or_else(|| StartError::Failed(format!("no broker {broker}; there are {count}, from 0")))
}

/// A name that no other test of this or another process uses, such as `orders-4711-3`.
#[must_use]
pub fn unique(name: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{name}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
