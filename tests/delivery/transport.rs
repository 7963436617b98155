//! TLS and logins towards both clusters, on a real broker with certificates made for the test; and what is said when the
//! brokers don't let the client in.

use crate::support::{Job, Plan, Running, eventually};
use bystander_testkit::{Acl, Certificates, KafkaCluster, KafkaOptions, TlsListener, kafka_or_skip};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

const USER: &str = "bystander-scram";
const SOON: Duration = Duration::from_secs(180);

/// By what a client logs in.
#[derive(Debug, Clone, Copy)]
enum Login {
    Scram,
    Certificate,
    Token,
}

impl Login {
    fn principal(self) -> &'static str {
        match self {
            Self::Scram => "User:bystander-scram",
            Self::Certificate => "User:CN=bystander-tls",
            Self::Token => "User:bystander-token",
        }
    }

    fn listener(self) -> TlsListener {
        match self {
            Self::Scram | Self::Token => TlsListener::Login,
            Self::Certificate => TlsListener::Mutual,
        }
    }
}

type Properties = Vec<(String, String)>;

/// A cluster with TLS and an authorizer, and a folder for secrets.
struct World {
    cluster: KafkaCluster,
    secrets: TempDir,
}

impl World {
    fn new(cluster: KafkaCluster) -> Self {
        let secrets = tempfile::tempdir().unwrap();
        std::fs::write(secrets.path().join("token"), token(USER_OF_TOKEN, 3600)).unwrap();
        Self { cluster, secrets }
    }

    fn options() -> KafkaOptions {
        KafkaOptions { tls: true, ..KafkaOptions::authorized(&[USER]) }
    }

    fn certificates(&self) -> &Certificates {
        self.cluster.certificates().unwrap()
    }

    fn file(&self, name: &str) -> String {
        self.certificates().file(name).display().to_string()
    }

    fn properties(&self, login: Login) -> Properties {
        let token = format!("token_file={}", self.secrets.path().join("token").display());
        let (ca, certificate, key) = (self.file("ca.pem"), self.file("client.pem"), self.file("client.key"));
        let pairs: &[(&str, &str)] = match login {
            Login::Scram => &[
                ("security.protocol", "SASL_SSL"),
                ("sasl.mechanism", "SCRAM-SHA-512"),
                ("sasl.username", USER),
                ("sasl.password", self.cluster.password(USER).unwrap()),
            ],
            Login::Certificate => &[
                ("security.protocol", "SSL"),
                ("ssl.certificate.location", &certificate),
                ("ssl.key.location", &key),
            ],
            Login::Token => &[
                ("security.protocol", "SASL_SSL"),
                ("sasl.mechanism", "OAUTHBEARER"),
                ("sasl.oauthbearer.config", &token),
            ],
        };
        // `localhost` is two addresses on many machines, and the brokers listen on one of them.
        let both = [("ssl.ca.location", ca.as_str()), ("broker.address.family", "v4")];
        pairs.iter().chain(&both).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// A plan whose clients log in so on either side.
    fn plan(&self, live: Login, shadow: Login) -> Plan {
        Plan {
            live_brokers: self.cluster.tls_bootstrap(live.listener()),
            live_properties: self.properties(live),
            shadow_brokers: self.cluster.tls_bootstrap(shadow.listener()),
            shadow_properties: self.properties(shadow),
            ..Plan::new(&self.cluster, 2)
        }
    }

    /// What `init` prints, for these two.
    fn allow(&self, plan: &Plan, live: Login, shadow: Login) {
        let topic = |name: &str, operations: &[&str]| -> Vec<Acl> {
            operations.iter().map(|operation| Acl::allow("topic", name, operation)).collect()
        };
        let reads = [topic(&plan.orders, &["read"]), topic(&plan.quotes, &["read"])].concat();
        let group = Acl::allow("group", &format!("bystander-{}", plan.job), "describe");
        self.cluster.add_acls(live.principal(), &[reads, vec![group]].concat()).unwrap();
        let ids = format!("{}-", plan.job);
        let writes = [
            topic(&plan.comparisons, &["write", "read", "describe_configs"]),
            topic(&plan.dead_letters, &["write", "describe_configs"]),
            topic(&plan.checkpoints, &["write", "read", "describe_configs"]),
            vec![Acl::allow("group", &plan.job, "read")],
            ["write", "describe"]
                .map(|operation| Acl::allow_prefix("transactional_id", &ids, operation))
                .into(),
        ];
        self.cluster.add_acls(shadow.principal(), &writes.concat()).unwrap();
    }
}

const USER_OF_TOKEN: &str = "bystander-token";

/// A token without a signature, which brokers accept when nothing else is configured.
fn token(subject: &str, seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let (issued, expires) = (now - 10, now.saturating_add_signed(seconds));
    let claims = format!("{{\"sub\":\"{subject}\",\"iat\":{issued},\"exp\":{expires}}}");
    format!("{}.{}.\n", base64(br#"{"alg":"none"}"#), base64(claims.as_bytes()))
}

/// Base64 for URLs, without padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letters = bytes.chunks(3).flat_map(|chunk| {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        (0..=chunk.len()).map(move |at| char::from(LETTERS[(bits >> (18 - 6 * at)) as usize & 63]))
    });
    letters.collect()
}

