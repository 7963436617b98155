//! An independent look at a shadow topic: everything committed, from its beginning to its end.

use crate::bounded::BoundedReader;
use crate::checkpoints::{self, Checkpoints};
use crate::config::ShadowSettings;
use crate::shadow_topic::ShadowTopic;
use bystander_pipeline::{Failure, Stop};
use rdkafka::message::{Headers, Message};

/// A committed record of a shadow topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpedRecord {
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
    /// Epoch milliseconds.
    pub timestamp_ms: Option<i64>,
    /// Key.
    pub key: Option<Vec<u8>>,
    /// Value.
    pub payload: Option<Vec<u8>>,
    /// Headers, in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// Passes every committed record of `topic` to `take`, up to the end that it has now.
///
/// # Errors
/// When the topic can't be read to its end; or on `stop`.
pub fn dump(
    settings: &ShadowSettings,
    topic: &ShadowTopic,
    stop: &Stop,
    mut take: impl FnMut(DumpedRecord),
) -> Result<(), Failure> {
    BoundedReader::new(settings, topic)?.read(stop, &mut |message| {
        let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
        let headers = headers.map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec)));
        take(DumpedRecord {
            partition: message.partition(),
            offset: message.offset(),
            timestamp_ms: message.timestamp().to_millis(),
            key: message.key().map(<[u8]>::to_vec),
            payload: message.payload().map(<[u8]>::to_vec),
            headers: headers.collect(),
        });
    })
}

/// The latest committed checkpoint of every input partition of the job, for `status`.
///
/// # Errors
/// When they can't be read; or on `stop`.
pub fn read_checkpoints(settings: &ShadowSettings, stop: &Stop) -> Result<Checkpoints, Failure> {
    let reader = BoundedReader::new(settings, &settings.checkpoints)?;
    checkpoints::read_all(&reader, &settings.job, stop)
}
