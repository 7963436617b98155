//! The endpoints over a real socket.

use crate::sample::well;
use crate::scrape::{Scrape, catalogue, scrape};
use bystander_metrics::health::{HealthLimits, ShardEvent};
use bystander_metrics::status::Status;
use bystander_metrics::{
    Catalogue, ConnectionLimits, Endpoints, HttpError, InputGauges, SharedHealth, StatusProvider, bind,
    serve_within,
};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A status that is fixed but for the shards, which are the health machine's.
struct Known {
    health: Arc<SharedHealth>,
}

impl StatusProvider for Known {
    fn status(&self) -> Status {
        Status { shards: self.health.shards(), ..well(0) }
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    catalogue: Arc<Catalogue>,
    health: Arc<SharedHealth>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), HttpError>>,
}

async fn start(limits: HealthLimits, drain: Duration) -> Server {
    let catalogue = Arc::new(catalogue());
    let health = Arc::new(SharedHealth::new(limits, Arc::clone(&catalogue)));
    let status = Arc::new(Known { health: Arc::clone(&health) });
    listen(catalogue, health, status, drain, ConnectionLimits::default()).await
}

/// A server with other limits.
pub(crate) async fn serve_limited(limits: ConnectionLimits) -> Server {
    let catalogue = Arc::new(catalogue());
    let health = Arc::new(SharedHealth::new(HealthLimits::default(), Arc::clone(&catalogue)));
    let status = Arc::new(Known { health: Arc::clone(&health) });
    listen(catalogue, health, status, Duration::from_secs(5), limits).await
}

/// A server that shows this status.
pub(crate) async fn serve_status(status: impl StatusProvider + 'static) -> Server {
    let catalogue = Arc::new(catalogue());
    let health = Arc::new(SharedHealth::new(HealthLimits::default(), Arc::clone(&catalogue)));
    listen(catalogue, health, Arc::new(status), Duration::from_secs(5), ConnectionLimits::default()).await
}

async fn listen(
    catalogue: Arc<Catalogue>,
    health: Arc<SharedHealth>,
    status: Arc<dyn StatusProvider>,
    drain: Duration,
    limits: ConnectionLimits,
) -> Server {
    let endpoints = Endpoints { catalogue: Arc::clone(&catalogue), health: Arc::clone(&health) as _, status };
    let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async move { drop(stopped.await) };
    let served = tokio::spawn(serve_within(limits, listener, endpoints, drain, shutdown));
    Server { address, catalogue, health, stop, served }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }
}

/// One request over a connection of its own.
pub(crate) async fn ask(address: SocketAddr, method: &str, path: &str) -> Answer {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    });
    let answer = answer.await.expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
    let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
    Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

