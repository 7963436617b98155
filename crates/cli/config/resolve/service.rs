//! `[http]` and `[log]`.

use super::super::raw::{RawHttp, RawLog};
use super::values::Resolver;
use super::{HttpSettings, LogFormat, LogSettings};
use std::net::SocketAddr;

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9464);

impl Resolver<'_> {
    pub(super) fn http(&mut self, raw: &RawHttp) -> HttpSettings {
        let listen = raw.listen.as_deref().map(str::parse).transpose().unwrap_or_else(|_| {
            let fix = "write address and port, such as \"127.0.0.1:9464\" or \"0.0.0.0:9464\"";
            self.wrong("http.listen", "is not an address", fix);
            None
        });
        HttpSettings { listen: listen.unwrap_or(DEFAULT_LISTEN), any_port: listen.is_none() }
    }

    pub(super) fn log(&mut self, raw: RawLog) -> LogSettings {
        let format = match raw.format.as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(other) => {
                self.wrong("log.format", format!("`{other}` is not a log format"), "write text or json");
                LogFormat::Text
            }
        };
        let level = raw.level.unwrap_or_else(|| "info".into());
        if level.parse::<tracing_subscriber::EnvFilter>().is_err() {
            self.wrong(
                "log.level",
                format!("`{level}` is not a log level"),
                "write info, debug, or a filter such as info,rdkafka=warn",
            );
        }
        LogSettings { level, format }
    }
}
