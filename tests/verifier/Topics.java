package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Topics: create, delete, grow, trim. Each change is visible to every client when its command returns. */
final class Topics {
    private Topics() {}

    static JsonNode create(Arguments arguments) throws Exception {
        Map<String, String> configs = new HashMap<>();
        arguments.json().path("configs").properties()
                .forEach(entry -> configs.put(entry.getKey(), entry.getValue().asText()));
        String name = arguments.text("topic");
        int partitions = (int) arguments.number("partitions");
        NewTopic topic = arguments.json().has("replicas")
                ? new NewTopic(name, assignment(partitions, arguments.json().path("replicas")))
                : new NewTopic(name, Optional.of(partitions), Optional.empty());
        boolean wasThere = arguments.admin().listTopics().names().get().contains(name);
        try {
            arguments.admin().createTopics(List.of(topic.configs(configs))).all().get();
        } catch (ExecutionException failed) {
            // The client sends a request again that a busy broker answered too late: the topic is then its own.
            if (wasThere || !(failed.getCause() instanceof TopicExistsException)) {
                throw failed;
            }
        }
        waitForLeaders(arguments.admin(), name, partitions);
        return Tool.JSON.nullNode();
    }

    /** The same brokers for every partition, the preferred leader first. */
    private static Map<Integer, List<Integer>> assignment(int partitions, JsonNode replicas) {
        List<Integer> brokers = new ArrayList<>();
        replicas.forEach(broker -> brokers.add(broker.asInt()));
        Map<Integer, List<Integer>> assignment = new HashMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            assignment.put(partition, brokers);
        }
        return assignment;
    }

    static JsonNode inSync(Arguments arguments) throws Exception {
        String name = arguments.text("topic");
        TopicDescription description =
                arguments.admin().describeTopics(List.of(name)).allTopicNames().get().get(name);
        ArrayNode answer = Tool.JSON.createArrayNode();
        for (TopicPartitionInfo info : description.partitions()) {
            ObjectNode partition = answer.addObject();
            boolean led = info.leader() != null && !info.leader().isEmpty();
            partition.put("leader", led ? info.leader().id() : -1);
            ArrayNode replicas = partition.putArray("in_sync");
            info.isr().forEach(node -> replicas.add(node.id()));
        }
        return answer;
    }

    static JsonNode delete(Arguments arguments) throws Exception {
        arguments.admin().deleteTopics(List.of(arguments.text("topic"))).all().get();
        return Tool.JSON.nullNode();
    }

    static JsonNode addPartitions(Arguments arguments) throws Exception {
        String name = arguments.text("topic");
        int total = (int) arguments.number("total");
        arguments.admin().createPartitions(Map.of(name, NewPartitions.increaseTo(total))).all().get();
        waitForLeaders(arguments.admin(), name, total);
        return Tool.JSON.nullNode();
    }

    static JsonNode deleteRecords(Arguments arguments) throws Exception {
        TopicPartition partition =
                new TopicPartition(arguments.text("topic"), (int) arguments.number("partition"));
        long before = arguments.number("before_offset");
        arguments.admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before))).all().get();
        return Tool.JSON.nullNode();
    }

    static JsonNode endOffsets(Arguments arguments) throws Exception {
        Admin admin = arguments.admin();
        String name = arguments.text("topic");
        TopicDescription description = admin.describeTopics(List.of(name)).allTopicNames().get().get(name);
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        for (TopicPartitionInfo info : description.partitions()) {
            wanted.put(new TopicPartition(name, info.partition()), OffsetSpec.latest());
        }
        Map<Integer, Long> ends = new TreeMap<>();
        admin.listOffsets(wanted).all().get()
                .forEach((partition, result) -> ends.put(partition.partition(), result.offset()));
        ObjectNode answer = Tool.JSON.createObjectNode();
        ends.forEach((partition, end) -> answer.put(Integer.toString(partition), end));
        return answer;
    }

    private static void waitForLeaders(Admin admin, String name, int partitions) throws Exception {
        for (int attempt = 0; attempt < 600; attempt++) {
            try {
                TopicDescription seen = admin.describeTopics(List.of(name)).allTopicNames().get().get(name);
                long led = seen.partitions().stream().filter(info -> info.leader() != null && !info.leader().isEmpty())
                        .count();
                if (led >= partitions) {
                    return;
                }
            } catch (java.util.concurrent.ExecutionException failure) {
                if (!(failure.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw failure;
                }
            }
            Thread.sleep(25);
        }
        throw new IllegalStateException("topic " + name + " has no leader for each of " + partitions + " partitions");
    }
}
