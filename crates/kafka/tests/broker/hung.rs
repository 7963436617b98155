//! A producer that leaves its transaction open.

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::time::Duration;

/// One record to partition 0 in a transaction that stays open for as long as the producer lives and says nothing.
pub(crate) fn open_transaction(bootstrap: &str, topic: &str) -> BaseProducer {
    let patience = Duration::from_secs(30);
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("transactional.id", format!("{topic}.hung"))
        .set("transaction.timeout.ms", "600000")
        .create()
        .unwrap();
    producer.init_transactions(patience).unwrap();
    producer.begin_transaction().unwrap();
    // A compacted topic takes no record without a key.
    let record = BaseRecord::<[u8], [u8]>::to(topic).partition(0).key(b"open").payload(b"open");
    producer.send(record).map_err(|(error, _)| error).unwrap();
    producer.flush(patience).unwrap();
    producer
}
