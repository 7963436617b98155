package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Everything beyond reading that an ordinary client can try with the given properties, on {@code topic}, {@code group} and
 * the cluster. Answers each attempt's name with the class of its error, or {@code "allowed"}.
 */
final class Attempts {
    /** One attempt; it fails or it was allowed. */
    private interface Attempt {
        void run() throws Exception;
    }

    private final Properties client;
    private final Admin admin;
    private final String topic;
    private final TopicPartition partition;
    private final String group;
    private final ObjectNode answer = Tool.JSON.createObjectNode();

    private Attempts(Arguments arguments) {
        client = arguments.client();
        admin = arguments.admin();
        topic = arguments.text("topic");
        partition = new TopicPartition(topic, 0);
        group = arguments.text("group");
    }

    static JsonNode run(Arguments arguments) {
        Attempts attempts = new Attempts(arguments);
        attempts.records();
        attempts.topics();
        attempts.groups();
        attempts.cluster();
        return attempts.answer;
    }

    private void attempt(String name, Attempt attempt) {
        try {
            attempt.run();
            answer.put(name, "allowed");
        } catch (ExecutionException failure) {
            answer.put(name, failure.getCause().getClass().getSimpleName());
        } catch (Exception failure) {
            answer.put(name, failure.getClass().getSimpleName());
        }
    }

    private void records() {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(topic, 0, null, "foreign".getBytes(StandardCharsets.UTF_8));
        attempt("produce", () -> {
            try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("enable.idempotence", "false"))) {
                producer.send(record).get();
            }
        });
        attempt("produce idempotently", () -> {
            try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
                producer.send(record).get();
            }
        });
        attempt("open a transaction", () -> {
            try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("transactional.id", group + "-0"))) {
                producer.initTransactions();
            }
        });
        attempt("delete records", () -> admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(1))).all().get());
    }

    private void topics() {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        AlterConfigOp forget = new AlterConfigOp(new ConfigEntry("retention.ms", "1"), AlterConfigOp.OpType.SET);
        attempt("create a topic", () -> admin.createTopics(List.of(new NewTopic(topic + ".more", 1, (short) 1))).all().get());
        attempt("delete the topic", () -> admin.deleteTopics(List.of(topic)).all().get());
        attempt("add partitions", () -> admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(64))).all().get());
        attempt("alter the topic's settings", () -> admin.incrementalAlterConfigs(Map.of(resource, List.of(forget))).all().get());
        attempt("describe the topic's settings", () -> admin.describeConfigs(List.of(resource)).all().get());
    }

    private void groups() {
        OffsetAndMetadata first = new OffsetAndMetadata(0);
        attempt("join a group", () -> {
            try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
                consumer.subscribe(List.of(topic));
                consumer.poll(Duration.ofSeconds(20));
            }
        });
        attempt("commit a position", () -> {
            try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
                consumer.assign(List.of(partition));
                consumer.commitSync(Map.of(partition, first));
            }
        });
        attempt("alter a group's positions", () -> admin.alterConsumerGroupOffsets(group, Map.of(partition, first)).all().get());
        attempt("delete a group", () -> admin.deleteConsumerGroups(List.of(group)).all().get());
    }

    private void cluster() {
        AlterConfigOp size = new AlterConfigOp(new ConfigEntry("message.max.bytes", "1000000"), AlterConfigOp.OpType.SET);
        AclBinding everything = new AclBinding(
                new ResourcePattern(ResourceType.TOPIC, "*", PatternType.LITERAL),
                new AccessControlEntry("User:*", "*", AclOperation.ALL, AclPermissionType.ALLOW));
        ClientQuotaAlteration quota = new ClientQuotaAlteration(
                new ClientQuotaEntity(Map.of(ClientQuotaEntity.USER, "anyone")),
                List.of(new ClientQuotaAlteration.Op("consumer_byte_rate", 1.0)));
        attempt("alter a broker's settings", () -> {
            String id = admin.describeCluster().nodes().get().iterator().next().idString();
            ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, id);
            admin.incrementalAlterConfigs(Map.of(broker, List.of(size))).all().get();
        });
        attempt("grant rights", () -> admin.createAcls(List.of(everything)).all().get());
        attempt("see rights", () -> admin.describeAcls(AclBindingFilter.ANY).values().get());
        attempt("set a quota", () -> admin.alterClientQuotas(List.of(quota)).all().get());
        attempt("move replicas", () -> admin.alterPartitionReassignments(Map.of(partition, Optional.empty())).all().get());
    }

    private KafkaProducer<byte[], byte[]> producer(Map<String, String> more) {
        Properties properties = (Properties) client.clone();
        properties.putAll(more);
        properties.put("max.block.ms", "30000");
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Properties properties = (Properties) client.clone();
        properties.put("group.id", group);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
