//! The next step of whoever reads a finding, in one sentence. The runbook says the same at length.

/// What to do first about what the runbook has under this alert; nothing for an alert that no finding names.
pub(crate) fn next_step(alert: &str) -> &'static str {
    match alert {
        "BystanderShadowAway" => {
            "Mend the shadow cluster or the way to it. No restart is needed: scoring goes on by itself."
        }
        "BystanderLiveAway" => {
            "Ask who runs the live cluster whether it is up. If it is, mend the way to it from here. No restart is needed."
        }
        "BystanderPartitionsSilent" => {
            "Tell who runs the live cluster: no leader of these partitions answers. Reading goes on by itself."
        }
        "BystanderTransactionHangs" => {
            "Find its producer on the live cluster with `kafka-transactions.sh find-hanging`, and have its owner end it."
        }
        "BystanderShardsMissing" => {
            "Start another instance, or see on the pages of those that run why they don't take these shards."
        }
        "BystanderInstanceNotReady" => {
            "Look at the shadow cluster, which shares the shards out. If it is well, restart this instance."
        }
        "BystanderConfigDiffers" => {
            "If the change is meant, run `bystander resume --accept-config` with this config: instances with the other one \
             then give their shards up. If not, start this instance with the job's config."
        }
        "BystanderShardStuck" => "Mend what the error names. The shard starts again by itself.",
        "BystanderNotReading" => {
            "See below which shard makes no progress, and mend what its last error names."
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
