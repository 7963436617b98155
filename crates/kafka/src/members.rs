//! Which shards the group's members have, as the group's coordinator knows it.
//!
//! rdkafka wraps only the older listing, which asks every broker for all of its groups and fails while one of them is
//! away. `DescribeConsumerGroups` asks the coordinator for this group alone.
//!
//! In librdkafka 2.12 a request to a coordinator that times out before the coordinator is connected ends the process
//! once it is: `rd_kafka_admin_coord_request` gives its reference to the request back, returns an error, and is called
//! back for that error with the request that is gone (`Assertion eonce->refcnt > 0`). So the library never sees this
//! request time out. Who waited in vain must drop the client, which ends the request in an orderly way.
//!
//! What [`describe`](crate::describe) says of
//! `unsafe` holds here, too: everything belongs to the answer's event, and is copied before that is destroyed.
#![allow(unsafe_code)]

use crate::describe::{Request, list, text};
use rdkafka::bindings as sys;
use rdkafka::client::{Client, ClientContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;
use std::collections::BTreeSet;
use std::ffi::{CString, c_char};
use std::time::Duration;

/// Who takes part in a job, and what they have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupMembers {
    /// Whether the group has shared its shards out, rather than being about to.
    pub stable: bool,
    /// How many instances take part.
    pub instances: usize,
    /// Shards that some instance has. One that was killed has its shards until its session times out.
    pub shards: BTreeSet<i32>,
}

/// The longest timeout that the library takes for a request.
const NEVER: Duration = Duration::from_secs(3600);

/// Whether the request stands open in the client, which must then be dropped.
pub(crate) fn is_open(error: &KafkaError) -> bool {
    matches!(error, KafkaError::AdminOp(RDKafkaErrorCode::OperationTimedOut))
}

/// Whether the coordinator gave this client a member id that it has not left the group with.
pub(crate) fn has_member_id<C: ClientContext>(client: &Client<C>) -> bool {
    // SAFETY: the client is alive; the text is null or a copy that ends with a zero and is ours to free.
    unsafe {
        let id = sys::rd_kafka_memberid(client.native_ptr());
        let given = text(id).is_some_and(|id| !id.is_empty());
        if !id.is_null() {
            sys::rd_kafka_mem_free(client.native_ptr(), id.cast());
        }
        given
    }
}

/// Asks the coordinator of `group` who has which partition of `topic`.
///
/// # Errors
/// When the coordinator refuses, or doesn't answer in time; see [`is_open`].
pub(crate) fn members<C: ClientContext>(
    client: &Client<C>,
    (group, topic): (&str, &str),
    timeout: Duration,
) -> Result<GroupMembers, KafkaError> {
    let name = CString::new(group)?;
    let mut names: [*const c_char; 1] = [name.as_ptr()];
    let request =
        Request::new(client, sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, false)?;
    let event = request.answer_or_abandon((NEVER, timeout), |client, options, queue| {
        // SAFETY: all of them live until the call returns, and the library copies the name.
        unsafe { sys::rd_kafka_DescribeConsumerGroups(client, names.as_mut_ptr(), 1, options, queue) }
    })?;
    // SAFETY: the event is of this request; groups and members belong to it and are copied here.
    unsafe {
        let result = sys::rd_kafka_event_DescribeConsumerGroups_result(event.pointer());
        let mut count = 0;
        let first = sys::rd_kafka_DescribeConsumerGroups_result_groups(result, &raw mut count);
        list(first, count).first().map_or_else(|| Ok(GroupMembers::default()), |&group| read(group, topic))
    }
}

/// # Safety
/// `group` must belong to an event that is alive.
unsafe fn read(
    group: *const sys::rd_kafka_ConsumerGroupDescription_t,
    topic: &str,
) -> Result<GroupMembers, KafkaError> {
    // SAFETY: by the caller's word; members and their partitions belong to the group.
    unsafe {
        let code = sys::rd_kafka_error_code(sys::rd_kafka_ConsumerGroupDescription_error(group));
        if code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(KafkaError::AdminOp(code.into()));
        }
        let instances = sys::rd_kafka_ConsumerGroupDescription_member_count(group);
        let mut shards = BTreeSet::new();
        for index in 0..instances {
            let member = sys::rd_kafka_ConsumerGroupDescription_member(group, index);
            let assignment = sys::rd_kafka_MemberDescription_assignment(member);
            let partitions = sys::rd_kafka_MemberAssignment_partitions(assignment);
            if partitions.is_null() {
                continue;
            }
            let count = usize::try_from((*partitions).cnt).unwrap_or(0);
            let of_topic = |partition: &&sys::rd_kafka_topic_partition_t| {
                text(partition.topic).is_some_and(|name| name == topic)
            };
            let ours = list((*partitions).elems, count).iter().filter(of_topic);
            shards.extend(ours.map(|partition| partition.partition));
        }
        let wanted = sys::rd_kafka_consumer_group_state_t::RD_KAFKA_CONSUMER_GROUP_STATE_STABLE;
        let stable = sys::rd_kafka_ConsumerGroupDescription_state(group) == wanted;
        Ok(GroupMembers { stable, instances, shards })
    }
}
