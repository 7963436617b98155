package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;

/** The JSON arguments of one command, and the clients they ask for. */
record Arguments(JsonNode json) {
    private static final Map<Properties, Admin> ADMINS = new ConcurrentHashMap<>();

    String text(String name) {
        JsonNode value = json.path(name);
        if (!value.isTextual()) {
            throw new IllegalArgumentException("argument " + name + " must be a text");
        }
        return value.asText();
    }

    String text(String name, String otherwise) {
        return json.hasNonNull(name) ? text(name) : otherwise;
    }

    long number(String name) {
        JsonNode value = json.path(name);
        if (!value.isIntegralNumber()) {
            throw new IllegalArgumentException("argument " + name + " must be a whole number");
        }
        return value.asLong();
    }

    long number(String name, long otherwise) {
        return json.hasNonNull(name) ? number(name) : otherwise;
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        json.path(name).forEach(each -> texts.add(each.asText()));
        return texts;
    }

    /** Client settings: {@code bootstrap}, and {@code properties} such as those of SASL. */
    Properties client() {
        return client("bootstrap");
    }

    Properties client(String bootstrap) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", text(bootstrap));
        json.path("properties").properties()
                .forEach(entry -> properties.put(entry.getKey(), entry.getValue().asText()));
        return properties;
    }

    /** An admin client, kept for later commands to the same cluster by the same principal. */
    Admin admin() {
        Properties properties = client();
        properties.putIfAbsent("default.api.timeout.ms", "30000");
        properties.putIfAbsent("request.timeout.ms", "10000");
        return ADMINS.computeIfAbsent(properties, Admin::create);
    }
}
