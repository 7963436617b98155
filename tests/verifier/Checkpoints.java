package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The highest checkpoint of each input partition of one job. */
final class Checkpoints {
    private final String job;
    private final Faults faults;
    private final Map<String, JsonNode> highest = new HashMap<>();
    private final Map<String, Long> lastByLane = new HashMap<>();

    Checkpoints(String job, Faults faults) {
        this.job = job;
        this.faults = faults;
    }

    void add(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null || isLayoutMark(record.key())) {
            return;
        }
        JsonNode value = Outputs.parse(record.value());
        if (!value.path("job").isTextual() || !value.path("topic").isTextual() || !value.path("partition").isInt()
                || !Outputs.isOffset(value.path("next_offset")) || !value.path("totals").isObject()) {
            faults.add(Faults.Kind.UNREADABLE, "checkpoint at " + Outputs.place(record));
            return;
        }
        if (!value.path("job").asText().equals(job)) {
            return;
        }
        String source = source(value.path("topic").asText(), value.path("partition").asInt());
        long next = value.path("next_offset").asLong();
        // After a change of the number of shards a partition goes on in another lane; within one it never goes back.
        Long before = lastByLane.put(record.partition() + " " + source, next);
        if (before != null && next < before) {
            faults.add(Faults.Kind.CHECKPOINT_REGRESSIONS, source + " from " + before + " to " + next + " at " + Outputs.place(record));
        }
        JsonNode known = highest.get(source);
        if (known == null || next >= known.path("next_offset").asLong()) {
            highest.put(source, value);
        }
    }

    /** A mark says how many shards there are, and nothing of any input. */
    private static boolean isLayoutMark(byte[] key) {
        return key != null && new String(key, java.nio.charset.StandardCharsets.UTF_8).startsWith("#layout|");
    }

    /** The highest checkpoint of an input partition, or a missing node. */
    JsonNode of(Ledger ledger) {
        return highest.getOrDefault(source(ledger.topic, ledger.partition), Tool.JSON.missingNode());
    }

    private static String source(String topic, int partition) {
        return topic + "/" + partition;
    }
}
