package bystander.verifier;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a topic from its beginning to the end it had when reading began, each partition in order. */
final class TopicReader {
    private static final Duration STALLED = Duration.ofSeconds(60);

    /** What to do with each record. */
    interface Visitor {
        void visit(ConsumerRecord<byte[], byte[]> record) throws Exception;
    }

    /** The offsets of one partition when reading began; {@code undecided} lie behind an open transaction. */
    record Range(long start, long end, long undecided) {}

    private TopicReader() {}

    static Map<Integer, Range> read(Properties client, String topic, boolean committed, Visitor visitor)
            throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(client, committed)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition())).toList();
            if (partitions.isEmpty()) {
                throw new IllegalArgumentException("topic " + topic + " does not exist");
            }
            Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Map<TopicPartition, Long> highest = committed ? highWatermarks(client, partitions) : ends;
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            drain(consumer, ends, visitor);

            Map<Integer, Range> ranges = new TreeMap<>();
            for (TopicPartition partition : partitions) {
                long end = ends.get(partition);
                ranges.put(partition.partition(),
                        new Range(starts.get(partition), end, Math.max(0, highest.get(partition) - end)));
            }
            return ranges;
        }
    }

    // A transaction that ends between the two look-ups would look open: ends are taken first, so it can
    // only be reported as undecided, never be silently left out.
    private static Map<TopicPartition, Long> highWatermarks(Properties client, List<TopicPartition> partitions) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(client, false)) {
            return consumer.endOffsets(partitions);
        }
    }

    private static KafkaConsumer<byte[], byte[]> consumer(Properties client, boolean committed) {
        Properties properties = new Properties();
        properties.putAll(client);
        properties.put("isolation.level", committed ? "read_committed" : "read_uncommitted");
        properties.put("auto.offset.reset", "earliest");
        properties.put("enable.auto.commit", "false");
        properties.put("allow.auto.create.topics", "false");
        properties.put("max.poll.records", "5000");
        // Closing waits for the last fetch, which finds nothing more.
        properties.put("fetch.max.wait.ms", "20");
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static void drain(
            KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends, Visitor visitor)
            throws Exception {
        long lastProgress = System.nanoTime();
        while (!finished(consumer, ends)) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(200));
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()))) {
                    visitor.visit(record);
                }
            }
            if (!records.isEmpty()) {
                lastProgress = System.nanoTime();
            } else if (System.nanoTime() - lastProgress > STALLED.toNanos()) {
                throw new IllegalStateException("no progress for " + STALLED.toSeconds() + " s towards " + ends);
            }
        }
    }

    // Control records use up offsets without being delivered: only the position tells.
    private static boolean finished(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
        boolean finished = true;
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            if (consumer.paused().contains(end.getKey())) {
                continue;
            }
            if (consumer.position(end.getKey()) >= end.getValue()) {
                consumer.pause(List.of(end.getKey()));
            } else {
                finished = false;
            }
        }
        return finished;
    }
}
