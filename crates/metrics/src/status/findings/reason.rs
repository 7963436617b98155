//! Why a cluster does not answer, in the few kinds that ask for different first steps.

/// The kind of a cause, told by the words of the client library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The host answers, and nothing listens on the port.
    Refused,
    /// A host name can't be resolved.
    Name,
    /// The brokers don't let this client in, or it doesn't trust them.
    Credentials,
    /// Packets or requests get no answer.
    Timeout,
    /// Anything else.
    Unknown,
}

impl Reason {
    pub(super) fn of(cause: &str) -> Self {
        let cause = cause.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| cause.contains(word));
        // Texts of certificates speak of connections, too.
        if has(&["sasl", "ssl", "authentication", "certificate", "oauthbearer"]) {
            Self::Credentials
        } else if has(&["resolve"]) {
            Self::Name
        } else if has(&["refused"]) {
            Self::Refused
        } else if has(&["timed out", "no answer", "unreachable", "no route"]) {
            Self::Timeout
        } else {
            Self::Unknown
        }
    }

    /// The end of the headline.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Refused => ": connection refused",
            Self::Name => ": host name not found",
            Self::Credentials => ": TLS or login failed",
            Self::Timeout => ": requests time out",
            Self::Unknown => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_by_the_words_of_the_client_library() {
        for (cause, reason) in [
            (
                "a:9092/1: Connect to ipv4#10.0.0.7:9092 failed: Connection refused (after 0ms)",
                Reason::Refused,
            ),
            ("a:9092/bootstrap: Failed to resolve 'a:9092': Name or service not known", Reason::Name),
            ("a:9092/bootstrap: SASL authentication error: Authentication failed", Reason::Credentials),
            ("a:9092/bootstrap: SSL handshake failed: certificate verify failed", Reason::Credentials),
            ("a:9092/1: Connection setup timed out in state CONNECT", Reason::Timeout),
            (
                "requests get no answer within 5s: the brokers hang, or the network drops packets",
                Reason::Timeout,
            ),
            ("a:9092/1: Disconnected while requesting ApiVersion", Reason::Unknown),
        ] {
            assert_eq!(Reason::of(cause), reason, "{cause}");
        }
    }
}
