//! What all dead letters of a shard have in common: how one begins, and who is told of it.

use crate::encode::Encoder;
use crate::observer::Observer;
use crate::shard::ShardError;
use crate::sink::Transaction;
use bystander_core::dead_letter::{DeadLetter, Payload};
use bystander_core::record::{Position, RecordHeaders};
use bystander_core::rejection::{Code, Stage};
use bystander_core::run::RunLabels;
use bystander_core::stream::Stream;

/// A dead letter about a place in a stream, with nothing known but why it is one.
pub(crate) fn about<'a>(
    labels: &'a RunLabels,
    stream: &'a Stream,
    position: Position,
    (stage, code): (Stage, Code),
) -> DeadLetter<'a> {
    DeadLetter {
        labels,
        stream: &stream.name,
        topic: &stream.topic,
        position,
        timestamp_ms: None,
        stage,
        code,
        at: "",
        payload: Payload::Unread(None),
        last_offset: None,
        withheld: None,
    }
}

/// Writes a dead letter and tells the observer.
pub(crate) fn send<O: Observer, T: Transaction>(
    (encoder, observer): (&mut Encoder, &mut O),
    stream: &Stream,
    letter: &DeadLetter<'_>,
    (key, trace): (Option<&[u8]>, &RecordHeaders<'_>),
    transaction: &mut T,
) -> Result<(), ShardError> {
    encoder.dead_letter(letter, key, trace, transaction)?;
    observer.dead_lettered(stream.id, letter.stage, letter.code);
    observer.dead_letter(letter);
    Ok(())
}
