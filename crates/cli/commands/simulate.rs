//! `bystander simulate`: a shop's events into files, or into the config's input topics.

mod feed;
mod targets;

pub(crate) use feed::feed;
pub(crate) use targets::FeedTargets;

use crate::args::SimulateArgs;
use crate::exit::Failure;
use crate::logging::print;
use crate::{config, logging};
use bystander_storefront::{DayRhythm, Shop, ShopConfig, ShopRecords, ShopTopic, Written, write_jsonl};
use feed::Pace;
use jiff::Timestamp;

const DAY_SECONDS: f64 = 86_400.0;

pub(crate) fn run(args: &SimulateArgs) -> Result<(), Failure> {
    let wanted = shop(args)?;
    let shop = Shop::new(&wanted).map_err(|error| Failure::Usage(error.to_string()))?;
    if let Some(folder) = &args.out {
        let written = write_jsonl(shop, folder).map_err(Failure::other)?;
        report(&written);
        print(format_args!("written to {}", folder.display()));
        return Ok(());
    }
    let config = config::load(&args.config.config, &args.config.overrides())?;
    logging::start(&config.log);
    let targets = FeedTargets::of(&config, args.outcomes.as_deref())?;
    let plan = targets.plan(args.partitions)?;
    print(format_args!("the live cluster of {} is {}", config.file.display(), targets.brokers));
    plan.lines(&wanted).iter().for_each(print);
    print(window(&wanted, args));
    plan.refuse_foreign()?;
    if !args.execute {
        print("nothing was done; --execute does it");
        return Ok(());
    }
    plan.create()?;
    let pace = args.rate.map(|_| Pace { start: wanted.start, end_ms: end_ms(&wanted, args) });
    let fed = feed(shop, &targets, pace)?;
    report(&fed.written);
    if fed.not_due > 0 {
        print(format_args!("{} events come after the end of the run and were not sent", fed.not_due));
    }
    print(format_args!("sent to {} in {:.1} s", targets.brokers, fed.took.as_secs_f64()));
    Ok(())
}

fn shop(args: &SimulateArgs) -> Result<ShopConfig, Failure> {
    let defaults = ShopConfig::default();
    let records = ShopRecords::from(&args.records);
    let start = match args.start.as_deref() {
        None if args.rate.is_none() => defaults.start,
        None | Some("now") => Timestamp::now(),
        Some(text) => text.parse().map_err(|_| {
            let fix = "write it as 2026-01-01T00:00:00Z, or now";
            Failure::Usage(format!("--start {text} is not a time; {fix}"))
        })?,
    };
    if args.rate.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
        return Err(Failure::Usage("--rate must be above 0".into()));
    }
    // At a rate, the number of events decides how long they take; a window can't be empty.
    let (rhythm, days) = match args.rate {
        None => (DayRhythm::Daily, args.days.unwrap_or(defaults.days)),
        Some(rate) => {
            let seconds = records.total() as f64 / rate;
            (DayRhythm::Even, seconds.max(1.0) / DAY_SECONDS)
        }
    };
    Ok(ShopConfig { seed: args.seed, records, malformed: args.malformed, start, days, rhythm, ..defaults })
}

/// Event time after which nothing is sent at a rate.
fn end_ms(wanted: &ShopConfig, args: &SimulateArgs) -> i64 {
    let most = ShopConfig { days: args.days.unwrap_or(wanted.days), ..wanted.clone() };
    wanted.end_millis().min(most.end_millis())
}

/// Event times, and how fast they are sent.
fn window(wanted: &ShopConfig, args: &SimulateArgs) -> String {
    let end = match args.rate {
        Some(_) => end_ms(wanted, args),
        None => wanted.end_millis(),
    };
    let end = Timestamp::from_millisecond(end).unwrap_or(wanted.start);
    match args.rate {
        Some(rate) => format!(
            "event times from {} on, at the pace of the clock: {rate} events a second on average, until {end}",
            wanted.start
        ),
        None => format!("event times from {} to {end}, sent as fast as possible", wanted.start),
    }
}

fn report(written: &Written) {
    for topic in ShopTopic::ALL {
        let (name, count) = (topic.events(), written.of(topic));
        print(format_args!(
            "{name}: {} events, {} to score, {} to skip, {} malformed",
            count.total(),
            count.good,
            count.skips,
            count.malformed
        ));
    }
}
