//! What the tests of the other crates share: never part of the product.
//!
//! A real Kafka is started from Java ([`KafkaCluster`]); another client than the product's feeds, reads and
//! verifies it ([`JavaShell`], [`Account`]). Neither outlives the process that started it.

mod error;
mod java;
pub mod kafka;
mod outcome;
mod process;
mod shell;
mod verifier;

pub use error::StartError;
pub use kafka::{Acl, KafkaCluster, KafkaOptions, unique};
pub use outcome::{REAL_DATA, REQUIRE_KAFKA, own_kafka, real_data, shared_kafka};
pub use shell::{Consumed, Isolation, JavaShell, ProduceOptions, Produced, ShellError};
pub use verifier::{Account, Expectation, ExpectedInput, PartitionAccount, verify};
