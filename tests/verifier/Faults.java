package bystander.verifier;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Counts of each kind of fault, with the first few in words. */
final class Faults {
    /** Each kind is a promise broken; the account names them in lower case. */
    enum Kind {
        /** A model's comparison that an otherwise compared record lacks, or a record in no output that no checkpoint counts as skipped. */
        MISSING,
        /** The same record and model twice, the same record dead-lettered twice, or a record with two fates: compared,
         * dead-lettered or left out by a person. */
        DUPLICATES,
        /** An output that names an input record that does not exist. */
        UNKNOWN,
        /** A comparison by a model that is not expected on this input. */
        UNEXPECTED_MODELS,
        /** Within one output partition, a source partition's records out of their order. */
        ORDER_VIOLATIONS,
        /** An output whose key is not its source record's. */
        KEY_MISMATCHES,
        /** A comparison id that another comparison has too. */
        REPEATED_IDS,
        /** An output or checkpoint that is not of the documented shape. */
        UNREADABLE,
        /** A checkpoint lower than an earlier one of the same partition. */
        CHECKPOINT_REGRESSIONS,
        /** Output records behind a transaction that is still open. */
        UNDECIDED
    }

    private static final int EXAMPLES = 20;
    private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    private final List<String> examples = new ArrayList<>();

    void add(Kind kind, String words) {
        add(kind, 1, words);
    }

    void add(Kind kind, long count, String words) {
        if (count == 0) {
            return;
        }
        counts.merge(kind, count, Long::sum);
        if (examples.size() < EXAMPLES) {
            examples.add(kind.name().toLowerCase() + ": " + words);
        }
    }

    boolean none() {
        return counts.isEmpty();
    }

    void report(ObjectNode account) {
        for (Kind kind : Kind.values()) {
            account.put(kind.name().toLowerCase(), counts.getOrDefault(kind, 0L));
        }
        ArrayNode list = account.putArray("examples");
        examples.forEach(list::add);
    }
}
