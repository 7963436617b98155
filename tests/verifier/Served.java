package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.tools.attach.VirtualMachine;
import java.util.TreeMap;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * What a broker itself counted since it started, asked of its process ({@code pid}) on this machine: requests by type,
 * and the bytes of records that went out by topic, compressed as they are kept.
 */
final class Served {
    private Served() {}

    static JsonNode run(Arguments arguments) throws Exception {
        VirtualMachine machine = VirtualMachine.attach(Long.toString(arguments.number("pid")));
        String address;
        try {
            address = machine.startLocalManagementAgent();
        } finally {
            machine.detach();
        }
        ObjectNode answer = Tool.JSON.createObjectNode();
        try (var connector = JMXConnectorFactory.connect(new JMXServiceURL(address))) {
            MBeanServerConnection beans = connector.getMBeanServerConnection();
            count(beans, "kafka.network:type=RequestMetrics,name=RequestsPerSec,*", "request", answer.putObject("requests"));
            count(beans, "kafka.server:type=BrokerTopicMetrics,name=BytesOutPerSec,*", "topic", answer.putObject("bytes_out"));
        }
        return answer;
    }

    private static void count(MBeanServerConnection beans, String pattern, String by, ObjectNode answer) throws Exception {
        TreeMap<String, Long> counts = new TreeMap<>();
        for (ObjectName name : beans.queryNames(new ObjectName(pattern), null)) {
            String key = name.getKeyProperty(by);
            if (key != null) {
                // Requests are counted by version too.
                counts.merge(key, ((Number) beans.getAttribute(name, "Count")).longValue(), Long::sum);
            }
        }
        counts.forEach(answer::put);
    }
}
