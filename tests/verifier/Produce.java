package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes records given as JSON: {@code topic, partition?, key | key_base64, value | value_base64, headers, timestamp?}.
 * An absent or null value is a tombstone.
 *
 * <p>Arguments: {@code records} (an array) or {@code file} (JSON lines; "-" is standard input), {@code topic} (where a
 * record names none), {@code transaction_size} (0: no transactions), {@code abort_every} (every n-th transaction is
 * aborted), {@code leave_open} (the last transaction is neither committed nor aborted, as by a producer that died),
 * {@code positions} (whether to answer with each record's position).
 */
final class Produce {
    private final KafkaProducer<byte[], byte[]> producer;
    private final String defaultTopic;
    private final long transactionSize;
    private final long abortEvery;
    private final boolean leaveOpen;
    private final boolean keepPositions;
    private final List<Future<RecordMetadata>> pending = new ArrayList<>();
    private final ArrayNode positions = Tool.JSON.createArrayNode();
    private long transactions;
    private long inTransaction;
    private long produced;
    private long aborted;

    private Produce(Arguments arguments) {
        transactionSize = arguments.number("transaction_size", 0);
        abortEvery = arguments.number("abort_every", 0);
        defaultTopic = arguments.text("topic", "");
        leaveOpen = arguments.json().path("leave_open").asBoolean();
        keepPositions = arguments.json().path("positions").asBoolean();
        Properties properties = arguments.client();
        properties.putIfAbsent("linger.ms", "5");
        // A paused broker keeps its connections: only this lets the client try another.
        properties.putIfAbsent("request.timeout.ms", "5000");
        // A commit is waited for so long, on a machine that others keep busy.
        properties.putIfAbsent("max.block.ms", "300000");
        properties.putIfAbsent("socket.connection.setup.timeout.ms", "3000");
        properties.putIfAbsent("max.request.size", "33554432");
        properties.putIfAbsent("buffer.memory", "67108864");
        if (transactionSize > 0) {
            properties.putIfAbsent("transactional.id", "feeder-" + java.util.UUID.randomUUID());
        }
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    static JsonNode run(Arguments arguments) throws Exception {
        Produce produce = new Produce(arguments);
        try (produce.producer) {
            if (produce.transactionSize > 0) {
                produce.producer.initTransactions();
            }
            if (arguments.json().has("records")) {
                for (JsonNode record : arguments.json().get("records")) {
                    produce.send(record);
                }
            } else {
                produce.sendFile(arguments.text("file"));
            }
            if (produce.leaveOpen) {
                produce.settle();
                // Closed without patience, the producer does not abort what it began.
                produce.producer.close(Duration.ZERO);
            } else {
                produce.endTransaction();
                produce.settle();
            }
        }
        ObjectNode answer = Tool.JSON.createObjectNode().put("produced", produce.produced).put("aborted", produce.aborted);
        if (produce.keepPositions) {
            answer.set("positions", produce.positions);
        }
        return answer;
    }

    private void sendFile(String file) throws Exception {
        try (BufferedReader lines = file.equals("-")
                ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                : Files.newBufferedReader(Path.of(file))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                send(Tool.JSON.readTree(line));
            }
        }
    }

    private void send(JsonNode json) throws Exception {
        if (transactionSize > 0 && inTransaction == 0) {
            producer.beginTransaction();
        }
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                json.path("topic").asText(defaultTopic),
                json.hasNonNull("partition") ? json.get("partition").asInt() : null,
                json.hasNonNull("timestamp") ? json.get("timestamp").asLong() : null,
                bytes(json, "key"),
                bytes(json, "value"));
        addHeaders(record, json.path("headers"));
        pending.add(producer.send(record));
        inTransaction++;
        if (transactionSize > 0 && inTransaction == transactionSize) {
            endTransaction();
        } else if (pending.size() >= 10_000) {
            settle();
        }
    }

    private void endTransaction() throws Exception {
        if (inTransaction == 0 || transactionSize == 0) {
            return;
        }
        transactions++;
        long records = inTransaction;
        inTransaction = 0;
        if (abortEvery > 0 && transactions % abortEvery == 0) {
            // Flushed first, so that the aborted records really stand in the log.
            producer.flush();
            producer.abortTransaction();
            aborted += records;
            pending.clear();
        } else {
            producer.commitTransaction();
            settle();
        }
    }

    private void settle() throws Exception {
        producer.flush();
        for (Future<RecordMetadata> each : pending) {
            RecordMetadata metadata = each.get();
            produced++;
            if (keepPositions) {
                positions.addObject().put("topic", metadata.topic()).put("partition", metadata.partition())
                        .put("offset", metadata.offset());
            }
        }
        pending.clear();
    }

    static byte[] bytes(JsonNode json, String name) {
        if (json.hasNonNull(name + "_base64")) {
            return Base64.getDecoder().decode(json.get(name + "_base64").asText());
        }
        return json.hasNonNull(name) ? json.get(name).asText().getBytes(StandardCharsets.UTF_8) : null;
    }

    // Headers as an object, or as [name, value] pairs where order or repetition matters.
    private static void addHeaders(ProducerRecord<byte[], byte[]> record, JsonNode headers) {
        if (headers.isObject()) {
            for (Iterator<String> names = headers.fieldNames(); names.hasNext(); ) {
                String name = names.next();
                record.headers().add(name, headers.get(name).asText().getBytes(StandardCharsets.UTF_8));
            }
        } else {
            headers.forEach(pair ->
                    record.headers().add(pair.get(0).asText(), pair.get(1).asText().getBytes(StandardCharsets.UTF_8)));
        }
    }
}
