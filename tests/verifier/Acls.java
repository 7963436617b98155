package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** Access control lists, for tests of what a principal may do. */
final class Acls {
    private Acls() {}

    static JsonNode add(Arguments arguments) throws Exception {
        List<AclBinding> bindings = new ArrayList<>();
        for (JsonNode acl : arguments.json().path("acls")) {
            ResourcePattern resource = new ResourcePattern(
                    ResourceType.fromString(acl.path("resource").asText()),
                    acl.path("name").asText(),
                    acl.path("prefixed").asBoolean() ? PatternType.PREFIXED : PatternType.LITERAL);
            AccessControlEntry entry = new AccessControlEntry(
                    arguments.text("principal"),
                    "*",
                    AclOperation.fromString(acl.path("operation").asText()),
                    acl.path("allow").asBoolean(true) ? AclPermissionType.ALLOW : AclPermissionType.DENY);
            bindings.add(new AclBinding(resource, entry));
        }
        arguments.admin().createAcls(bindings).all().get();
        // The authorizer learns of a change through the metadata log, a moment after the answer.
        for (int attempt = 0; attempt < 400; attempt++) {
            if (arguments.admin().describeAcls(AclBindingFilter.ANY).values().get().containsAll(bindings)) {
                return Tool.JSON.nullNode();
            }
            Thread.sleep(25);
        }
        throw new IllegalStateException("the access control lists did not arrive within 10 s");
    }

    static JsonNode list(Arguments arguments) throws Exception {
        ArrayNode answer = Tool.JSON.createArrayNode();
        arguments.admin().describeAcls(AclBindingFilter.ANY).values().get().stream()
                .map(AclBinding::toString).sorted().forEach(answer::add);
        return answer;
    }
}
