//! Waiting on the client library without using the processor.
//!
//! The client library counts in whole milliseconds, and rdkafka rounds what is left of a timeout down. A producer's `poll`
//! also never returns before its timeout. So `poll(1 ms)` asks the queue for 0 ms again and again until the millisecond is
//! over, and each longer one spends its last millisecond that way. Nothing in this crate polls a producer with a timeout:
//! events are [served](serve) without waiting, and the wait itself is [`delivered`] or a sleep.

use rdkafka::bindings::rd_kafka_flush;
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};
use rdkafka::types::RDKafkaRespErr;
use std::time::{Duration, Instant};

/// How soon a failed delivery is noticed while others are still under way.
pub(crate) const DELIVERY_SLICE: Duration = Duration::from_millis(50);

/// The least time between two attempts of a call that may answer at once.
const SPACING: Duration = Duration::from_millis(20);

/// Serves what the producer's queue holds: failed deliveries, errors and log lines.
pub(crate) fn serve<C: ProducerContext>(producer: &BaseProducer<C>) {
    loop {
        let before = producer.in_flight_count();
        // One event, however many deliveries it reports.
        producer.poll(Duration::ZERO);
        if producer.in_flight_count() >= before {
            return;
        }
    }
}

/// Sleeps until everything sent is delivered, or `patience` is over; tells whether it is. What lingers is sent at once. A
/// failed delivery counts as under way until its report was [served](serve).
pub(crate) fn delivered<C: ProducerContext>(producer: &BaseProducer<C>, patience: Duration) -> bool {
    let patience = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
    // rdkafka's own `flush` never lets the client library wait: it polls in between, and so spins.
    //
    // SAFETY: the handle is that of a live producer, which outlives the call because it is borrowed. The function takes
    // no other pointer, may be called from any thread, and runs no callback: this client takes delivery reports as
    // events, so it only waits for the count of messages to become zero.
    #[expect(unsafe_code, reason = "rdkafka has no call that waits for deliveries without polling")]
    let code = unsafe { rd_kafka_flush(producer.client().native_ptr(), patience) };
    code == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR
}

/// Keeps attempts apart that answer at once; those that waited inside the client library pass.
pub(crate) fn space_out(attempt_began: Instant) {
    std::thread::sleep(SPACING.saturating_sub(attempt_began.elapsed()));
}

/// A consumer's timeout, rounded up to what the client library can wait for; zero stays zero.
pub(crate) fn whole_milliseconds(timeout: Duration) -> Duration {
    let rest = timeout.subsec_nanos() % 1_000_000;
    if rest == 0 {
        timeout
    } else {
        timeout.saturating_add(Duration::from_nanos(u64::from(1_000_000 - rest)))
    }
}
