//! What a running instance answers.

use super::Running;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The value of the metric without labels of this name; none while it is not there.
pub fn metric(process: &Running, name: &str) -> Option<f64> {
    page(process)?.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

/// The whole metrics page; none while it is not served.
pub fn page(process: &Running) -> Option<String> {
    at(process, "/metrics")
}

/// What a person reads on the status page: its text between the tags; empty while it is not served.
pub fn status_page(process: &Running) -> String {
    let page = at(process, "/").unwrap_or_default();
    let body = page.split_once("<body").map_or("", |(_, body)| body);
    body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect()
}

/// The whole answer at a path, with its head; none while it is not served.
pub fn at(process: &Running, path: &str) -> Option<String> {
    get(&process.address()?, path).ok()
}

fn get(address: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
