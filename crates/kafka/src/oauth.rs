//! Logging in by OAUTHBEARER with a token from a file.
//!
//! A platform or a sidecar keeps such a file fresh: Kubernetes writes the tokens of service accounts that way. The bundled
//! client library has no method of its own to fetch tokens, because it is built without libcurl.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rdkafka::ClientConfig;
use rdkafka::admin::AdminClient;
use rdkafka::bindings as sys;
use rdkafka::client::{Client, ClientContext, OAuthToken};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};
use rdkafka::types::RDKafkaRespErr;
use serde::Deserialize;
use std::error::Error;
use std::ffi::{CStr, CString};
use std::ptr;
use std::time::{SystemTime, UNIX_EPOCH};

/// The property that names the file, as `token_file=PATH`.
pub(crate) const PROPERTY: &str = "sasl.oauthbearer.config";
const NAME: &str = "token_file=";
/// Larger than any token that brokers accept in one request.
const LARGEST: usize = 64 << 10;

/// Why a token could not be used. It never contains any part of the token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("names no token; write \"token_file=\" and the path of a file that holds one")]
    Unnamed,
    #[error("the token file {0} can't be read: {1}")]
    Unreadable(String, std::io::Error),
    #[error("the token file {0} holds no JSON web token with an expiry time (`exp`)")]
    NotAToken(String),
    #[error("the token in {0} has expired; whatever writes the file must renew it")]
    Expired(String),
}

/// What the client needs to know of a token's claims.
#[derive(Deserialize)]
struct Claims {
    exp: f64,
    #[serde(default)]
    sub: Option<String>,
}

/// The token that the file of this property holds now.
///
/// # Errors
/// When the file is missing, or holds no valid token.
pub(crate) fn token(config: Option<&str>) -> Result<OAuthToken, TokenError> {
    let words = config.unwrap_or_default().split_whitespace();
    let path = words.filter_map(|word| word.strip_prefix(NAME)).next().filter(|path| !path.is_empty());
    let path = path.ok_or(TokenError::Unnamed)?.to_owned();
    let text = match std::fs::read(&path) {
        Ok(bytes) => String::from_utf8(bytes).unwrap_or_default(),
        Err(error) => return Err(TokenError::Unreadable(path, error)),
    };
    let token = text.trim();
    let Some(claims) = claims(token) else { return Err(TokenError::NotAToken(path)) };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |now| now.as_secs_f64());
    if claims.exp <= now {
        return Err(TokenError::Expired(path));
    }
    Ok(OAuthToken {
        token: token.to_owned(),
        principal_name: claims.sub.unwrap_or_default(),
        lifetime_ms: (claims.exp * 1000.0) as i64,
    })
}

fn claims(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if token.len() > LARGEST || token.contains('\0') {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()
}

/// [`token`] as contexts give it to the client library, which asks when most of the last token's time is over.
pub(crate) fn renewed(config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
    token(config).map_err(|error| {
        tracing::error!(%error, "no new token to log in with; the present one is used until it expires");
        error.into()
    })
}

/// Whether clients of this configuration log in by a token.
pub(crate) fn is_used(config: &ClientConfig) -> bool {
    let mechanism = config.get("sasl.mechanism").or_else(|| config.get("sasl.mechanisms"));
    let protocol = config.get("security.protocol").unwrap_or_default().to_ascii_lowercase();
    mechanism == Some("OAUTHBEARER") && protocol.starts_with("sasl")
}

/// Something that holds a client.
pub(crate) trait HasClient<C: ClientContext> {
    fn client_of(&self) -> &Client<C>;
}

impl<C: ConsumerContext> HasClient<C> for BaseConsumer<C> {
    fn client_of(&self) -> &Client<C> {
        self.client()
    }
}

impl<C: ProducerContext> HasClient<C> for BaseProducer<C> {
    fn client_of(&self) -> &Client<C> {
        self.client()
    }
}

impl<C: ClientContext> HasClient<C> for AdminClient<C> {
    fn client_of(&self) -> &Client<C> {
        self.inner()
    }
}

/// Makes a client. Where it logs in by a token it gets the first one here: the client library would ask for it only when
/// it is polled, and many look-ups are done before that.
///
/// # Errors
/// When a property can't be used, or there is no token.
pub(crate) fn connect<C, T>(config: &ClientConfig, context: C) -> KafkaResult<T>
where
    C: ClientContext,
    T: FromClientConfigAndContext<C> + HasClient<C>,
{
    let made: T = config.create_with_context(context)?;
    if is_used(config) {
        let token =
            token(config.get(PROPERTY)).map_err(|error| KafkaError::ClientCreation(error.to_string()))?;
        give(made.client_of(), &token)?;
    }
    Ok(made)
}

fn give<C: ClientContext>(client: &Client<C>, token: &OAuthToken) -> KafkaResult<()> {
    let (value, principal) =
        (CString::new(token.token.as_str())?, CString::new(token.principal_name.as_str())?);
    let mut reason = [0; 512];
    // SAFETY: the client is alive because it is borrowed, both strings live until the call returns and are copied by it,
    // there are no extensions, and the buffer is as large as it says.
    #[expect(unsafe_code, reason = "rdkafka hands a token over only when the client is polled")]
    let (code, reason) = unsafe {
        let code = sys::rd_kafka_oauthbearer_set_token(
            client.native_ptr(),
            value.as_ptr(),
            token.lifetime_ms,
            principal.as_ptr(),
            ptr::null_mut(),
            0,
            reason.as_mut_ptr(),
            reason.len(),
        );
        (code, CStr::from_ptr(reason.as_ptr()).to_string_lossy().into_owned())
    };
    if code == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Ok(());
    }
    Err(KafkaError::ClientCreation(format!("the token is refused by the client library: {reason}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<OAuthToken, TokenError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        token(Some(&format!("token_file={}", file.path().display())))
    }

    fn signed(claims: &str) -> String {
        format!("e30.{}.c2lnbmF0dXJl\n", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_is_read_with_its_principal_and_its_end() {
        let read = of(&signed(r#"{"sub":"bystander","exp":4102444800}"#)).unwrap();
        assert_eq!((read.principal_name.as_str(), read.lifetime_ms), ("bystander", 4_102_444_800_000));
        assert!(!read.token.ends_with('\n'));
    }

    #[test]
    fn what_is_no_good_token_is_an_error_that_names_the_file_and_repeats_nothing_of_it() {
        assert!(matches!(of(&signed(r#"{"exp":1}"#)), Err(TokenError::Expired(_))));
        for wrong in ["", "secret", "a.b", "e30.e30.e30", &signed("{}"), &signed(r#"{"exp":"soon"}"#)] {
            let error = of(wrong).err().unwrap().to_string();
            assert!(error.contains("holds no JSON web token"), "{wrong}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
        let missing = token(Some("scope=x token_file=/nowhere/token")).err().unwrap().to_string();
        assert!(missing.contains("/nowhere/token"), "{missing}");
        assert!(matches!(token(None), Err(TokenError::Unnamed)));
        assert!(matches!(token(Some("principal=admin")), Err(TokenError::Unnamed)));
    }
}
