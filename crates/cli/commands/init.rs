//! `bystander init`: the shadow topics, and the permissions that both principals need.

use crate::args::InitArgs;
use crate::config::Config;
use crate::exit::Failure;
use crate::logging::print;
use crate::service::job;
use crate::{config, logging};
use bystander_kafka::live::LiveClient;
use bystander_kafka::{ShadowTopics, TopicPlanSettings, live_acls, shadow_acls};

pub(crate) fn run(args: &InitArgs) -> Result<(), Failure> {
    let config = config::load(&args.config.config, &args.config.overrides())?;
    logging::start(&config.log);
    let inputs: Vec<String> = config.streams.iter().filter_map(|stream| stream.topic.clone()).collect();
    // First what needs no cluster: whoever asks may not be allowed anything yet.
    print("# the live cluster's administrator allows reading, and denies everything else:");
    // Reports read outcomes by the same principal.
    live_acls(&config.live, config.read.names(), &args.live_principal).iter().for_each(print);
    print("\n# the shadow cluster's administrator allows writing the shadow topics:");
    shadow_acls(&config.shadow, &args.shadow_principal).iter().for_each(print);
    print("");
    config.shadow.reach().map_err(Failure::other)?;
    let topics = ShadowTopics::new(&config.shadow).map_err(Failure::other)?;
    let changes = topics.plan(&wanted(&config, &inputs)?).map_err(Failure::other)?;
    for change in &changes {
        print(change);
    }
    match (changes.is_empty(), args.execute) {
        (true, _) => print("the shadow topics are as they should be"),
        (false, true) => {
            topics.execute(&changes).map_err(Failure::other)?;
            print("done");
        }
        (false, false) => print("nothing was done; --execute does it"),
    }
    Ok(())
}

/// Comparisons get as many partitions as the largest input, so that each input partition keeps its order.
pub(crate) fn wanted(config: &Config, inputs: &[String]) -> Result<TopicPlanSettings, Failure> {
    let partitions = match config.topics.partitions {
        Some(partitions) => partitions,
        None => {
            config.live.reach().map_err(Failure::other)?;
            let job = job(config, inputs.to_vec())?;
            let client = LiveClient::new(job.live(), job.status()).map_err(Failure::other)?;
            let counts = inputs.iter().map(|topic| client.partitions(topic)).collect::<Result<Vec<_>, _>>();
            counts.map_err(Failure::other)?.into_iter().max().unwrap_or(1)
        }
    };
    Ok(TopicPlanSettings {
        shards: config.topics.shards,
        partitions,
        replication: config.topics.replication,
        retention: config.topics.retention,
    })
}
