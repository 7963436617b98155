"""Operations: lag, age, throughput, transactions, shards, dead letters, memory."""

from board import SCOPE, STREAM, Board
from overview import RATE, dead_letter_share
from panels import BAD, GOOD, WATCH, Bars, Heat, Lines, Stack, Stat, Table

# Process metrics have common names; only those of our instances are asked for.
OURS = f" and on (job, instance) bystander_build_info{{{SCOPE}}}"

# A partition may be shown by two instances for a moment.
LAG = f"max by (topic, partition) (bystander_lag_records{{{SCOPE}}})"

BOARD = Board(
    "operations",
    "Operations",
    "How the service does its work: lag, age, throughput, transactions, shards, dead letters, memory.",
    variables=["stream"],
    since="now-3h",
)

BOARD.row(
    "Now",
    Stat("Instances down", "Instances that Prometheus knows and can't scrape.", "short",
         f'count(up{{{SCOPE}}} == 0 and on (job, instance) last_over_time(bystander_build_info{{{SCOPE}}}[6h])) or vector(0)',
         steps=[(None, GOOD), (1, BAD)]),
    Stat("Shards running", "Shards that read and commit.", "short",
         f'sum(bystander_shards{{{SCOPE}, state="running"}})', steps=[(None, BAD), (1, GOOD)]),
    Stat("Shards failed", "Shards that were stopped by an error and are about to restart.", "short",
         f'sum(bystander_shards{{{SCOPE}, state="failed"}})', steps=[(None, GOOD), (1, BAD)]),
    Stat("Shards missing", "Shards of the job that run on no instance.", "short",
         f'max(bystander_shards_expected{{{SCOPE}}}) - sum(bystander_shards{{{SCOPE}, state="running"}})',
         steps=[(None, GOOD), (1, BAD)]),
    Stat("Partitions unread", "Partitions of the input topics that no instance reads.", "short",
         f"sum(max by (topic) (bystander_input_partitions{{{SCOPE}}})) - "
         f"count(count by (topic, partition) (bystander_partition_answer_age_seconds{{{SCOPE}}}))",
         steps=[(None, GOOD), (1, BAD)]),
    Stat("Lag", "Offsets that wait in the input partitions, up to their high watermarks; nothing while it is not known.",
         "short", f"sum({LAG})", steps=[(None, GOOD), (1000, WATCH), (10000, BAD)]),
    Stat("Offsets lost", "Input offsets that retention removed before they were read, within the time range shown.", "short",
         f"sum(increase(bystander_gap_offsets_total{{{STREAM}}}[$__range]))", steps=[(None, GOOD), (1, BAD)], decimals=0),
    height=4,
)

BOARD.row(
    "Clusters and instances",
    Lines("Silence of the clusters", "How long each cluster has answered no instance. Beyond two minutes an alert follows.", "s",
          [("{{cluster}}", f"min by (cluster) (bystander_cluster_answer_age_seconds{{{SCOPE}}})")], least=0),
    Lines("Silence of partitions", "The twenty input partitions whose broker has not answered for longest.", "s",
          [("{{topic}}/{{partition}}",
            f"topk(20, min by (topic, partition) (bystander_partition_answer_age_seconds{{{SCOPE}}}))")], least=0),
    Lines("Instances ready", "Instances that take part: both clusters answer, and all of their shards run.", "short",
          [("ready", f"sum(bystander_ready{{{SCOPE}}})"), ("all", f"count(bystander_ready{{{SCOPE}}})")], least=0),
    Lines("Time since a commit", "Since any instance last committed. It grows in a quiet shop, too.", "s",
          f"min(bystander_commit_age_seconds{{{SCOPE}}})"),
)

BOARD.row(
    "Lag and age",
    Lines("Lag by partition", "The twenty partitions with most waiting offsets.", "short",
          [("{{topic}}/{{partition}}", f"topk(20, {LAG})")]),
    Lines("Held back by open transactions", "Offsets behind the last stable one; no reader of committed records gets them.", "short",
          [("{{topic}}/{{partition}}", f"topk(20, max by (topic, partition) (bystander_blocked_records{{{SCOPE}}}))")]),
    Lines("Age of what is held back", "How long the last stable offset of a partition has not moved while something waits behind it.", "s",
          [("{{topic}}/{{partition}}", f"topk(20, max by (topic, partition) (bystander_blocked_age_seconds{{{SCOPE}}}))")], least=0),
    Lines("Time to catch up", "What waits, at the rate of now and with nothing new.", "s",
          f"sum({LAG}) / sum(rate(bystander_records_total{{{SCOPE}}}[{RATE}]))"),
    Lines("Age of events", "Age of events when they were scored.", "s", [
        (f"{{{{stream}}}} {name}",
         f"histogram_quantile({quantile}, sum by (stream, le) (rate(bystander_event_age_seconds_bucket{{{STREAM}}}[{RATE}])))")
        for name, quantile in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)]
    ]),
)

