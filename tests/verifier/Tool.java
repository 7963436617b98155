package bystander.verifier;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The other Kafka client: everything the tests feed, administer and verify goes through the official Java
 * client, so that a fault of the product's own client cannot hide itself.
 *
 * <p>{@code Tool shell} answers one JSON request per line ({@code {"command": ..., "arguments": {...}}}) with one
 * JSON line ({@code {"result": ...}} or {@code {"error": ...}}) until its input ends. {@code Tool <command>
 * '<JSON arguments>'} answers once and exits 1 on an error.
 */
public final class Tool {
    static final ObjectMapper JSON = new ObjectMapper();

    /** Answers one request. */
    interface Command {
        JsonNode run(Arguments arguments) throws Exception;
    }

    private static final Map<String, Command> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("verify", Verify::run);
        COMMANDS.put("progress", Progress::run);
        COMMANDS.put("snapshot", Snapshot::run);
        COMMANDS.put("served", Served::run);
        COMMANDS.put("produce-lines", Produce::run);
        COMMANDS.put("consume", Consume::run);
        COMMANDS.put("format", Cluster::format);
        COMMANDS.put("wait-ready", Cluster::waitReady);
        COMMANDS.put("create-topic", Topics::create);
        COMMANDS.put("in-sync", Topics::inSync);
        COMMANDS.put("delete-topic", Topics::delete);
        COMMANDS.put("add-partitions", Topics::addPartitions);
        COMMANDS.put("delete-records", Topics::deleteRecords);
        COMMANDS.put("end-offsets", Topics::endOffsets);
        COMMANDS.put("add-acls", Acls::add);
        COMMANDS.put("list-acls", Acls::list);
        COMMANDS.put("attempts", Attempts::run);
    }

    private Tool() {}

    /** Runs one command, or the shell. */
    public static void main(String[] words) throws Exception {
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        // Kafka's own tools print; only answers may reach standard output.
        System.setOut(System.err);
        if (words.length == 1 && words[0].equals("shell")) {
            shell(answers);
            return;
        }
        if (words.length == 0 || words.length > 2 || !COMMANDS.containsKey(words[0])) {
            System.err.println("usage: Tool shell | Tool <command> ['<JSON arguments>'], commands: " + COMMANDS.keySet());
            System.exit(2);
        }
        ObjectNode request = JSON.createObjectNode().put("command", words[0]);
        request.set("arguments", JSON.readTree(words.length == 2 ? words[1] : "{}"));
        JsonNode answer = answer(request);
        answers.println(answer.has("error") ? answer : answer.get("result"));
        answers.flush();
        System.exit(answer.has("error") ? 1 : 0);
    }

    private static void shell(PrintStream answers) throws Exception {
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            answers.println(answer(JSON.readTree(line)));
            answers.flush();
        }
        // The owner is gone: leave at once, whatever client threads are still trying.
        Runtime.getRuntime().halt(0);
    }

    private static JsonNode answer(JsonNode request) {
        ObjectNode answer = JSON.createObjectNode();
        String name = request.path("command").asText();
        try {
            Command command = COMMANDS.get(name);
            if (command == null) {
                return answer.put("error", "unknown command " + name + "; known are " + COMMANDS.keySet());
            }
            answer.set("result", command.run(new Arguments(request.path("arguments"))));
        } catch (Throwable failure) {
            failure.printStackTrace();
            answer.put("error", name + ": " + describe(failure));
        }
        return answer;
    }

    /** With its causes: a producer that was refused before it sent says so only in the cause of its error. */
    private static String describe(Throwable failure) {
        boolean wrapped = failure instanceof java.util.concurrent.ExecutionException && failure.getCause() != null;
        Throwable first = wrapped ? failure.getCause() : failure;
        StringBuilder words = new StringBuilder();
        for (Throwable cause = first; cause != null; cause = cause.getCause()) {
            words.append(cause == first ? "" : ", because of ");
            words.append(cause.getClass().getSimpleName()).append(": ").append(cause.getMessage());
        }
        return words.toString();
    }
}
