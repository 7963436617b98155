package bystander.verifier;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** What became of each record of one input partition: a bit per offset and fate, so that millions fit. */
final class Ledger {
    final String topic;
    final int partition;
    final List<String> models;
    final BitSet inputs = new BitSet();
    final BitSet dead = new BitSet();
    private final BitSet[] compared;
    private int[] keys = new int[1024];
    TopicReader.Range range;
    private long base = -1;

    Ledger(String topic, int partition, List<String> models) {
        this.topic = topic;
        this.partition = partition;
        this.models = models;
        compared = new BitSet[models.size()];
        Arrays.setAll(compared, model -> new BitSet());
    }

    void addInput(long offset, byte[] key) {
        if (base < 0) {
            base = offset;
        }
        int index = index(offset);
        inputs.set(index);
        if (index >= keys.length) {
            keys = Arrays.copyOf(keys, Math.max(index + 1, keys.length * 2));
        }
        keys[index] = Arrays.hashCode(key);
    }

    boolean has(long offset) {
        return base >= 0 && offset >= base && offset - base < Integer.MAX_VALUE && inputs.get(index(offset));
    }

    boolean hasKey(long offset, byte[] key) {
        return keys[index(offset)] == Arrays.hashCode(key);
    }

    /** Notes a comparison by the model at this place of {@link #models}; false if there was one already. */
    boolean addComparison(long offset, int model) {
        boolean first = !compared[model].get(index(offset));
        compared[model].set(index(offset));
        return first;
    }

    /** Notes a dead letter; false if there was one already. */
    boolean addDeadLetter(long offset) {
        boolean first = !dead.get(index(offset));
        dead.set(index(offset));
        return first;
    }

    /** Records from one offset to another, both included. */
    BitSet between(long first, long last) {
        BitSet found = new BitSet();
        for (long offset = Math.max(first, base); base >= 0 && offset <= last && offset < pastLast(); offset++) {
            found.set(index(offset), has(offset));
        }
        return found;
    }

    /** Records with at least one comparison. */
    BitSet comparedByAny() {
        BitSet any = new BitSet();
        for (BitSet each : compared) {
            any.or(each);
        }
        return any;
    }

    /** Records that some model compared, that no dead letter names, and that this model did not compare. */
    BitSet missingFrom(int model) {
        BitSet missing = comparedByAny();
        missing.andNot(compared[model]);
        missing.andNot(dead);
        return missing;
    }

    long offset(int index) {
        return base + index;
    }

    /** The offset after the last input, or 0 where there is none. */
    long pastLast() {
        return base < 0 ? 0 : base + inputs.length();
    }

    private int index(long offset) {
        return Math.toIntExact(offset - base);
    }
}
