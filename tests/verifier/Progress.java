package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * How far a job has committed: the highest {@code next_offset} by {@code topic/partition}, out of committed checkpoints.
 *
 * <p>Arguments: {@code bootstrap}, {@code checkpoints}, {@code job}. The reader is kept between calls, so that a call costs
 * only what is new; while no broker answers it says what was known.
 */
final class Progress {
    private static final Map<String, Progress> READERS = new HashMap<>();
    private static final Duration POLL = Duration.ofMillis(40);
    private static final int MOST_POLLS = 50;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String job;
    private final Map<String, Long> next = new TreeMap<>();

    private Progress(Arguments arguments, String topic) {
        job = arguments.text("job");
        consumer = TopicReader.consumer(arguments.client(), true);
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition())).toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    static JsonNode run(Arguments arguments) {
        String topic = arguments.text("checkpoints");
        return READERS.computeIfAbsent(topic, name -> new Progress(arguments, name)).read();
    }

    private JsonNode read() {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        for (int polls = 1; !records.isEmpty() && polls < MOST_POLLS; polls++) {
            records.forEach(this::add);
            records = consumer.poll(POLL);
        }
        records.forEach(this::add);
        ObjectNode answer = Tool.JSON.createObjectNode();
        next.forEach(answer::put);
        return answer;
    }

    private void add(ConsumerRecord<byte[], byte[]> record) {
        JsonNode value = Outputs.parse(record.value());
        if (value.path("job").asText().equals(job) && value.hasNonNull("topic")) {
            String source = value.path("topic").asText() + "/" + value.path("partition").asInt();
            next.merge(source, value.path("next_offset").asLong(), Math::max);
        }
    }
}
