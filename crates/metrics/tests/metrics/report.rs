//! `report --watch` from outside: gauges that come and go with the report, and its pages over a real socket.

use crate::http::{Answer, ask};
use crate::scrape::Scrape;
use bystander_metrics::catalogue::report::{DEFINITIONS, FIGURES, GATE_RESULTS};
use bystander_metrics::{HttpError, ReportCatalogue, ReportFigure, ReportFigures, ReportServer, bind, serve};
use proptest::prelude::*;
use proptest::{collection, option};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

fn recall(value: f64, interval: Option<(f64, f64)>) -> ReportFigure<'static> {
    let (stream, model, metric) = ("orders", "fraud", "recall");
    ReportFigure { stream, model, version: 2, metric, currency: "", value: Some(value), interval }
}

fn money(currency: &'static str, value: f64) -> ReportFigure<'static> {
    ReportFigure { metric: "fraud_caught", currency, ..recall(value, None) }
}

fn report(figures: Vec<ReportFigure<'static>>) -> ReportFigures<'static> {
    ReportFigures {
        figures,
        gates: vec![("catches more", "hold")],
        matured: vec![("orders", 812)],
        generated_seconds: 1_790_000_000,
        took: Duration::from_millis(2_500),
    }
}

fn scrape(catalogue: &ReportCatalogue) -> Scrape {
    Scrape::read(&catalogue.scrape().expect("a scrape"))
}

const RECALL: [(&str, &str); 5] =
    [("stream", "orders"), ("model", "fraud"), ("version", "2"), ("metric", "recall"), ("currency", "")];

#[test]
fn before_the_first_report_there_are_rounds_at_0_and_no_figure() {
    let shown = scrape(&ReportCatalogue::new().expect("a catalogue"));
    for result in ["made", "failed"] {
        assert_eq!(shown.value("bystander_report_rounds_total", &[("result", result)]), 0.0);
    }
    let figures = shown.types.keys().filter(|name| name.starts_with("bystander_report_"));
    assert_eq!(figures.count(), 1, "an age of 1970 would page");
    assert!(shown.types.contains_key("process_resident_memory_bytes"));
}

#[test]
fn a_report_shows_as_value_limits_gate_labels_and_age() {
    let catalogue = ReportCatalogue::new().expect("a catalogue");
    catalogue.made(&report(vec![recall(0.61, Some((0.52, 0.69))), money("EUR", 48_210.0)])).expect("made");
    let shown = scrape(&catalogue);
    let of = |name: &str| shown.value(&format!("bystander_report_{name}"), &RECALL);
    assert_eq!((of("value"), of("low"), of("high")), (0.61, 0.52, 0.69));
    let euros = [("currency", "EUR"), ("metric", "fraud_caught")];
    assert_eq!(shown.sum("bystander_report_value", &euros), 48_210.0);
    assert_eq!(shown.sum("bystander_report_low", &euros), 0.0, "no interval, no limit");
    for (result, value) in [("met", 0.0), ("not_met", 0.0), ("hold", 1.0)] {
        let gate = [("gate", "catches more"), ("result", result)];
        assert_eq!(shown.value("bystander_report_gate", &gate), value, "{result}");
    }
    assert_eq!(shown.value("bystander_report_matured_labels", &[("stream", "orders")]), 812.0);
    assert_eq!(shown.value("bystander_report_generated_timestamp_seconds", &[]), 1_790_000_000.0);
    assert_eq!(shown.value("bystander_report_round_seconds", &[]), 2.5);
    for metric in DEFINITIONS {
        assert_eq!(shown.help.get(metric.name).map(String::as_str), Some(metric.help), "{}", metric.name);
        assert_eq!(shown.types.get(metric.name).map(String::as_str), Some(metric.metric_type.name()));
    }
}

#[test]
fn what_the_newest_report_does_not_say_is_gone_and_a_failed_round_takes_nothing_away() {
    let catalogue = ReportCatalogue::new().expect("a catalogue");
    catalogue.made(&report(vec![recall(0.61, Some((0.52, 0.69))), money("EUR", 1.0)])).expect("made");
    let mut second = report(vec![money("EUR", 2.0)]);
    second.gates = vec![("another", "met")];
    second.generated_seconds += 3600;
    catalogue.made(&second).expect("made");
    for _ in 0..3 {
        catalogue.failed();
    }
    let shown = scrape(&catalogue);
    let values = shown.series.keys().filter(|(name, _)| name == "bystander_report_value").count();
    assert_eq!((values, shown.sum("bystander_report_value", &[])), (1, 2.0), "recall is refused now");
    assert!(!shown.types.contains_key("bystander_report_low"));
    let gates = shown.series.keys().filter(|(name, _)| name == "bystander_report_gate").count();
    assert_eq!(
        (gates, shown.sum("bystander_report_gate", &[("gate", "catches more")])),
        (GATE_RESULTS.len(), 0.0)
    );
    assert_eq!(shown.value("bystander_report_generated_timestamp_seconds", &[]), 1_790_003_600.0);
    assert_eq!(shown.value("bystander_report_rounds_total", &[("result", "made")]), 2.0);
    assert_eq!(shown.value("bystander_report_rounds_total", &[("result", "failed")]), 3.0);
}

proptest! {
    #[test]
    fn a_scrape_has_the_figures_of_the_newest_report_and_no_others(
        reports in collection::vec(collection::btree_map(0..FIGURES.len(), (-1e9..1e9, option::of(0.0..1e3)), 0..9), 1..6)
    ) {
        let catalogue = ReportCatalogue::new().expect("a catalogue");
        for said in reports {
            let figures = said.iter().map(|(word, (value, half))| ReportFigure {
                metric: FIGURES[*word].0,
                ..recall(*value, half.map(|half: f64| (value - half, value + half)))
            });
            catalogue.made(&report(figures.collect())).expect("made");
            let shown = scrape(&catalogue);
            for (name, expected) in [("value", said.len()), ("low", said.values().filter(|(_, half)| half.is_some()).count())] {
                let name = format!("bystander_report_{name}");
                prop_assert_eq!(shown.series.keys().filter(|(found, _)| *found == name).count(), expected);
            }
            for (word, (value, _)) in &said {
                let labels = RECALL.map(|(label, of)| (label, if label == "metric" { FIGURES[*word].0 } else { of }));
                prop_assert_eq!(shown.value("bystander_report_value", &labels), *value);
            }
        }
    }
}

#[test]
fn every_word_of_a_figure_is_documented_once_with_its_meaning() {
    let mut words: Vec<_> = FIGURES.iter().map(|(word, _)| *word).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), FIGURES.len());
    assert!(FIGURES.iter().all(|(_, meaning)| meaning.len() > 10));
}

