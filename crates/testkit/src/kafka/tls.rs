//! Certificates of a cluster's own, made by the `openssl` command, and the listeners that use them.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::ports::free_port;
use crate::StartError;

/// A listener with TLS. Clients reach all of them as `localhost`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsListener {
    /// Clients log in by a certificate that the cluster's authority signed: principal `User:CN=<name>`.
    Mutual,
    /// Clients log in by SCRAM-SHA-512, or by OAUTHBEARER with unsecured tokens: principal `User:<sub>`.
    Login,
    /// The broker's certificate has expired.
    Expired,
    /// The broker's certificate is for another host.
    OtherHost,
}

const ALL: [TlsListener; 4] =
    [TlsListener::Mutual, TlsListener::Login, TlsListener::Expired, TlsListener::OtherHost];

impl TlsListener {
    fn name(self) -> &'static str {
        match self {
            Self::Mutual => "MUTUAL",
            Self::Login => "LOGIN",
            Self::Expired => "EXPIRED",
            Self::OtherHost => "OTHERHOST",
        }
    }

    fn certificate(self) -> &'static str {
        match self {
            Self::Mutual | Self::Login => "broker",
            Self::Expired => "expired",
            Self::OtherHost => "elsewhere",
        }
    }
}

/// The ports of one node's listeners, in the order of [`ALL`].
pub(super) type TlsPorts = [u16; ALL.len()];

pub(super) fn free_ports() -> Result<TlsPorts, StartError> {
    let mut ports = [0; ALL.len()];
    for port in &mut ports {
        *port = free_port()?;
    }
    Ok(ports)
}

pub(super) fn port_of(ports: &TlsPorts, listener: TlsListener) -> u16 {
    ALL.iter().zip(ports).find_map(|(each, port)| (*each == listener).then_some(*port)).unwrap_or_default()
}

/// Which listener speaks what.
pub(super) const PROTOCOLS: &str = "MUTUAL:SSL,LOGIN:SASL_SSL,EXPIRED:SSL,OTHERHOST:SSL";

/// `,NAME://host:port` of each listener.
pub(super) fn addresses(ports: &TlsPorts, host: &str) -> String {
    ALL.iter().zip(ports).fold(String::new(), |mut text, (listener, port)| {
        // Writing to a String cannot fail.
        let _ = write!(text, ",{}://{host}:{port}", listener.name());
        text
    })
}

/// A folder of certificates and keys, all PEM.
#[derive(Debug, Clone)]
pub struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    /// Makes everything; it takes a fraction of a second.
    pub(super) fn make(folder: &Path) -> Result<Self, StartError> {
        let folder = folder.join("tls");
        fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
        let made = Self { folder };
        made.authority("ca")?;
        made.authority("other-ca")?;
        made.signed("broker", "localhost", "DNS:localhost,IP:127.0.0.1", 2)?;
        made.signed("expired", "localhost", "DNS:localhost,IP:127.0.0.1", -1)?;
        made.signed("elsewhere", "kafka.example.com", "DNS:kafka.example.com", 2)?;
        made.signed("client", "bystander-tls", "DNS:bystander-tls", 2)?;
        Ok(made)
    }

    /// A file by its name: `ca.pem` and `other-ca.pem` are authorities, of which nothing is signed by the second;
    /// `client.pem` and `client.key` are a client's (`CN=bystander-tls`).
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn authority(&self, name: &str) -> Result<(), StartError> {
        let subject = format!("/CN=Bystander test {name}");
        let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
        let words = ["req", "-x509", "-days", "2", "-subj", &subject, "-keyout", &key, "-out", &certificate];
        self.openssl(&[&words[..], &NEW_KEY].concat())
    }

    /// A certificate by `ca`, and beside it a file for brokers with key and certificate.
    fn signed(&self, name: &str, common_name: &str, alternatives: &str, days: i32) -> Result<(), StartError> {
        let [key, request, certificate, extensions] =
            ["key", "csr", "pem", "ext"].map(|ending| format!("{name}.{ending}"));
        let (subject, days) = (format!("/CN={common_name}"), days.to_string());
        fs::write(self.file(&extensions), format!("subjectAltName={alternatives}\n"))
            .map_err(|error| failed(&error))?;
        let words = ["req", "-new", "-subj", &subject, "-keyout", &key, "-out", &request];
        self.openssl(&[&words[..], &NEW_KEY].concat())?;
        let words = ["x509", "-req", "-in", &request, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
        self.openssl(
            &[&words[..], &["-days", &days, "-extfile", &extensions, "-out", &certificate]].concat(),
        )?;
        let read = |name: &str| fs::read_to_string(self.file(name)).map_err(|error| failed(&error));
        let both = [read(&key)?, read(&certificate)?].concat();
        fs::write(self.file(&format!("{name}.keystore.pem")), both).map_err(|error| failed(&error))
    }

    fn openssl(&self, words: &[&str]) -> Result<(), StartError> {
        let output = Command::new("openssl")
            .args(words)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| StartError::Unavailable(format!("openssl is missing ({error}); install it")))?;
        if output.status.success() {
            return Ok(());
        }
        Err(failed(&format!("openssl {words:?}: {}", String::from_utf8_lossy(&output.stderr))))
    }

    /// The brokers' properties.
    pub(super) fn properties(&self) -> String {
        let mut text = String::new();
        for listener in ALL {
            let prefix = format!("listener.name.{}", listener.name().to_lowercase());
            let keystore = self.file(&format!("{}.keystore.pem", listener.certificate()));
            let (keystore, authority) =
                (keystore.display().to_string(), self.file("ca.pem").display().to_string());
            for (name, value) in [
                ("ssl.keystore.type", "PEM"),
                ("ssl.keystore.location", &keystore),
                ("ssl.truststore.type", "PEM"),
                ("ssl.truststore.location", &authority),
            ] {
                let _ = writeln!(text, "{prefix}.{name}={value}");
            }
        }
        text.push_str(LOGINS);
        text
    }
}

const NEW_KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

const LOGINS: &str = "\
listener.name.mutual.ssl.client.auth=required
listener.name.login.sasl.enabled.mechanisms=SCRAM-SHA-512,OAUTHBEARER
listener.name.login.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.login.oauthbearer.sasl.jaas.config=\
org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;
";

fn failed(error: &dyn std::fmt::Display) -> StartError {
    StartError::Failed(format!("no certificates: {error}"))
}
