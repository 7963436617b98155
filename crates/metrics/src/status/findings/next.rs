//! The next step of whoever reads a finding, in one sentence. The runbook says the same at length.

/// What to do first about what the runbook has under this alert; nothing for an alert that no finding names.
pub(crate) fn next_step(alert: &str) -> &'static str {
    match alert {
        "BystanderShadowAway" => {
            "Repair the shadow cluster or the network path to it. No restart is needed: scoring resumes by itself."
        }
        "BystanderLiveAway" => {
            "Ask whoever runs the live cluster whether it is up. If it is, repair the network path to it. No restart is needed."
        }
        "BystanderPartitionsSilent" => {
            "Tell whoever runs the live cluster: the leaders of these partitions do not answer. Reading resumes by itself once they do."
        }
        "BystanderTransactionHangs" => {
            "Find its producer on the live cluster with `kafka-transactions.sh find-hanging`, and have its owner end it."
        }
        "BystanderShardsMissing" => {
            "Start another instance. If these shards still run nowhere, restart the instances that do not respond."
        }
        "BystanderInstanceNotReady" => {
            "Check the brokers of the shadow cluster. If all of them answer, restart this instance."
        }
        "BystanderConfigDiffers" => {
            "If the change is intended, run `bystander resume --accept-config --execute` with this config: instances with the \
             other one then give their shards up. If not, start this instance with the job's config."
        }
        "BystanderShardStuck" => "Fix what the error names. The shard restarts by itself.",
        "BystanderNotReading" => {
            "See below which shard makes no progress, and fix what its last error names."
        }
        "BystanderLagHigh" => "If the lag grows, add instances, up to the number of shards.",
        "BystanderInputHalted" => {
            "Run `bystander resume --accept-recreated`: it shows how these partitions can go on."
        }
        "BystanderIsolationBroken" => {
            "Stop this instance, which is always safe. Then find out what asked for it, or take the right away."
        }
        "BystanderDeadLetterFlood" | "BystanderDeadLetterRatioHigh" => {
            "Look at the codes below, and ask the shop's team what changed in its events."
        }
        "BystanderEventsLost" => {
            "Raise the retention of the input topic, so that no more of them expire unread."
        }
        _ => "",
    }
}
