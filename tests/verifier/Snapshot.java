package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/**
 * All that a client could have changed in a cluster, in one order: topics (the internal ones too) with their offsets and
 * settings, groups with their states and committed offsets, transactional ids. Two equal snapshots mean that nothing was written
 * in between.
 */
final class Snapshot {
    private Snapshot() {}

    static JsonNode run(Arguments arguments) throws Exception {
        Admin admin = arguments.admin();
        ObjectNode answer = Tool.JSON.createObjectNode();
        topics(admin, answer.putObject("topics"));
        groups(admin, answer.putObject("groups"), answer.putObject("states"));
        ObjectNode transactions = answer.putObject("transactions");
        TreeMap<String, Long> producers = new TreeMap<>();
        for (TransactionListing listing : admin.listTransactions().all().get()) {
            producers.put(listing.transactionalId(), listing.producerId());
        }
        producers.forEach(transactions::put);
        return answer;
    }

    private static void topics(Admin admin, ObjectNode answer) throws Exception {
        TreeSet<String> names =
                new TreeSet<>(admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get());
        Map<String, TopicDescription> descriptions = admin.describeTopics(names).allTopicNames().get();
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        Map<TopicPartition, OffsetSpec> earliest = new HashMap<>();
        descriptions.forEach((name, description) -> description.partitions().forEach(info -> {
            latest.put(new TopicPartition(name, info.partition()), OffsetSpec.latest());
            earliest.put(new TopicPartition(name, info.partition()), OffsetSpec.earliest());
        }));
        var ends = admin.listOffsets(latest).all().get();
        var starts = admin.listOffsets(earliest).all().get();
        List<ConfigResource> resources =
                names.stream().map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name)).toList();
        Map<ConfigResource, Config> configs = admin.describeConfigs(resources).all().get();

        for (String name : names) {
            ObjectNode topic = answer.putObject(name);
            topic.put("internal", descriptions.get(name).isInternal());
            ObjectNode partitions = topic.putObject("partitions");
            for (int number = 0; number < descriptions.get(name).partitions().size(); number++) {
                TopicPartition partition = new TopicPartition(name, number);
                partitions.putObject(Integer.toString(number))
                        .put("start", starts.get(partition).offset()).put("end", ends.get(partition).offset());
            }
            ObjectNode settings = topic.putObject("configs");
            TreeMap<String, String> sorted = new TreeMap<>();
            configs.get(new ConfigResource(ConfigResource.Type.TOPIC, name)).entries()
                    .forEach(entry -> sorted.put(entry.name(), entry.value()));
            sorted.forEach(settings::put);
        }
    }

    private static void groups(Admin admin, ObjectNode answer, ObjectNode states) throws Exception {
        TreeSet<String> names = new TreeSet<>();
        TreeMap<String, String> sorted = new TreeMap<>();
        for (GroupListing listing : admin.listGroups().all().get()) {
            names.add(listing.groupId());
            sorted.put(listing.groupId(), listing.groupState().map(Object::toString).orElse("Unknown"));
        }
        sorted.forEach(states::put);
        for (String name : names) {
            TreeMap<String, Long> committed = new TreeMap<>();
            admin.listConsumerGroupOffsets(name).partitionsToOffsetAndMetadata().get().forEach(
                    (partition, offset) -> committed.put(partition.toString(), offset == null ? -1 : offset.offset()));
            ObjectNode group = answer.putObject(name);
            committed.forEach(group::put);
        }
    }
}
