package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * The account of a job: did every input record end as one comparison per model, one dead letter or one counted skip?
 *
 * <p>Arguments: {@code bootstrap} (shadow), {@code live_bootstrap} (where the inputs are, if elsewhere), {@code inputs}
 * [{topic, models, removed}], {@code comparisons}, {@code dead_letters}, {@code checkpoints}, {@code job}. Everything is read as
 * committed. {@code removed} names files, as {@code consume} writes them, of records that the broker removed since. {@code clean} in the answer means: no fault of any kind and every checkpoint agrees with what was read.
 */
final class Verify {
    private final Faults faults = new Faults();
    private final Map<String, Map<Integer, Ledger>> ledgers = new TreeMap<>();
    private final Outputs outputs = new Outputs(ledgers, faults);
    private final TreeMap<String, Long> skipReasons = new TreeMap<>();
    private long events;
    private long skipped;
    private long leftOut;
    private long removed;
    private boolean accountsMatch = true;

    private Verify() {}

    static JsonNode run(Arguments arguments) throws Exception {
        Verify verify = new Verify();
        Properties live = arguments.client(arguments.json().hasNonNull("live_bootstrap") ? "live_bootstrap" : "bootstrap");
        for (JsonNode input : arguments.json().path("inputs")) {
            verify.readInput(live, input);
        }
        Properties shadow = arguments.client();
        Checkpoints checkpoints = new Checkpoints(arguments.text("job"), verify.faults);
        verify.readOutput(shadow, arguments.text("comparisons"), verify.outputs::comparison);
        verify.readOutput(shadow, arguments.text("dead_letters"), verify.outputs::deadLetter);
        verify.readOutput(shadow, arguments.text("checkpoints"), checkpoints::add);
        return verify.account(checkpoints);
    }