#[test]
fn every_record_arrives_over_tls_with_each_way_to_log_in_on_either_side() {
    let name = "every_record_arrives_over_tls_with_each_way_to_log_in_on_either_side";
    let world = World::new(kafka_or_skip!(name, World::options()));
    let ways = [
        (Login::Scram, Login::Certificate),
        (Login::Certificate, Login::Token),
        (Login::Token, Login::Scram),
    ];
    for (live, shadow) in ways {
        let plan = world.plan(live, shadow);
        let (live_brokers, shadow_brokers) = (world.cluster.bootstrap(), world.cluster.bootstrap());
        let administered = Plan {
            live_brokers,
            shadow_brokers,
            live_properties: Vec::new(),
            shadow_properties: Vec::new(),
            ..plan.clone()
        };
        let administrator = Job::planned(&world.cluster, 2, administered);
        let fed = administrator.fed(400, 200, 41);
        world.allow(&plan, live, shadow);
        let job = Job::of(&world.cluster, &world.cluster, plan);
        let checked = job.command(&["check"]).ok();
        assert!(checked.out.contains("ready: `bystander run` can start"), "{}", checked.out);
        assert!(checked.out.contains(": reads only"), "{}", checked.out);
        let finished = job.drain(1);
        for log in finished.iter().map(|finished| &finished.log) {
            assert!(!log.contains("ERROR") && !log.contains("unencrypted"), "{live:?} {shadow:?}: {log}");
            let password = world.cluster.password(USER).unwrap();
            assert!(!log.contains(password), "a secret is in the log");
        }
        let account = job.assert_exact(&fed);
        eprintln!("live by {live:?}, shadow by {shadow:?}: {} comparisons", account.comparisons);
    }
}

/// A listener with TLS takes plaintext for the beginning of something, and waits for the rest.
const SILENCE: &str = "gave no answer";

/// One way to be turned away.
struct Case {
    name: &'static str,
    plan: Plan,
    /// The client library's own words.
    reason: &'static str,
    /// What the fix speaks of.
    fix: &'static str,
}

impl World {
    /// A plan whose live side is wrong in one way.
    fn wrong(&self, listener: TlsListener, login: Login, changes: &[(&str, &str)]) -> Plan {
        let mut plan = self.plan(login, Login::Scram);
        plan.live_brokers = self.cluster.tls_bootstrap(listener);
        for (key, value) in changes {
            plan.live_properties.retain(|(name, _)| name != key);
            if !value.is_empty() {
                plan.live_properties.push(((*key).to_owned(), (*value).to_owned()));
            }
        }
        plan
    }

    fn cases(&self) -> Vec<Case> {
        use Login::{Certificate, Scram};
        use TlsListener::{Expired, Mutual, OtherHost};
        let other = self.file("other-ca.pem");
        let login = TlsListener::Login;
        let case = |name, plan, reason, fix| Case { name, plan, reason, fix };
        let plain = Plan { live_brokers: self.cluster.bootstrap(), ..self.plan(Certificate, Scram) };
        let unverified = "certificate verify failed";
        vec![
            case(
                "wrong authority",
                self.wrong(login, Scram, &[("ssl.ca.location", &other)]),
                unverified,
                "ssl.ca.location",
            ),
            case("wrong host name", self.wrong(OtherHost, Certificate, &[]), unverified, "host name"),
            case("expired", self.wrong(Expired, Certificate, &[]), unverified, "has not expired"),
            case(
                "wrong password",
                self.wrong(login, Scram, &[("sasl.password", "wrong-secret")]),
                "invalid credentials",
                "sasl.username",
            ),
            case(
                "unknown user",
                self.wrong(login, Scram, &[("sasl.username", "nobody")]),
                "invalid credentials",
                "sasl.username",
            ),
            case(
                "no certificate of its own",
                self.wrong(
                    Mutual,
                    Certificate,
                    &[("ssl.certificate.location", ""), ("ssl.key.location", "")],
                ),
                "alert bad certificate",
                "ssl.certificate.location",
            ),
            case(
                "mechanism that is off",
                self.wrong(login, Scram, &[("sasl.mechanism", "PLAIN")]),
                "nsupported SASL mechanism",
                "sasl.mechanism",
            ),
            case(
                "plaintext at a port with TLS",
                self.wrong(Mutual, Certificate, &[("security.protocol", "PLAINTEXT")]),
                SILENCE,
                "security.protocol",
            ),
            case("TLS at a port without", plain, "SSL handshake failed", "speaks no TLS"),
        ]
    }
}