impl Server {
    async fn ask(&self, method: &str, path: &str) -> Answer {
        ask(self.address, method, path).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).await
    }

    /// The page's address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub(crate) async fn stop(self) {
        self.stop.send(()).expect("a running server");
        self.served.await.expect("no panic").expect("a tidy end");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn metrics_come_in_the_text_format_that_prometheus_names() {
    let server = start(HealthLimits::default(), Duration::from_secs(5)).await;
    server.catalogue.set_input("shop.orders", 0, &InputGauges { lag: Some(5), ..InputGauges::default() });
    let answer = server.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("content-type: text/plain; version=0.0.4"), "{}", answer.head);
    let scrape = Scrape::read(&answer.body);
    assert_eq!(scrape.value("bystander_lag_records", &[("topic", "shop.orders"), ("partition", "0")]), 5.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn readiness_follows_the_shards_and_so_does_their_metric() {
    let server = start(HealthLimits::default(), Duration::from_secs(5)).await;
    let answer = server.get("/readyz").await;
    assert_eq!(answer.status, 503);
    assert!(answer.json()["reason"].as_str().expect("a reason").contains("assignment"));

    server.health.assigned();
    server.health.shard(2, ShardEvent::Starting);
    assert_eq!(server.get("/readyz").await.json()["reason"], "shard 2 is starting");
    server.health.shard(2, ShardEvent::Progressed);
    let answer = server.get("/readyz").await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "status": "ready" })));
    let shown = scrape(&server.catalogue);
    assert_eq!(shown.value("bystander_shards", &[("state", "running")]), 1.0);
    assert_eq!(shown.value("bystander_shards", &[("state", "starting")]), 0.0);

    server.health.draining();
    assert_eq!(server.get("/readyz").await.status, 503);
    assert_eq!(server.get("/healthz").await.status, 200, "draining is no reason to be killed");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_dead_shard_makes_healthz_503_with_its_reason() {
    let limits = HealthLimits { failed: Duration::ZERO, ..HealthLimits::default() };
    let server = start(limits, Duration::from_secs(5)).await;
    server.health.assigned();
    assert_eq!(server.get("/healthz").await.json(), json!({ "status": "healthy" }));
    server.health.shard(1, ShardEvent::Running);
    server.health.shard(1, ShardEvent::Failed("can't commit; check the shadow cluster".to_owned()));
    let answer = server.get("/healthz").await;
    assert_eq!(answer.status, 503);
    let reason = &answer.json()["reasons"][0];
    assert_eq!((&reason["shard"], &reason["state"]), (&json!(1), &json!("failed")));
    assert_eq!(reason["last_error"], "can't commit; check the shadow cluster");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn status_is_what_its_provider_says() {
    let server = start(HealthLimits::default(), Duration::from_secs(5)).await;
    let answer = server.get("/status").await;
    assert_eq!((answer.status, &answer.json()["job"]), (200, &json!("checkout-shadow")));
    assert!(answer.head.contains("content-type: application/json"), "{}", answer.head);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_page_is_html_that_may_load_nothing_and_tells_shards_that_change_hands() {
    let server = start(HealthLimits::default(), Duration::from_secs(5)).await;
    server.health.assigned();
    server.health.shard(4, ShardEvent::Progressed);
    server.health.shard(5, ShardEvent::Running);
    server.health.shard(5, ShardEvent::Draining);
    let answer = server.get("/").await;
    assert_eq!(answer.status, 200);
    for header in [
        "content-type: text/html; charset=utf-8",
        "cache-control: no-store",
        "x-content-type-options: nosniff",
    ] {
        assert!(answer.head.contains(header), "{header}: {}", answer.head);
    }
    let policy = answer
        .head
        .lines()
        .find_map(|line| line.strip_prefix("content-security-policy: "))
        .expect("a policy");
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    assert!(answer.body.contains("Shard 5 changes hands"), "{}", answer.body);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_but_reading_the_known_paths_is_answered() {
    let server = start(HealthLimits::default(), Duration::from_secs(5)).await;
    let answer = server.get("/admin").await;
    assert_eq!(answer.status, 404);
    assert!(answer.json()["error"].as_str().expect("an error").contains("/ (the status page), /metrics"));
    for method in ["POST", "PUT", "DELETE"] {
        let answer = server.ask(method, "/metrics").await;
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.head.contains("allow: get"), "{}", answer.head);
    }
    let answer = server.ask("HEAD", "/healthz").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_client_that_never_finishes_its_request_cannot_hold_the_shutdown_up() {
    let server = start(HealthLimits::default(), Duration::from_millis(50)).await;
    let mut slow = TcpStream::connect(server.address).expect("a connection");
    slow.write_all(b"GET /metrics HTTP/1.1\r\nHost:").expect("half a request");
    assert_eq!(server.get("/healthz").await.status, 200, "the slow one was accepted before this");
    tokio::time::timeout(Duration::from_secs(20), server.stop()).await.expect("an end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_taken_port_is_told_with_its_address_and_the_fix() {
    let taken = bind((Ipv4Addr::LOCALHOST, 0).into()).await.expect("a free port");
    let address = taken.local_addr().expect("an address");
    let error = bind(address).await.expect_err("the port is taken").to_string();
    assert!(error.contains(&address.to_string()) && error.contains("choose another port"), "{error}");
    let elsewhere = bind("192.0.2.1:0".parse().expect("an address")).await.expect_err("not this machine's");
    assert!(elsewhere.to_string().contains("an address of this machine"), "{elsewhere}");
}
