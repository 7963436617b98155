//! What a cluster says of topics and of itself: ids, and what this principal may do.
//!
//! The client library has these requests and `rdkafka` has no wrapper for them, so this module calls the C functions.
//! All of its `unsafe` rests on three facts. The client outlives each call, since it is borrowed. Everything that the
//! library hands out belongs to the event that holds it, and is copied before that event is destroyed. Whatever is
//! created here is destroyed once, by [`Owned`]. Both requests are Metadata requests on the wire, which change nothing.
#![allow(unsafe_code)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rdkafka::bindings as sys;
use rdkafka::client::{Client, ClientContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;
use std::collections::BTreeSet;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::NonNull;
use std::slice;
use std::time::{Duration, Instant};

/// An operation that a principal may be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "Kafka's own words")]
pub enum Operation {
    All,
    Read,
    Write,
    Create,
    Delete,
    Alter,
    Describe,
    ClusterAction,
    DescribeConfigs,
    AlterConfigs,
    IdempotentWrite,
    /// One that this version doesn't know, by Kafka's number.
    Other(u32),
}

impl Operation {
    fn of(number: u32) -> Self {
        match number {
            2 => Self::All,
            3 => Self::Read,
            4 => Self::Write,
            5 => Self::Create,
            6 => Self::Delete,
            7 => Self::Alter,
            8 => Self::Describe,
            9 => Self::ClusterAction,
            10 => Self::DescribeConfigs,
            11 => Self::AlterConfigs,
            12 => Self::IdempotentWrite,
            other => Self::Other(other),
        }
    }
}

/// What is allowed; `None` when it wasn't asked for, or the brokers are older than 2.3 and don't say.
pub type Operations = Option<BTreeSet<Operation>>;

/// A topic as its cluster describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDescription {
    /// Its name.
    pub name: String,
    /// Its id, as Kafka's tools print it. A topic that is deleted and created again gets another one. `None` on brokers
    /// older than 2.8, which have no ids.
    pub id: Option<String>,
    /// How many partitions it has.
    pub partitions: i32,
    /// What this principal may do with it.
    pub operations: Operations,
}

/// A cluster as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterDescription {
    /// Its id.
    pub id: Option<String>,
    /// What this principal may do with the cluster.
    pub operations: Operations,
}

/// A name that no topic can have: the least that metadata can be asked for.
const NO_TOPIC: &str = ".";

/// Describes topics, in the order of `names`. Asking for operations costs the brokers a look at their ACLs.
///
/// # Errors
/// When no broker answers in time. A topic that is missing or hidden is an error in its place.
pub fn describe_topics<C: ClientContext>(
    client: &Client<C>,
    names: &[&str],
    operations: bool,
    timeout: Duration,
) -> Result<Vec<Result<TopicDescription, KafkaError>>, KafkaError> {
    // The client library refuses to describe nothing.
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let broker = a_broker(client, names[0], timeout)?;
    let texts = names.iter().map(|name| CString::new(*name)).collect::<Result<Vec<_>, _>>()?;
    let mut pointers: Vec<*const c_char> = texts.iter().map(|text| text.as_ptr()).collect();
    // SAFETY: as many valid strings as it says; the collection copies them.
    let topics =
        unsafe { sys::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len()) };
    let topics = Owned::new(topics, sys::rd_kafka_TopicCollection_destroy)?;
    let request =
        Request::new(client, sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, operations)?
            .to(broker)?;
    let event = request.answer(timeout, |client, options, queue| {
        // SAFETY: all of them live until the call returns, and the library copies what it needs.
        unsafe { sys::rd_kafka_DescribeTopics(client, topics.pointer(), options, queue) }
    })?;
    // SAFETY: the event is of this request; the topics belong to it and are copied below.
    let described = unsafe {
        let result = sys::rd_kafka_event_DescribeTopics_result(event.pointer());
        let mut count = 0;
        let first = sys::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        list(first, count).iter().map(|&topic| topic_description(topic)).collect::<Vec<_>>()
    };
    let missing = || KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownTopicOrPartition);
    let of = |name: &&str| {
        let found = described.iter().find(|(described, _)| described == name);
        found.map_or_else(|| Err(missing()), |(_, outcome)| outcome.clone())
    };
    Ok(names.iter().map(of).collect())
}

