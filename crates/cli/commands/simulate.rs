//! `bystander simulate`: a shop's events into the config's input topics, or into files.

mod feed;

pub(crate) use feed::{FeedTargets, feed};

use crate::args::SimulateArgs;
use crate::config::Config;
use crate::exit::Failure;
use crate::logging::print;
use crate::{config, logging};
use bystander_core::kinds::Kind;
use bystander_storefront::{Shop, ShopConfig, TopicCount, Written, write_jsonl};

pub(crate) fn run(args: &SimulateArgs) -> Result<(), Failure> {
    let shop = shop(args)?;
    if let Some(folder) = &args.out {
        let written = write_jsonl(shop, folder).map_err(Failure::other)?;
        report(&written, &format!("written to {}", folder.display()));
        return Ok(());
    }
    let config = config::load(&args.config.config, &args.config.overrides())?;
    logging::start(&config.log);
    let targets = targets(&config, args.outcomes.as_deref())?;
    targets.ensure(args.partitions)?;
    let fed = feed(shop, &targets, args.rate)?;
    report(&fed.written, &format!("sent to {} in {:.1} s", targets.brokers, fed.took.as_secs_f64()));
    Ok(())
}

fn shop(args: &SimulateArgs) -> Result<Shop, Failure> {
    let defaults = ShopConfig::default();
    let start = match args.start.as_deref() {
        None => defaults.start,
        Some(text) => text.parse().map_err(|_| {
            Failure::Usage(format!("--start {text} is no time; write it as 2026-01-01T00:00:00Z"))
        })?,
    };
    if args.rate.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
        return Err(Failure::Usage("--rate must be above 0".into()));
    }
    let config = ShopConfig {
        seed: args.seed,
        orders: args.orders,
        quotes: args.quotes,
        malformed: args.malformed,
        days: args.days,
        start,
        ..defaults
    };
    Shop::new(&config).map_err(|error| Failure::Usage(error.to_string()))
}

/// The input topics of the config's first stream of each kind.
fn targets(config: &Config, outcomes: Option<&str>) -> Result<FeedTargets, Failure> {
    let topic = |kind: Kind| {
        let stream = config.streams.iter().find(|stream| stream.kind == Some(kind));
        stream.and_then(|stream| stream.topic.clone())
    };
    Ok(FeedTargets {
        brokers: config.live.brokers.clone(),
        properties: config.live.properties.clone(),
        orders: topic(Kind::Orders),
        quotes: topic(Kind::Prices),
        outcomes: outcomes.map(str::to_owned),
    })
}

fn report(written: &Written, where_to: &str) {
    let line = |name: &str, count: &TopicCount| {
        print(format_args!(
            "{name}: {} events, {} to score, {} to skip, {} malformed",
            count.total(),
            count.good,
            count.skips,
            count.malformed
        ));
    };
    line("orders", &written.orders);
    line("price quotes", &written.quotes);
    line("outcomes", &written.outcomes);
    print(where_to);
}