BOARD.row(
    "Throughput",
    Stack("Records by result", "What became of the records.", "cps",
          [("{{stream}} {{result}}", f"sum by (stream, result) (rate(bystander_records_total{{{STREAM}}}[{RATE}]))")]),
    Lines("Records by instance", "Shares of the work; they follow the shards.", "cps",
          [("{{instance}}", f"sum by (instance) (rate(bystander_records_total{{{STREAM}}}[{RATE}]))")]),
    Lines("Rows per batch", "Mean rows that are scored together. Few rows and much lag: raise `scoring.linger`.", "short",
          [("{{stream}}",
            f"sum by (stream) (rate(bystander_batch_rows_sum{{{STREAM}}}[{RATE}])) / "
            f"sum by (stream) (rate(bystander_batch_rows_count{{{STREAM}}}[{RATE}]))")], decimals=1),
    Stack("Skips by reason", "Sound records that were left aside.", "cps",
          [("{{stream}} {{reason}}", f"sum by (stream, reason) (rate(bystander_skips_total{{{STREAM}}}[{RATE}]))")]),
)

BOARD.row(
    "Transactions on the shadow cluster",
    Stack("Transactions by end", "Aborted work is done again; failed ones end the shard, which restarts.", "cps",
          [("{{result}}", f"sum by (result) (rate(bystander_transactions_total{{{SCOPE}}}[{RATE}]))")])
    .coloured({"committed": GOOD, "aborted": WATCH, "failed": BAD}),
    Lines("Time of a commit", "Time that successful commits took.", "s", [
        (name, f"histogram_quantile({quantile}, sum by (le) (rate(bystander_commit_seconds_bucket{{{SCOPE}}}[{RATE}])))")
        for name, quantile in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)]
    ]),
    Heat("Commits", "Time of successful commits; the colour says how many.", "s",
         f"sum by (le) (rate(bystander_commit_seconds_bucket{{{SCOPE}}}[{RATE}]))"),
)

BOARD.row(
    "Shards",
    Stack("Shards by state", "All shards of all instances. The sum is `shadow.shards` unless some are between instances.",
          "short", [("{{state}}", f"sum by (state) (bystander_shards{{{SCOPE}}})")])
    .coloured({"running": GOOD, "starting": "blue", "draining": WATCH, "failed": BAD}),
    Lines("Running shards by instance", "Who runs how many.", "short",
          [("{{instance}}", f'sum by (instance) (bystander_shards{{{SCOPE}, state="running"}})')]),
    Table("Instances", "Version and revision that each instance runs.", "string",
          f"group by (job, instance, version, revision) (bystander_build_info{{{SCOPE}}})", hidden=["Value"]),
    Table("Configs", "The hash of each instance's config, and whether it is the job's (1). With another one (0) it takes no shards.",
          "short",
          f"max by (job, instance, config) (bystander_config_info{{{SCOPE}}}) "
          f"* on (job, instance) group_left max by (job, instance) (bystander_config_agrees{{{SCOPE}}})",
          renamed={"Value": "agrees"}),
)
# Here the instance is what the tables are about.
for panel in BOARD.panels[-2:]:
    panel["transformations"][1]["options"]["excludeByName"].pop("instance")

BOARD.row(
    "Dead letters",
    Lines("Share of dead letters", "Dead letters per record, by stream.", "percentunit",
          [("{{stream}}", dead_letter_share(" by (stream) "))], least=0),
    Stack("Dead letters by code", "By the stage that failed and the code; docs/bad-input.md tells each.", "cps",
          [("{{stream}} {{stage}} {{code}}",
            f"sum by (stream, stage, code) (rate(bystander_dead_letters_total{{{STREAM}}}[{RATE}]))")]),
    Bars("Dead letters within the time range", "By the stage that failed and the code.", "short",
         [("{{stream}} {{stage}} {{code}}",
           f"sum by (stream, stage, code) (increase(bystander_dead_letters_total{{{STREAM}}}[$__range]))")], decimals=0),
)

BOARD.row(
    "Process",
    Lines("Memory", "Memory of each process held in RAM.", "bytes",
          [("{{instance}}", f"process_resident_memory_bytes{{{SCOPE}}}{OURS}")]),
    Lines("Processor", "Cores that each process uses.", "short",
          [("{{instance}}", f"rate(process_cpu_seconds_total{{{SCOPE}}}[{RATE}]){OURS}")], decimals=2),
    Lines("Open files", "Open file descriptors as a share of the limit.", "percentunit",
          [("{{instance}}", f"process_open_fds{{{SCOPE}}} / process_max_fds{{{SCOPE}}}{OURS}")], least=0),
    Lines("Threads", "Operating system threads; each shard has its own, and librdkafka some more.", "short",
          [("{{instance}}", f"process_threads{{{SCOPE}}}{OURS}")]),
    Lines("Uptime", "Since the process started.", "s",
          [("{{instance}}", f"time() - process_start_time_seconds{{{SCOPE}}}{OURS}")]),
)
