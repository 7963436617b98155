//! What the tests of the other crates share: never part of the product.
//!
//! Seams in memory, with faults on order ([`MemorySource`], [`MemorySink`]), serve where no broker is
//! needed. A real Kafka is started from Java ([`KafkaCluster`]); another client than the product's feeds, reads and
//! verifies it ([`JavaShell`], [`Account`]). Pages are looked at in a real browser ([`browser`]). Neither outlives the process that started it.

pub mod browser;
mod error;
mod java;
pub mod kafka;
mod memory;
mod outcome;
mod process;
pub mod proxy;
mod scripted;
mod shell;
mod verifier;

pub use error::StartError;
pub use kafka::{
    Acl, Certificates, InSync, KafkaCluster, KafkaOptions, LoggedRequest, Served, TlsListener, unique,
};
pub use memory::{
    Fault, MemoryLog, MemorySink, MemorySource, MemoryTransaction, OwnedMessage, OwnedRecord, Step,
};
pub use outcome::{
    PREVIOUS_BINARY, REAL_DATA, REQUIRE_KAFKA, REQUIRE_TOOLS, own_kafka, previous_binary, real_data,
    real_data_with, shared_kafka, tools,
};
pub use proxy::{HeldRequest, Proxy};
pub use scripted::{CountingObserver, ScriptedScorer, SteppingClock, opener};
pub use shell::{Consumed, Isolation, JavaShell, ProduceOptions, Produced, ShellError};
pub use verifier::{Account, Expectation, ExpectedInput, PartitionAccount, verify};
