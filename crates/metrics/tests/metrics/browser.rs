//! The page as it is served, in a real browser: with its policy, at every width, in light and dark, by day and by night.

use crate::http::serve_status;
use crate::outages;
use crate::page::{SECTIONS, filled};
use crate::sample;
use crate::sample::{HOSTILE, NOW, ill, well};
use bystander_metrics::StatusProvider;
use bystander_metrics::status::Status;
use bystander_testkit::browser::{Browser, browser};
use bystander_testkit::tools_or_skip;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

fn sections() -> Vec<String> {
    SECTIONS.map(str::to_owned).into()
}

/// Long names without a space, with everything in them that a page could stumble over.
fn hostile() -> Status {
    filled(&HOSTILE.replace(' ', "-").repeat(4), [NOW, NOW - 61_000, 5_000_000_000, 4_000_000_000])
}

/// Always the same.
struct Fixed(Status);

impl StatusProvider for Fixed {
    fn status(&self) -> Status {
        self.0.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn on_call_engineers_find_everything_with_0_1_and_50_shards() {
    let browser = tools_or_skip!("metrics::browser: with 0, 1 and 50 shards", browser);
    for shards in [0, 1, 50] {
        for (night, status) in [("well", well(shards)), ("ill", ill(shards))] {
            look(&browser, &format!("status-{shards}-{night}"), status).await;
        }
    }
    let mut letters = well(4);
    letters.dead_letters = (0..20)
        .map(|number| sample::letters("orders", "schema", &format!("code_{number}"), 3, NOW))
        .collect();
    look(&browser, "status-many-dead-letters", letters).await;
    look(&browser, "status-hostile", hostile()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn on_call_engineers_find_everything_in_every_outage() {
    let browser = tools_or_skip!("metrics::browser: in every outage", browser);
    for (outage, status) in outages::all(310) {
        look(&browser, &format!("status-{}", outage.replace([' ', '\''], "-")), status).await;
    }
}

async fn look(browser: &Browser, name: &str, status: Status) {
    let server = serve_status(Fixed(status)).await;
    browser.look(name, &server.url(), &sections());
    server.stop().await;
}

/// Another name of the job at each request.
#[derive(Default)]
struct Changing(AtomicUsize);

impl StatusProvider for Changing {
    fn status(&self) -> Status {
        Status { job: format!("job-{}", self.0.fetch_add(1, Ordering::Relaxed)), ..well(3) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_page_keeps_itself_up_to_date_and_says_when_it_cannot() {
    let browser = tools_or_skip!("metrics::browser: refresh", browser);
    let server = serve_status(Changing::default()).await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/refresh.mjs");
    browser.run(&script, &[server.url(), sections().join(",")]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn on_a_phone_agreement_comes_first_while_nothing_is_wrong() {
    let browser = tools_or_skip!("metrics::browser: on a phone", browser);
    let (sound, unsound) = (serve_status(Fixed(well(4))).await, serve_status(Fixed(ill(4))).await);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/phone.mjs");
    browser.run(&script, &[sound.url(), unsound.url()]);
    sound.stop().await;
    unsound.stop().await;
}
