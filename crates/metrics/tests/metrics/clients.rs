//! Clients that mean ill, or are broken: what they may hold, and what they are told.

use crate::http::{ask, serve_limited};
use bystander_metrics::ConnectionLimits;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long something may take that takes milliseconds on a quiet machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than any test takes.
const FOREVER: Duration = Duration::from_secs(3_600);

/// Whether the server has left this connection open. Counted at the clients' ends, so that other tests of this process
/// don't matter.
fn is_open(stream: &TcpStream) -> bool {
    match stream.peek(&mut [0]) {
        Ok(bytes) => bytes > 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    }
}

/// The same of a connection that has answers to read.
fn is_open_behind_its_answers(stream: &mut TcpStream) -> bool {
    loop {
        match stream.read(&mut [0; 1 << 16]) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
}

async fn status_of(address: SocketAddr, host: &str) -> u16 {
    let request = format!("GET /status HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    });
    let answer = answer.await.expect("an answer");
    answer.split(' ').nth(1).expect("a status").parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn half_requests_keep_nobody_else_from_an_answer_and_hold_a_bounded_number_of_sockets() {
    // Nothing is closed for its half header's sake, so that what is closed is so for the number of connections.
    let limits = ConnectionLimits { connections: 16, headers: FOREVER };
    let server = serve_limited(limits).await;
    let mut halves = Vec::new();
    for number in 0..338 {
        let mut stream = TcpStream::connect(server.address).expect("a connection");
        let half: &[u8] = [&b""[..], b"GET /metrics HTTP/1.1\r\nHost: loc"][number % 2];
        stream.write_all(half).expect("half a request");
        stream.set_nonblocking(true).expect("a socket");
        halves.push(stream);
    }
    // Connections are accepted in order, so this one's answer comes after all of the others were taken.
    assert_eq!(ask(server.address, "GET", "/healthz").await.status, 200);
    // A connection that is to be closed is closed by its own task, when that has its turn.
    let (held, deadline) =
        (|| halves.iter().filter(|stream| is_open(stream)).count(), Instant::now() + PATIENCE);
    while held() > limits.connections && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(held() <= limits.connections, "{} connections are held by the server", held());
    drop(halves);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_request_that_does_not_end_is_cut_off() {
    let server = serve_limited(ConnectionLimits {
        headers: Duration::from_millis(200),
        ..ConnectionLimits::default()
    })
    .await;
    let address = server.address;
    let closed = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").expect("half a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the server hangs up");
    });
    closed.await.expect("the connection ends");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_client_that_never_reads_is_closed_for_one_that_does() {
    let limits = ConnectionLimits { connections: 2, headers: FOREVER };
    let server = serve_limited(limits).await;
    let mut deaf = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(server.address).expect("a connection");
        stream.set_nonblocking(true).expect("a socket");
        // More requests than both ends can hold answers to.
        let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200);
        let _ = stream.write(&request);
        deaf.push(stream);
    }
    assert_eq!(ask(server.address, "GET", "/healthz").await.status, 200);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let open = deaf.iter_mut().map(is_open_behind_its_answers).filter(|open| *open).count();
        if open <= limits.connections {
            break;
        }
        assert!(
            Instant::now() < deadline,
            "{open} connections of clients that don't read are held by the server"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(deaf);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn on_loopback_a_foreign_host_name_gets_no_answer() {
    let server = serve_limited(ConnectionLimits::default()).await;
    let port = server.address.port();
    for own in ["localhost".to_owned(), format!("127.0.0.1:{port}")] {
        assert_eq!(status_of(server.address, &own).await, 200, "{own}");
    }
    for foreign in [format!("attacker.example:{port}"), format!("192.168.1.5:{port}")] {
        assert_eq!(status_of(server.address, &foreign).await, 421, "{foreign}");
    }
    server.stop().await;
}
