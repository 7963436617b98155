//! The proxy does to a connection what the tests that build on it say it does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use bystander_testkit::Proxy;

/// Answers each request, which has 4 bytes of length, with its API key.
fn echo() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut request = [0; 8];
                while stream.read_exact(&mut request).is_ok() {
                    stream.write_all(&request[4..6]).unwrap();
                }
            });
        }
    });
    port
}

fn request(stream: &mut TcpStream, api_key: i16) -> std::io::Result<i16> {
    let [high, low] = api_key.to_be_bytes();
    stream.write_all(&[0, 0, 0, 4, high, low, 0, 0])?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer)?;
    Ok(i16::from_be_bytes(answer))
}

fn connect(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(proxy.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    stream
}

#[test]
fn a_delay_counts_in_both_directions_and_ends() {
    let proxy = Proxy::start(0, echo()).unwrap();
    let mut stream = connect(&proxy);
    proxy.delay(Duration::from_millis(100));
    let began = Instant::now();
    assert_eq!(request(&mut stream, 3).unwrap(), 3);
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
    proxy.delay(Duration::ZERO);
    assert_eq!(request(&mut stream, 4).unwrap(), 4);
}

#[test]
fn a_held_request_breaks_the_clients_connection_and_reaches_the_broker_late() {
    let proxy = Proxy::start(0, echo()).unwrap();
    let mut stream = connect(&proxy);
    proxy.hold_next(26);
    assert_eq!(request(&mut stream, 25).unwrap(), 25);
    assert!(request(&mut stream, 26).is_err());
    let held = proxy.held(Duration::from_secs(5)).unwrap();
    // The next one like it passes, on a new connection.
    assert_eq!(request(&mut connect(&proxy), 26).unwrap(), 26);
    held.release().unwrap();
    assert!(proxy.held(Duration::ZERO).is_none());
}

#[test]
fn a_cut_connection_is_closed_and_a_silent_one_is_not() {
    let proxy = Proxy::start(0, echo()).unwrap();
    let mut cut = connect(&proxy);
    assert_eq!(request(&mut cut, 1).unwrap(), 1);
    proxy.cut();
    assert!(request(&mut cut, 1).is_err());
    let mut silent = connect(&proxy);
    assert_eq!(request(&mut silent, 1).unwrap(), 1);
    proxy.silence(true);
    assert_eq!(request(&mut silent, 1).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    proxy.silence(false);
    assert_eq!(request(&mut silent, 1).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    assert_eq!(request(&mut connect(&proxy), 1).unwrap(), 1);
}
