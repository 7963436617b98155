package bystander.verifier;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a topic from its beginning to the end it had when reading began, each partition in order. */
final class TopicReader {
    private static final Duration STALLED = Duration.ofSeconds(60);
    private static final long PATIENCE_SECONDS = 30;

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
            while (committed && !ends.equals(highest)) {
                // Asked before the ends are taken again: what has ended by then is within them.
                boolean ending = isEnding(client, topic);
                ends = consumer.endOffsets(partitions);
                highest = highWatermarks(client, partitions);
                if (!ending) {
                    break;
                }
            }
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

    // A commit is answered before its markers stand in the partitions, which takes a while on a busy machine. Such a
    // transaction is decided, so it is waited for; one that is still open is not.
    private static boolean isEnding(Properties client, String topic) throws InterruptedException {
        try (Admin admin = Admin.create(client)) {
            ListTransactionsOptions ending = new ListTransactionsOptions()
                    .filterStates(Set.of(TransactionState.PREPARE_COMMIT, TransactionState.PREPARE_ABORT));
            List<String> ids = admin.listTransactions(ending).all().get(PATIENCE_SECONDS, TimeUnit.SECONDS).stream()
                    .map(TransactionListing::transactionalId).toList();
            return admin.describeTransactions(ids).all().get(PATIENCE_SECONDS, TimeUnit.SECONDS).values().stream()
                    .flatMap(transaction -> transaction.topicPartitions().stream())
                    .anyMatch(partition -> partition.topic().equals(topic));
        } catch (ExecutionException | TimeoutException notToBeKnown) {
            return false;
        }
    }

    // A transaction that ends between the two look-ups would look open: ends are taken first, so it can
    // only be reported as undecided, never be silently left out.
    private static Map<TopicPartition, Long> highWatermarks(Properties client, List<TopicPartition> partitions) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(client, false)) {
            return consumer.endOffsets(partitions);
        }
    }

    static KafkaConsumer<byte[], byte[]> consumer(Properties client, boolean committed) {
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