struct Server {
    address: SocketAddr,
    site: Arc<ReportServer>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), HttpError>>,
}

impl Server {
    async fn start() -> Self {
        let site = Arc::new(ReportServer::new().expect("a site"));
        let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        let served = tokio::spawn(serve(listener, Arc::clone(&site), Duration::from_secs(5), shutdown));
        Self { address, site, stop, served }
    }

    async fn get(&self, path: &str) -> Answer {
        ask(self.address, "GET", path).await
    }

    async fn stop(self) {
        self.stop.send(()).expect("a running server");
        self.served.await.expect("no panic").expect("a tidy end");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_is_ready_before_the_first_report_and_the_reason_is_told() {
    let server = Server::start().await;
    for path in ["/", "/report.json", "/readyz"] {
        assert_eq!(server.get(path).await.status, 503, "{path}");
    }
    assert_eq!(server.get("/healthz").await.status, 200, "a restart would not help");
    server.site.failed("live-kafka:9092 doesn't answer; start it", None);
    let reason = server.get("/readyz").await.json()["reason"].to_string();
    assert!(reason.contains("no report could be made yet: live-kafka:9092"), "{reason}");
    assert!(server.get("/").await.body.contains("live-kafka:9092"));
    server.site.made("<p>1</p>".into(), "{}".into(), &report(Vec::new())).expect("made");
    assert_eq!(server.get("/readyz").await.status, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_newest_report_is_served_in_all_forms_and_stays_when_a_round_fails() {
    let server = Server::start().await;
    let figures = report(vec![recall(0.61, None)]);
    server.site.made("<p>first</p>".into(), "{\"schema\":1}".into(), &figures).expect("made");
    let page = server.get("/").await;
    assert_eq!((page.status, page.body.as_str()), (200, "<p>first</p>"));
    assert!(page.head.contains("content-type: text/html; charset=utf-8"), "{}", page.head);
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{}", page.head);
    assert!(page.head.contains("x-content-type-options: nosniff"), "{}", page.head);
    let document = server.get("/report.json").await;
    assert_eq!(document.json(), serde_json::json!({ "schema": 1 }));
    assert!(document.head.contains("content-type: application/json"), "{}", document.head);
    let shown = Scrape::read(&server.get("/metrics").await.body);
    assert_eq!(shown.value("bystander_report_value", &RECALL), 0.61);

    server.site.failed("no", Some("<p>stale</p><p>first</p>".into()));
    assert_eq!(server.get("/").await.body, "<p>stale</p><p>first</p>");
    assert_eq!(server.get("/report.json").await.json(), serde_json::json!({ "schema": 1 }));
    assert_eq!(server.get("/readyz").await.status, 200, "what it serves is still a report");
    let shown = Scrape::read(&server.get("/metrics").await.body);
    assert_eq!(shown.value("bystander_report_value", &RECALL), 0.61);
    assert_eq!(server.get("/status").await.status, 404);
    assert_eq!(ask(server.address, "POST", "/").await.status, 405);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_figure_of_which_only_a_range_is_known_has_limits_and_no_value() {
    let server = Server::start().await;
    let ranged = ReportFigure { value: None, ..recall(0.0, Some((0.2, 0.7))) };
    server.site.made("<p></p>".into(), "{}".into(), &report(vec![ranged])).expect("made");
    let body = server.get("/metrics").await.body;
    let shown = Scrape::read(&body);
    assert_eq!(shown.value("bystander_report_low", &RECALL), 0.2);
    assert_eq!(shown.value("bystander_report_high", &RECALL), 0.7);
    assert!(!body.contains("bystander_report_value{"), "{body}");
    server.stop().await;
}
