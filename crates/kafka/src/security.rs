//! What the transport to a cluster protects, and what to do when it refuses a client.

use std::collections::BTreeMap;

/// What is unprotected in these settings, one sentence each.
pub(crate) fn warnings(cluster: &str, brokers: &str, properties: &BTreeMap<String, String>) -> Vec<String> {
    let of = |name: &str| properties.get(name).map(|value| value.to_ascii_lowercase());
    let protocol = of("security.protocol").unwrap_or_else(|| "plaintext".to_owned());
    let far: Vec<&str> = brokers.split(',').map(str::trim).filter(|broker| !is_loopback(broker)).collect();
    let mut warnings = Vec::new();
    if !far.is_empty() && protocol.ends_with("plaintext") {
        let what = if protocol.starts_with("sasl") { "records and the login" } else { "records" };
        warnings.push(format!(
            "{what} cross the network unencrypted to the {cluster} cluster at {}; set \"security.protocol\" to SSL or \
             SASL_SSL in [{cluster}.properties]",
            far.join(",")
        ));
    }
    if !protocol.ends_with("plaintext") {
        if of("enable.ssl.certificate.verification").as_deref() == Some("false") {
            warnings.push(format!(
                "nobody checks the certificates of the {cluster} cluster, so anyone on the way can read and answer; remove \
                 \"enable.ssl.certificate.verification\" from [{cluster}.properties]"
            ));
        }
        if of("ssl.endpoint.identification.algorithm").as_deref() == Some("none") {
            warnings.push(format!(
                "a certificate for any host name is accepted for the {cluster} cluster; remove \
                 \"ssl.endpoint.identification.algorithm\" from [{cluster}.properties]"
            ));
        }
    }
    warnings
}

/// Whether `host:port` is this machine.
fn is_loopback(broker: &str) -> bool {
    let host = broker.rsplit_once("://").map_or(broker, |(_, rest)| rest);
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What to do about a reason in the client library's words; `None` for those that pass by themselves.
pub(crate) fn advice(cluster: &str, reason: &str) -> Option<String> {
    let has = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    // A connection that broke, or was closed by this client, while it logged in: no broker refused anything.
    if has(&["failed: Local: "]) {
        return None;
    }
    let table = format!("[{cluster}.properties]");
    // In this order: texts of certificates also speak of authentication.
    if has(&["certificate verify failed", "broker certificate could not be verified"]) {
        return Some(format!(
            "check that the certificate is signed by \"ssl.ca.location\" in {table}, has not expired, and is for the host name \
             in {cluster}.brokers: `openssl s_client -connect HOST:PORT -CAfile CA -verify_hostname HOST` says which of them \
             fails"
        ));
    }
    if has(&["alert certificate required", "alert bad certificate", "client SSL authentication might be"]) {
        return Some(format!(
            "give the client a certificate that the brokers accept: \"ssl.certificate.location\" and \"ssl.key.location\" in \
             {table}"
        ));
    }
    if has(&["alert certificate expired", "alert unknown ca", "alert certificate unknown"]) {
        return Some(format!(
            "the brokers refuse the client's certificate: renew \"ssl.certificate.location\" in {table}, or have its CA added \
             to the brokers' trust store"
        ));
    }
    if has(&["connecting to a PLAINTEXT broker listener?", "wrong version number", "packet length too long"])
    {
        return Some(format!(
            "the listener speaks no TLS: name the port that does in {cluster}.brokers, or change \"security.protocol\" in \
             {table}"
        ));
    }
    if has(&["connecting to a SSL listener?", "broker might require SASL authentication"]) {
        return Some(format!("set \"security.protocol\" in {table} to what this listener speaks"));
    }
    if has(&["nsupported SASL mechanism", "mechanism handshake failed"]) {
        return Some(format!("set \"sasl.mechanism\" in {table} to one that the brokers enable"));
    }
    if has(&["OAUTHBEARER"]) {
        return Some(format!(
            "check the token in the file that \"sasl.oauthbearer.config\" in {table} names: issuer, audience, scope and time"
        ));
    }
    if has(&["SASL authentication error", "uthentication failed", "nvalid credentials"]) {
        return Some(format!(
            "check \"sasl.username\", \"sasl.mechanism\" and the password in {table} or [{cluster}.property_files]"
        ));
    }
    has(&["SSL handshake failed"]).then(|| {
        format!(
            "check the brokers' TLS versions and ciphers against those in {table}, and the brokers' own log"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn plaintext_is_warned_of_outside_of_this_machine_only() {
        let count = |brokers: &str, pairs: &[(&str, &str)]| warnings("live", brokers, &of(pairs)).len();
        for near in ["localhost:9092", "127.0.0.1:1, [::1]:2", "PLAINTEXT://127.1.2.3:9"] {
            assert_eq!(count(near, &[]), 0, "{near}");
        }
        for far in
            ["kafka:9092", "127.0.0.1:1,10.0.0.1:2", "localhost.example.com:9092", "[2001:db8::1]:9092"]
        {
            assert_eq!(count(far, &[]), 1, "{far}");
            assert_eq!(count(far, &[("security.protocol", "SASL_PLAINTEXT")]), 1, "{far}");
            assert_eq!(count(far, &[("security.protocol", "sasl_ssl")]), 0, "{far}");
        }
        let said = warnings("shadow", "kafka:9092", &of(&[("security.protocol", "sasl_plaintext")]));
        assert!(said[0].contains("the login") && said[0].contains("[shadow.properties]"), "{said:?}");
    }

    #[test]
    fn certificates_that_nobody_checks_are_warned_of_wherever_the_brokers_are() {
        let open = [("enable.ssl.certificate.verification", "false"), ("security.protocol", "SSL")];
        assert_eq!(warnings("live", "localhost:1", &of(&open)).len(), 1);
        let any = [("ssl.endpoint.identification.algorithm", "none"), ("security.protocol", "SASL_SSL")];
        assert_eq!(warnings("live", "localhost:1", &of(&any)).len(), 1);
    }

    #[test]
    fn an_outage_has_no_advice_and_a_refusal_has() {
        for passing in [
            "Connect to ipv4#127.0.0.1:1 failed: Connection refused",
            "1/1 brokers are down",
            "SASL authentication error: SaslAuthenticateRequest failed: Local: Broker transport failure",
        ] {
            assert_eq!(advice("live", passing), None);
        }
        let refused = "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate";
        assert!(advice("live", refused).is_some_and(|fix| fix.contains("ssl.ca.location")));
    }
}
