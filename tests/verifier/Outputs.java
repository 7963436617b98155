package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Enters every comparison and dead letter into the ledger of its source partition. */
final class Outputs {
    private static final long HASH_START = 0xcbf29ce484222325L;
    private static final long HASH_STEP = 0x100000001b3L;

    private final Map<String, Map<Integer, Ledger>> ledgers;
    private final Faults faults;
    private final Map<String, Long> lastOffset = new HashMap<>();
    private final Set<Long> ids = new HashSet<>();
    final TreeMap<String, Long> models = new TreeMap<>();
    final TreeMap<String, Long> codes = new TreeMap<>();
    long comparisons;
    long deadLetters;

    Outputs(Map<String, Map<Integer, Ledger>> ledgers, Faults faults) {
        this.ledgers = ledgers;
        this.faults = faults;
    }

    void comparison(ConsumerRecord<byte[], byte[]> record) {
        comparisons++;
        JsonNode value = parse(record.value());
        JsonNode source = value.path("source");
        JsonNode model = value.path("model");
        if (!source.path("topic").isTextual() || !source.path("partition").isInt() || !isOffset(source.path("offset"))
                || !model.path("name").isTextual() || !value.path("comparison_id").isTextual()) {
            faults.add(Faults.Kind.UNREADABLE, "comparison at " + place(record));
            return;
        }
        String label = model.path("name").asText() + "/" + model.path("version").asText();
        models.merge(label, 1L, Long::sum);
        long offset = source.path("offset").asLong();
        Ledger ledger = ledger(source.path("topic").asText(), source.path("partition").asInt(), offset, record);
        if (ledger == null) {
            return;
        }
        int index = expected(ledger.models, model, label);
        if (index < 0) {
            faults.add(Faults.Kind.UNEXPECTED_MODELS, label + " on " + place(ledger, offset));
            return;
        }
        if (!ids.add(hash(value.path("comparison_id").asText()))) {
            faults.add(Faults.Kind.REPEATED_IDS, value.path("comparison_id").asText() + " at " + place(record));
        }
        checkKey(ledger, offset, record);
        if (!ledger.addComparison(offset, index)) {
            faults.add(Faults.Kind.DUPLICATES, label + " on " + place(ledger, offset) + " again at " + place(record));
        } else {
            checkOrder(ledger, offset, label, record);
        }
    }

    void deadLetter(ConsumerRecord<byte[], byte[]> record) {
        deadLetters++;
        String topic = header(record, "bystander_topic");
        long partition = wholeNumber(header(record, "bystander_partition"));
        long offset = wholeNumber(header(record, "bystander_offset"));
        String stage = header(record, "bystander_stage");
        String code = header(record, "bystander_code");
        if (topic == null || partition < 0 || offset < 0 || stage == null || code == null) {
            faults.add(Faults.Kind.UNREADABLE, "dead letter at " + place(record));
            return;
        }
        codes.merge(stage + "/" + code, 1L, Long::sum);
        Ledger ledger = ledger(topic, (int) partition, offset, record);
        if (ledger == null) {
            return;
        }
        checkKey(ledger, offset, record);
        if (!ledger.addDeadLetter(offset)) {
            faults.add(Faults.Kind.DUPLICATES, "dead letter of " + place(ledger, offset) + " again at " + place(record));
        } else {
            // What fails in scoring waits for its batch; what fails before it does not.
            String lane = stage.equals("score") ? "dead letters of scoring" : "dead letters";
            checkOrder(ledger, offset, lane, record);
        }
    }

    private Ledger ledger(String topic, int partition, long offset, ConsumerRecord<byte[], byte[]> record) {
        Ledger ledger = ledgers.getOrDefault(topic, Map.of()).get(partition);
        if (ledger == null || !ledger.has(offset)) {
            faults.add(Faults.Kind.UNKNOWN, topic + "/" + partition + "@" + offset + " named at " + place(record));
            return null;
        }
        return ledger;
    }

    // A key leaves only where the binding names it, and not before consent was read; a wrong one never.
    private void checkKey(Ledger ledger, long offset, ConsumerRecord<byte[], byte[]> record) {
        if (record.key() != null && !ledger.hasKey(offset, record.key())) {
            faults.add(Faults.Kind.KEY_MISMATCHES, place(ledger, offset) + " at " + place(record));
        }
    }

    // A repetition is a duplicate, not a disorder, so each fault is told once.
    private void checkOrder(Ledger ledger, long offset, String of, ConsumerRecord<byte[], byte[]> record) {
        String lane = record.topic() + "/" + record.partition() + " " + ledger.topic + "/" + ledger.partition + " " + of;
        Long last = lastOffset.get(lane);
        if (last != null && offset < last) {
            faults.add(Faults.Kind.ORDER_VIOLATIONS, of + ": " + place(ledger, offset) + " after " + last + " at " + place(record));
        } else {
            lastOffset.put(lane, offset);
        }
    }

    // A model may be expected as name/version, sha256, alias or bare name.
    private static int expected(List<String> models, JsonNode model, String label) {
        String name = model.path("name").asText();
        String alias = model.path("alias").asText();
        for (int index = 0; index < models.size(); index++) {
            String wanted = models.get(index);
            if (wanted.equals(label) || wanted.equals(model.path("sha256").asText()) || wanted.equals(name)
                    || (!alias.isEmpty() && (wanted.equals(alias) || wanted.equals(name + "@" + alias)))) {
                return index;
            }
        }
        return -1;
    }

    static JsonNode parse(byte[] bytes) {
        try {
            return bytes == null ? Tool.JSON.missingNode() : Tool.JSON.readTree(bytes);
        } catch (IOException notJson) {
            return Tool.JSON.missingNode();
        }
    }

    static boolean isOffset(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong() && node.asLong() >= 0;
    }

    static String place(ConsumerRecord<byte[], byte[]> record) {
        return record.topic() + "/" + record.partition() + "@" + record.offset();
    }

    private static String place(Ledger ledger, long offset) {
        return ledger.topic + "/" + ledger.partition + "@" + offset;
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    private static long wholeNumber(String text) {
        return text != null && text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
    }

    // 64 bits of FNV-1a: a chance collision among a million ids has odds of one in ten million.
    private static long hash(String text) {
        long hash = HASH_START;
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (each & 0xff)) * HASH_STEP;
        }
        return hash;
    }
}