/// Describes the cluster.
///
/// # Errors
/// When no broker answers in time.
pub fn describe_cluster<C: ClientContext>(
    client: &Client<C>,
    operations: bool,
    timeout: Duration,
) -> Result<ClusterDescription, KafkaError> {
    let broker = a_broker(client, NO_TOPIC, timeout)?;
    let request =
        Request::new(client, sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER, operations)?
            .to(broker)?;
    let event = request.answer(timeout, |client, options, queue| {
        // SAFETY: as in `describe_topics`.
        unsafe { sys::rd_kafka_DescribeCluster(client, options, queue) }
    })?;
    // SAFETY: the event is of this request; id and operations belong to it and are copied here.
    unsafe {
        let result = sys::rd_kafka_event_DescribeCluster_result(event.pointer());
        let mut count = 0;
        let first = sys::rd_kafka_DescribeCluster_result_authorized_operations(result, &raw mut count);
        let id = text(sys::rd_kafka_DescribeCluster_result_cluster_id(result));
        Ok(ClusterDescription { id, operations: operations_of(first, count) })
    }
}

/// The broker to ask: the controller, as the library would, unless there is none, as in its own embedded cluster.
fn a_broker<C: ClientContext>(client: &Client<C>, topic: &str, timeout: Duration) -> Result<i32, KafkaError> {
    let metadata = client.fetch_metadata(Some(topic), timeout)?;
    let milliseconds = c_int::try_from(timeout.as_millis()).unwrap_or(c_int::MAX);
    // SAFETY: the client is alive.
    let controller = unsafe { sys::rd_kafka_controllerid(client.native_ptr(), milliseconds) };
    let mut brokers = metadata.brokers().iter().map(|broker| broker.id());
    let first = metadata.brokers().first().map(|broker| broker.id());
    brokers
        .find(|id| *id == controller)
        .or(first)
        .ok_or(KafkaError::AdminOp(RDKafkaErrorCode::AllBrokersDown))
}

/// A topic's name, and its description or the broker's error.
///
/// # Safety
/// `topic` must belong to an event that is alive.
unsafe fn topic_description(
    topic: *const sys::rd_kafka_TopicDescription_t,
) -> (String, Result<TopicDescription, KafkaError>) {
    // SAFETY: by the caller's word; everything asked for belongs to the topic.
    unsafe {
        let name = text(sys::rd_kafka_TopicDescription_name(topic)).unwrap_or_default();
        let code = sys::rd_kafka_error_code(sys::rd_kafka_TopicDescription_error(topic));
        if code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return (name, Err(KafkaError::MetadataFetch(code.into())));
        }
        let mut partitions = 0;
        sys::rd_kafka_TopicDescription_partitions(topic, &raw mut partitions);
        let mut count = 0;
        let first = sys::rd_kafka_TopicDescription_authorized_operations(topic, &raw mut count);
        let description = TopicDescription {
            name: name.clone(),
            id: topic_id(sys::rd_kafka_TopicDescription_topic_id(topic)),
            partitions: i32::try_from(partitions).unwrap_or(i32::MAX),
            operations: operations_of(first, count),
        };
        (name, Ok(description))
    }
}

/// An id in the form of Kafka's tools; all zeros is none.
///
/// # Safety
/// `id` must be null or alive.
unsafe fn topic_id(id: *const sys::rd_kafka_Uuid_t) -> Option<String> {
    if id.is_null() {
        return None;
    }
    // SAFETY: it isn't null, and alive by the caller's word.
    let halves = unsafe {
        [sys::rd_kafka_Uuid_most_significant_bits(id), sys::rd_kafka_Uuid_least_significant_bits(id)]
    };
    (halves != [0, 0]).then(|| URL_SAFE_NO_PAD.encode(halves.map(i64::to_be_bytes).concat()))
}

/// # Safety
/// `first` must be null, or point to `count` operations that are alive.
unsafe fn operations_of(first: *const sys::rd_kafka_AclOperation_t, count: usize) -> Operations {
    // Read as numbers: a value outside of the enum, from a newer broker, would be undefined behaviour.
    let numbers = first.cast::<u32>();
    // SAFETY: the enum is represented as this number.
    (!first.is_null())
        .then(|| unsafe { list(numbers, count) }.iter().map(|&number| Operation::of(number)).collect())
}

/// # Safety
/// `first` must be null, or point to `count` values that outlive the slice.
pub(crate) unsafe fn list<'a, T>(first: *const T, count: usize) -> &'a [T] {
    if first.is_null() {
        return &[];
    }
    // SAFETY: by the caller's word.
    unsafe { slice::from_raw_parts(first, count) }
}

/// # Safety
/// `pointer` must be null, or a string that is alive.
pub(crate) unsafe fn text(pointer: *const c_char) -> Option<String> {
    // SAFETY: by the caller's word.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
}

/// Something of the client library's that is destroyed with its owner.
pub(crate) struct Owned<T> {
    pointer: NonNull<T>,
    destroy: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    /// Takes over what `destroy` will be called on.
    fn new(pointer: *mut T, destroy: unsafe extern "C" fn(*mut T)) -> Result<Self, KafkaError> {
        let null = || KafkaError::AdminOpCreation("the client library is out of memory".to_owned());
        NonNull::new(pointer).map(|pointer| Self { pointer, destroy }).ok_or_else(null)
    }