    private void readInput(Properties live, JsonNode input) throws Exception {
        String topic = input.path("topic").asText();
        List<String> models = new ArrayList<>();
        input.path("models").forEach(model -> models.add(model.asText()));
        Map<Integer, Ledger> partitions = ledgers.computeIfAbsent(topic, name -> new TreeMap<>());
        // First what is no longer there: a ledger begins at its first record.
        for (JsonNode file : input.path("removed")) {
            try (BufferedReader lines = Files.newBufferedReader(Path.of(file.asText()))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    JsonNode record = Tool.JSON.readTree(line);
                    partitions.computeIfAbsent(record.path("partition").asInt(), number -> new Ledger(topic, number, models))
                            .addInput(record.path("offset").asLong(), Produce.bytes(record, "key"));
                }
            }
        }
        TopicReader.read(live, topic, true, record -> partitions
                .computeIfAbsent(record.partition(), number -> new Ledger(topic, number, models))
                .addInput(record.offset(), record.key()))
                .forEach((number, range) ->
                        partitions.computeIfAbsent(number, empty -> new Ledger(topic, empty, models)).range = range);
    }

    private void readOutput(Properties shadow, String topic, TopicReader.Visitor visitor) throws Exception {
        TopicReader.read(shadow, topic, true, visitor).forEach((number, range) ->
                faults.add(Faults.Kind.UNDECIDED, range.undecided(), topic + "/" + number + " from " + range.end()));
    }

    private ObjectNode account(Checkpoints checkpoints) {
        ObjectNode account = Tool.JSON.createObjectNode();
        ArrayNode partitions = Tool.JSON.createArrayNode();
        for (Map<Integer, Ledger> topic : ledgers.values()) {
            for (Ledger ledger : topic.values()) {
                partitions.add(partition(ledger, checkpoints.of(ledger)));
            }
        }
        account.put("events", events).put("comparisons", outputs.comparisons)
                .put("dead_letters", outputs.deadLetters).put("skipped", skipped).put("left_out", leftOut)
                .put("removed", removed);
        faults.report(account);
        account.put("accounts_match", accountsMatch).put("clean", accountsMatch && faults.none());
        count(account.putObject("models"), outputs.models);
        count(account.putObject("dead_letter_codes"), outputs.codes);
        count(account.putObject("skip_reasons"), skipReasons);
        account.set("partitions", partitions);
        return account;
    }

    private ObjectNode partition(Ledger ledger, JsonNode checkpoint) {
        BitSet compared = ledger.comparedByAny();
        BitSet declared = declaredGaps(ledger, checkpoint.path("log"));
        BitSet decidedToo = (BitSet) compared.clone();
        decidedToo.or(ledger.dead);
        decidedToo.and(declared);
        faults.add(Faults.Kind.DUPLICATES, decidedToo.cardinality(),
                "left out by a person, and in an output: " + places(ledger, decidedToo));
        declared.andNot(decidedToo);
        ledger.inputs.andNot(declared);
        leftOut += declared.cardinality();
        BitSet both = (BitSet) compared.clone();
        both.and(ledger.dead);
        faults.add(Faults.Kind.DUPLICATES, both.cardinality(), "compared and dead-lettered: " + places(ledger, both));
        for (int model = 0; model < ledger.models.size(); model++) {
            BitSet missing = ledger.missingFrom(model);
            faults.add(Faults.Kind.MISSING, missing.cardinality(),
                    "no comparison by " + ledger.models.get(model) + " of " + places(ledger, missing));
        }
        compared.andNot(ledger.dead);
        BitSet neither = (BitSet) ledger.inputs.clone();
        neither.andNot(compared);
        neither.andNot(ledger.dead);
        JsonNode totals = checkpoint.path("totals");
        long counted = sum(totals.path("skipped"));
        long unread = unread(ledger, neither, counted, totals.path("gap_offsets").asLong());
        removed += unread;
        faults.add(Faults.Kind.MISSING, Math.max(0, neither.cardinality() - counted - unread),
                "in no output, and checkpoints count " + counted + " skips, of " + places(ledger, neither));
        totals.path("skipped").properties().forEach(
                reason -> skipReasons.merge(reason.getKey(), reason.getValue().asLong(), Long::sum));
        long read = ledger.inputs.cardinality() - unread;
        events += read;
        skipped += neither.cardinality() - unread;

        ObjectNode answer = Tool.JSON.createObjectNode().put("topic", ledger.topic).put("partition", ledger.partition)
                .put("events", read).put("compared", compared.cardinality())
                .put("dead_lettered", ledger.dead.cardinality()).put("skipped", neither.cardinality() - unread)
                .put("left_out", declared.cardinality()).put("removed", unread)
                .put("start_offset", ledger.range.start()).put("past_last_offset", ledger.pastLast())
                .put("end_offset", ledger.range.end());
        answer.set("next_offset", checkpoint.path("next_offset").isMissingNode() ? null : checkpoint.get("next_offset"));
        answer.set("totals", totals.isMissingNode() ? null : totals);
        mismatches(answer, ledger, checkpoint, counted);
        return answer;
    }

    /**
     * Of records in no output, those that the broker had removed before they were read: they are below the partition's
     * present beginning, and the checkpoint counts their offsets as a gap.
     */
    private static long unread(Ledger ledger, BitSet neither, long skips, long gapOffsets) {
        long gone = neither.stream().filter(index -> ledger.offset(index) < ledger.range.start()).count();
        return Math.max(0, Math.min(neither.cardinality() - skips, Math.min(gone, gapOffsets)));
    }

    /** Records that a person left out, by the checkpoint. Gaps of former logs are about other records. */
    private static BitSet declaredGaps(Ledger ledger, JsonNode log) {
        BitSet declared = new BitSet();
        int generation = log.path("former").size();
        for (JsonNode gap : log.path("declared_gaps")) {
            if (gap.path("generation").asInt() == generation) {
                declared.or(ledger.between(gap.path("first_offset").asLong(), gap.path("last_offset").asLong()));
            }
        }
        return declared;
    }

    private void mismatches(ObjectNode answer, Ledger ledger, JsonNode checkpoint, long countedSkips) {
        ArrayNode mismatches = answer.putArray("mismatches");
        if (checkpoint.isMissingNode()) {
            if (!ledger.inputs.isEmpty()) {
                mismatches.add("no checkpoint");
            }
        } else {
            JsonNode totals = checkpoint.path("totals");
            compare(mismatches, "read", totals.path("read").asLong(-1), answer.path("events").asLong());
            compare(mismatches, "compared", totals.path("compared").asLong(-1), answer.path("compared").asLong());
            compare(mismatches, "dead_lettered", totals.path("dead_lettered").asLong(-1), answer.path("dead_lettered").asLong());
            compare(mismatches, "skipped", countedSkips, answer.path("skipped").asLong());
            // Control records may follow the last input: any position between it and the end is past it.
            long next = checkpoint.path("next_offset").asLong();
            if (next < ledger.pastLast() || next > ledger.range.end()) {
                mismatches.add("next_offset is " + next + ", the inputs end at " + ledger.pastLast());
            }
        }
        accountsMatch &= mismatches.isEmpty();
    }

    private static void compare(ArrayNode mismatches, String name, long checkpoint, long seen) {
        if (checkpoint != seen) {
            mismatches.add(name + ": checkpoint has " + checkpoint + ", seen " + seen);
        }
    }

    private static long sum(JsonNode counts) {
        long sum = 0;
        for (JsonNode count : counts) {
            sum += count.asLong();
        }
        return sum;
    }

    private static String places(Ledger ledger, BitSet indexes) {
        StringBuilder words = new StringBuilder(ledger.topic + "/" + ledger.partition + "@");
        indexes.stream().limit(5).forEach(index -> words.append(ledger.offset(index)).append(','));
        words.setLength(words.length() - 1);
        return indexes.cardinality() > 5 ? words + ",…" : words.toString();
    }

    private static void count(ObjectNode answer, Map<String, Long> counts) {
        counts.forEach(answer::put);
    }
}
