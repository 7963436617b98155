//! `bystander demo`: all of it on one machine. A broker in this process (or a real one), a simulated shop,
//! the very service that `run` starts, and then an independent read of what it wrote.

mod evidence;
mod kinds;
mod report;
mod setup;
mod summary;

use crate::args::DemoArgs;
use crate::commands::simulate::{FeedTargets, feed};
use crate::exit::Failure;
use crate::logging::{self, print};
use crate::service::{ServeOptions, serve};
use crate::{assembly, config};
use bystander_core::kind::Kind;
use bystander_storefront::{Shop, ShopConfig, ShopRecords, ShopTopic, Truth};
use evidence::Evidence;
use setup::DemoSetup;
use std::collections::BTreeMap;
use std::time::Instant;

/// Share of the simulated events that are malformed.
const MALFORMED: f64 = 0.01;

pub(crate) fn run(args: &DemoArgs) -> Result<(), Failure> {
    let setup = DemoSetup::prepare(args.brokers.as_deref())?;
    let config = config::load_text("demo.toml", &kinds::config(), &|name| match name {
        "BROKERS" => Some(setup.brokers.clone()),
        "PREFIX" => Some(setup.prefix.clone()),
        "MODELS" => Some(args.models.display().to_string()),
        _ => None,
    })?;
    logging::start(&config.log);
    let assembly = assembly::assemble(&config)?;
    setup.create_topics(&config, &assembly.inputs())?;

    let records = ShopRecords::from(&args.records);
    step(format_args!("a shop opens: {}, seed {}", told(&records), args.seed));
    let wanted = ShopConfig { seed: args.seed, records, malformed: MALFORMED, ..ShopConfig::default() };
    let topic = |topic: ShopTopic| {
        let stream = assembly.streams.iter().find(|stream| topic.kind() == Some(stream.kind().name()))?;
        Some((topic, stream.topic.clone()))
    };
    let targets = FeedTargets {
        brokers: setup.brokers.clone(),
        properties: BTreeMap::new(),
        topics: ShopTopic::ALL.into_iter().filter_map(topic).collect(),
    };
    let fed = feed(shop(&wanted)?, &targets, None)?;
    let events = fed.written.total();

    step(format_args!("bystander reads {events} events from {}", setup.name));
    let start = Instant::now();
    serve(&config, &assembly, ServeOptions { until_caught_up: true, listen: None, accept_config: false })?;
    let took = start.elapsed();

    step(format_args!("done in {:.1} s; now an independent look at the shadow topics", took.as_secs_f64()));
    let mut evidence = Evidence::gather(&config, &assembly)?;
    let truth: BTreeMap<String, bool> = shop(&wanted)?.filter_map(|event| fraud(event.truth)).collect();
    summary::print_summary(&evidence, &truth, &assembly);
    let start_ms = wanted.start.as_millisecond();
    let said = report::report(&config, &assembly, &mut evidence, (shop(&wanted)?, start_ms), &args.report)?;
    step("a year later, when all outcomes are known: may the challenger be switched on?");
    print(said.trim_end());
    step(format_args!("the whole report is {}", args.report.display()));
    if !setup.prefix.is_empty() {
        step(format_args!("the topics stay at {}; their names begin with {}", setup.name, setup.prefix));
    }
    let account = &evidence.account;
    print(format_args!(
        "demo: events={} comparisons={} dead_letters={} skipped={} missing={} duplicates={}",
        account.events,
        account.comparisons,
        account.dead_letters,
        account.skipped,
        account.missing,
        account.duplicates
    ));
    if account.events == events && account.missing == 0 && account.duplicates == 0 {
        return Ok(());
    }
    Err(Failure::Other(format!(
        "the accounts don't balance: {events} events were sent; this is a defect, please report it"
    )))
}

/// Records of a topic that are simulated unless the command line says otherwise.
pub(crate) fn records(topic: ShopTopic) -> u64 {
    let kind = topic.kind().and_then(Kind::from_name);
    kind.map_or_else(|| topic.records(), |kind| kinds::demo(kind).records())
}

/// `20000 orders and 3000 price quotes`.
fn told(records: &ShopRecords) -> String {
    let topics = ShopTopic::ALL.into_iter().filter(|topic| topic.kind().is_some());
    let counts: Vec<_> = topics.map(|topic| format!("{} {}", records.of(topic), topic.events())).collect();
    match counts.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => counts.concat(),
    }
}

fn shop(config: &ShopConfig) -> Result<Shop, Failure> {
    Shop::new(config).map_err(Failure::other)
}

/// Whether an order was fraud: known here because the shop is simulated; a real one learns it weeks later.
fn fraud(truth: Option<Truth>) -> Option<(String, bool)> {
    match truth? {
        Truth::Legit { order_id } => Some((order_id, false)),
        Truth::Fraud { order_id, .. } => Some((order_id, true)),
        Truth::Demand { .. } => None,
    }
}

fn step(text: impl std::fmt::Display) {
    print(format_args!("· {text}"));
}
