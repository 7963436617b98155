package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.common.Uuid;

/** Preparing and awaiting a KRaft cluster. */
final class Cluster {
    private Cluster() {}

    /** Formats the storage of every node, with the same cluster id and the same SCRAM users. */
    static JsonNode format(Arguments arguments) throws Exception {
        String clusterId = Uuid.randomUuid().toString();
        for (String properties : arguments.texts("properties_files")) {
            List<String> words = new ArrayList<>(List.of("format", "--cluster-id", clusterId, "--config", properties));
            for (String user : arguments.texts("scram")) {
                words.add("--add-scram");
                words.add(user);
            }
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            PrintStream sink = new PrintStream(said, true, StandardCharsets.UTF_8);
            int code = StorageTool.execute(words.toArray(String[]::new), sink);
            if (code != 0) {
                throw new IllegalStateException("formatting " + properties + " failed: " + said.toString(StandardCharsets.UTF_8));
            }
        }
        return Tool.JSON.getNodeFactory().textNode(clusterId);
    }

    /**
     * Returns when {@code brokers} brokers of the cluster {@code cluster_id} have registered and answer, or fails after
     * {@code timeout_ms}. The id matters: another cluster may have taken a port meanwhile.
     */
    static JsonNode waitReady(Arguments arguments) throws Exception {
        long deadline = System.currentTimeMillis() + arguments.number("timeout_ms");
        long wanted = arguments.number("brokers");
        DescribeClusterOptions quickly = new DescribeClusterOptions().timeoutMs(1000);
        Admin admin = arguments.admin();
        String seen = "nothing";
        while (System.currentTimeMillis() < deadline) {
            try {
                DescribeClusterResult cluster = admin.describeCluster(quickly);
                int brokers = cluster.nodes().get().size();
                String id = cluster.clusterId().get();
                if (brokers >= wanted && id.equals(arguments.text("cluster_id"))) {
                    return Tool.JSON.nullNode();
                }
                seen = brokers + " brokers of cluster " + id;
            } catch (java.util.concurrent.ExecutionException failure) {
                seen = String.valueOf(failure.getCause());
            }
            Thread.sleep(50);
        }
        throw new IllegalStateException("not ready in time; last seen: " + seen);
    }
}