    pub(crate) fn pointer(&self) -> *mut T {
        self.pointer.as_ptr()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: it was made by the counterpart of `destroy`, and this is the only call.
        unsafe { (self.destroy)(self.pointer()) }
    }
}

/// A request of the admin interface, on a queue that nothing else uses.
pub(crate) struct Request<'a, C: ClientContext> {
    client: &'a Client<C>,
    options: Owned<sys::rd_kafka_AdminOptions_t>,
    queue: Owned<sys::rd_kafka_queue_t>,
}

impl<'a, C: ClientContext> Request<'a, C> {
    pub(crate) fn new(
        client: &'a Client<C>,
        kind: sys::rd_kafka_admin_op_t,
        operations: bool,
    ) -> Result<Self, KafkaError> {
        // SAFETY: the client is alive.
        let (options, queue) = unsafe {
            let native = client.native_ptr();
            (sys::rd_kafka_AdminOptions_new(native, kind), sys::rd_kafka_queue_new(native))
        };
        let options = Owned::new(options, sys::rd_kafka_AdminOptions_destroy)?;
        let queue = Owned::new(queue, sys::rd_kafka_queue_destroy)?;
        // SAFETY: the options are alive; an error is the caller's to destroy.
        unsafe {
            let error = sys::rd_kafka_AdminOptions_set_include_authorized_operations(
                options.pointer(),
                c_int::from(operations),
            );
            if let Ok(error) = Owned::new(error, sys::rd_kafka_error_destroy) {
                let reason = text(sys::rd_kafka_error_string(error.pointer())).unwrap_or_default();
                return Err(KafkaError::AdminOpCreation(reason));
            }
        }
        Ok(Self { client, options, queue })
    }

    /// Addresses the request to a broker.
    fn to(self, broker: i32) -> Result<Self, KafkaError> {
        let mut reason = [0; 512];
        let (options, buffer) = (self.options.pointer(), reason.as_mut_ptr());
        // SAFETY: the options are alive, and the buffer is as large as it says.
        let code = unsafe { sys::rd_kafka_AdminOptions_set_broker(options, broker, buffer, reason.len()) };
        if code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(KafkaError::AdminOpCreation(format!("broker {broker} is refused")));
        }
        Ok(self)
    }

    /// Sends the request and waits for the event that answers it.
    pub(crate) fn answer(
        &self,
        timeout: Duration,
        send: impl FnOnce(*mut sys::rd_kafka_t, *const sys::rd_kafka_AdminOptions_t, *mut sys::rd_kafka_queue_t),
    ) -> Result<Owned<sys::rd_kafka_event_t>, KafkaError> {
        // The library answers by itself at its timeout; the second only bounds the wait should it not.
        self.answer_or_abandon((timeout, timeout + Duration::from_secs(1)), send)
    }

    /// Sends the request, which the library gives up after `lifetime`, and waits `patience` for the event that answers
    /// it.
    pub(crate) fn answer_or_abandon(
        &self,
        (lifetime, patience): (Duration, Duration),
        send: impl FnOnce(*mut sys::rd_kafka_t, *const sys::rd_kafka_AdminOptions_t, *mut sys::rd_kafka_queue_t),
    ) -> Result<Owned<sys::rd_kafka_event_t>, KafkaError> {
        let milliseconds = c_int::try_from(lifetime.as_millis()).unwrap_or(c_int::MAX).max(1);
        let mut reason = [0; 512];
        // SAFETY: the options are alive, and the buffer is as large as it says.
        let code = unsafe {
            sys::rd_kafka_AdminOptions_set_request_timeout(
                self.options.pointer(),
                milliseconds,
                reason.as_mut_ptr(),
                reason.len(),
            )
        };
        if code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(KafkaError::AdminOpCreation(format!("a timeout of {lifetime:?} is refused")));
        }
        send(self.client.native_ptr(), self.options.pointer(), self.queue.pointer());
        let deadline = Instant::now() + patience;
        loop {
            // SAFETY: the queue is alive; what it gives is ours to destroy.
            let event = unsafe { sys::rd_kafka_queue_poll(self.queue.pointer(), milliseconds.min(100)) };
            let Ok(event) = Owned::new(event, sys::rd_kafka_event_destroy) else {
                if Instant::now() > deadline {
                    return Err(KafkaError::AdminOp(RDKafkaErrorCode::OperationTimedOut));
                }
                continue;
            };
            // SAFETY: the event is alive.
            let code = unsafe { sys::rd_kafka_event_error(event.pointer()) };
            if code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
                return Err(KafkaError::AdminOp(code.into()));
            }
            return Ok(event);
        }
    }
}
