//! Everything that touches Kafka: the live reader, the shadow writer, checkpoints, shards and topics.
//!
//! Clients run on plain threads with timeouts on every call. The live side ([`live`]) can only read; what
//! is written goes to a [`ShadowTopic`], inside a transaction ([`ShadowWriter`]).

mod acls;
mod agreement;
mod blocking;
mod bounded;
mod checkpoints;
mod config;
mod contact;
mod context;
mod decide;
mod describe;
mod dump;
mod epoch;
mod evidence;
mod failure;
mod feed;
pub mod live;
mod lookup;
mod members;
mod mock;
mod oauth;
mod ownership;
mod packing;
mod properties;
mod reach;
mod recorded;
mod replay;
mod resume;
mod security;
mod shadow_topic;
mod shadow_watch;
mod shards;
mod shop_topics;
mod skip;
mod start;
mod statistics;
#[cfg(test)]
mod tests;
mod topics;
mod waiting;
mod writer;

pub use acls::{live_acls, shadow_acls};
pub use agreement::{CONFIG_FIX, accept_config, differs};
pub use checkpoints::Checkpoints;
pub use config::{FetchSizes, LiveSettings, ShadowSettings, Start};
pub use contact::{Contact, ContactStatus, SILENT_AFTER};
pub use decide::decide;
pub use describe::{
    ClusterDescription, Operation, Operations, TopicDescription, describe_cluster, describe_topics,
};
pub use dump::{DumpedRecord, dump, read_checkpoints};
pub use feed::{Feed, FeedRecord};
pub use members::GroupMembers;
pub use mock::EmbeddedBroker;
pub use recorded::TopicReader;
pub use replay::{ReplayWriters, open_replay, reopen_replay, replay_settings};
pub use resume::{ChangedInput, changed_inputs, resume};
pub use shadow_topic::{ReadTopics, ShadowTopic};
pub use shadow_watch::{Agreement, ShadowWatch, ShardsView};
pub use shards::{GroupEvent, ShardGroup, ShardHandler};
pub use shop_topics::{SIMULATED, ShopTopicState, ShopTopics};
pub use skip::{SkipPlan, SkipRequest, plan_skip, skip};
pub use start::{Job, StartedShard, start};
pub use topics::{ShadowTopics, TopicChange, TopicPlanSettings};
pub use writer::{ShadowTransaction, ShadowWriter};
