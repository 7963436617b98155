package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * Dumps a topic: {@code topic}, {@code isolation} (committed, the default, or uncommitted), {@code file} (JSON lines are
 * written there; without it the records are the answer). A key or value that is not UTF-8 comes as {@code *_base64}.
 */
final class Consume {
    private Consume() {}

    static JsonNode run(Arguments arguments) throws Exception {
        String isolation = arguments.text("isolation", "committed");
        if (!isolation.equals("committed") && !isolation.equals("uncommitted")) {
            throw new IllegalArgumentException("isolation must be committed or uncommitted, not " + isolation);
        }
        boolean committed = isolation.equals("committed");
        String topic = arguments.text("topic");
        if (!arguments.json().hasNonNull("file")) {
            ArrayNode records = Tool.JSON.createArrayNode();
            TopicReader.read(arguments.client(), topic, committed, record -> records.add(line(record)));
            return records;
        }
        long[] count = {0};
        try (Writer lines = new BufferedWriter(Files.newBufferedWriter(Path.of(arguments.text("file"))), 1 << 16)) {
            TopicReader.read(arguments.client(), topic, committed, record -> {
                lines.write(line(record).toString());
                lines.write('\n');
                count[0]++;
            });
        }
        return Tool.JSON.createObjectNode().put("records", count[0]);
    }

    private static ObjectNode line(ConsumerRecord<byte[], byte[]> record) {
        ObjectNode line = Tool.JSON.createObjectNode()
                .put("partition", record.partition())
                .put("offset", record.offset())
                .put("timestamp", record.timestamp());
        put(line, "key", record.key());
        put(line, "value", record.value());
        ArrayNode headers = line.putArray("headers");
        for (Header header : record.headers()) {
            byte[] value = header.value() == null ? new byte[0] : header.value();
            headers.addArray().add(header.key()).add(new String(value, StandardCharsets.UTF_8));
        }
        return line;
    }

    private static void put(ObjectNode line, String name, byte[] bytes) {
        if (bytes == null) {
            line.putNull(name);
            return;
        }
        try {
            line.put(name, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException notText) {
            line.put(name + "_base64", Base64.getEncoder().encodeToString(bytes));
        }
    }
}