#[test]
fn a_client_that_is_not_let_in_is_told_why_and_what_to_do_in_check_and_in_run() {
    let name = "a_client_that_is_not_let_in_is_told_why_and_what_to_do_in_check_and_in_run";
    let world = World::new(kafka_or_skip!(name, World::options()));
    let password = world.cluster.password(USER).unwrap();
    for Case { name, plan, reason, fix } in world.cases() {
        let job = Job::of(&world.cluster, &world.cluster, plan);
        job.create_inputs(1);
        let (said, line) = refused(&job, reason);
        eprintln!("{name}: {line}");
        assert!(line.contains(reason) && line.contains(fix), "{name}: {said}");
        if reason == SILENCE {
            continue;
        }
        let mut running = job.run();
        eventually("the log says why", SOON, || {
            running.must_run();
            refusals(&running).iter().any(|line| line.contains(reason) && line.contains(fix))
        });
        assert_eq!(refusals(&running).len(), 1, "{name}: it is said once: {}", running.log());
        for text in [said.as_str(), &running.log()] {
            assert!(
                !text.contains(password) && !text.contains("wrong-secret"),
                "{name}: a secret is shown: {text}"
            );
        }
        // It may not have come to listen to signals yet.
        running.kill();
    }
}

/// What `check` says, and its line about the live cluster. A broker that gets no processor for ten seconds gives no answer, which
/// `check` says, too: it is asked again where another reason is expected.
fn refused(job: &Job<'_>, reason: &str) -> (String, String) {
    let deadline = Instant::now() + SOON;
    loop {
        let said = job.command(&["check"]).code(78).log;
        let line =
            said.lines().find(|line| line.contains("live: ")).unwrap_or_else(|| panic!("{said}")).to_owned();
        if reason == SILENCE || !line.contains(SILENCE) || Instant::now() > deadline {
            return (said, line);
        }
    }
}

fn refusals(running: &Running) -> Vec<String> {
    let log = running.log();
    let refused = log.lines().filter(|line| line.contains("the brokers refuse this client"));
    refused.filter(|line| line.contains("live")).map(ToOwned::to_owned).collect()
}

#[test]
fn a_token_that_is_renewed_in_its_file_is_used_and_one_that_expired_is_named() {
    let name = "a_token_that_is_renewed_in_its_file_is_used_and_one_that_expired_is_named";
    // Brokers end a connection with its token, unless the client logs in again on it.
    let mut options = World::options();
    options
        .properties
        .push(("listener.name.login.oauthbearer.connections.max.reauth.ms".to_owned(), "3600000".to_owned()));
    let world = World::new(kafka_or_skip!(name, options));
    let plan = world.plan(Login::Token, Login::Token);
    let administered = Plan {
        live_brokers: world.cluster.bootstrap(),
        shadow_brokers: world.cluster.bootstrap(),
        live_properties: Vec::new(),
        shadow_properties: Vec::new(),
        ..plan.clone()
    };
    let administrator = Job::planned(&world.cluster, 2, administered);
    world.allow(&plan, Login::Token, Login::Token);
    let job = Job::of(&world.cluster, &world.cluster, plan);
    let file = world.secrets.path().join("token");

    std::fs::write(&file, token(USER_OF_TOKEN, -60)).unwrap();
    let said = job.command(&["check"]).code(78).log;
    assert!(said.contains("has expired") && said.contains("sasl.oauthbearer.config"), "{said}");

    // A short life: clients ask for the next token when four fifths of it are over.
    let ends = Instant::now() + Duration::from_secs(30);
    std::fs::write(&file, token(USER_OF_TOKEN, 30)).unwrap();
    let mut running = job.run();
    while Instant::now() + Duration::from_secs(10) < ends && running.shards().len() < 2 {
        std::thread::sleep(Duration::from_millis(50));
    }
    let started = running.shards().len();
    std::fs::write(&file, token(USER_OF_TOKEN, 3600)).unwrap();
    std::thread::sleep(ends.saturating_duration_since(Instant::now()) + Duration::from_secs(2));
    eprintln!("{started} shards ran on the first token");
    let fed = administrator.fed(200, 100, 42);
    eventually("what came after the first token's end is read", SOON, || {
        running.must_run();
        job.status()["totals"]["read"].as_u64() == Some(fed.events())
    });
    job.terminate([running]);
    job.assert_exact(&fed);
}
