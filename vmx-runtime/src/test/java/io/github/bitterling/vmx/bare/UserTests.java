package io.github.bitterling.vmx.bare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Segment loads, far transfers, returns, limit, privilege and page faults of user mode against the
 * host's processor. Lines for user-replay.txt of cases that differ go to target/user-failures.txt.
 * {@code -Duser.cases=N -Duser.seed=S}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UserTests {
  private static final int CASES = Integer.getInteger("user.cases", 5000);
  private static final long SEED = Long.getLong("user.seed", 20261123);
  private static final int BATCH = 2000;
  private static final Path FAILURES = Path.of("target", "user-failures.txt");

  private Path directory;
  private final Map<String, String> wrong = new TreeMap<>();
  private final List<String> replay = new ArrayList<>();
  private int compared;
  private int different;
  private UserDifferences differences;

  @BeforeAll
  void buildHostProgram() throws Exception {
    boolean linux =
        System.getProperty("os.arch").equals("amd64")
            && System.getProperty("os.name").equals("Linux");
    assumeTrue(linux, "needs an x86-64 Linux host");
    directory = Files.createTempDirectory("user");
    try (InputStream in = UserTests.class.getResourceAsStream("user.c")) {
      Files.write(directory.resolve("user.c"), in.readAllBytes());
    }
    List<String> gcc =
        List.of(
            "gcc",
            "-O1",
            "-fno-stack-protector",
            "-o",
            directory.resolve("user").toString(),
            directory.resolve("user.c").toString());
    boolean built;
    try {
      Process p = new ProcessBuilder(gcc).inheritIO().start();
      built = p.waitFor(60, TimeUnit.SECONDS) && p.exitValue() == 0;
    } catch (java.io.IOException noCompiler) {
      built = false;
    }
    assumeTrue(built, "needs gcc");
    assumeTrue(
        host(List.of(new UserGenerator(0).next())).size() == 1,
        "needs a kernel that lets a process change its LDT");
  }

  @Test
  void randomCasesGiveTheHostsState() throws Exception {
    wrong.clear();
    UserGenerator generator = new UserGenerator(SEED);
    for (int left = CASES; left > 0; left -= BATCH) {
      List<BareCase> cases = new ArrayList<>();
      while (cases.size() < Math.min(left, BATCH)) {
        cases.add(generator.next());
      }
      compare(cases);
    }
    System.out.println(compared + " user cases, " + different + " different");
    if (!replay.isEmpty()) {
      Files.createDirectories(FAILURES.getParent());
      Files.write(FAILURES, replay);
    }
    assertEquals(
        "", String.join("\n", wrong.values()), different + " of " + compared + " cases differ");
  }

  /** Cases that differed once. */
  @Test
  void replayedCasesGiveTheHostsState() throws Exception {
    wrong.clear();
    List<BareCase> cases = new ArrayList<>();
    try (var in = UserTests.class.getResourceAsStream("user-replay.txt")) {
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .forEach(line -> cases.add(BareCase.parse(line)));
    }
    compare(cases);
    assertEquals("", String.join("\n", wrong.values()));
  }

  private List<UserOutcome> host(List<BareCase> cases) throws Exception {
    ByteBuffer in =
        ByteBuffer.allocate(cases.stream().mapToInt(BareCase::size).sum())
            .order(ByteOrder.LITTLE_ENDIAN);
    cases.forEach(c -> c.write(in));
    Path input = directory.resolve("in");
    Path output = directory.resolve("out");
    Files.write(input, in.array());
    Process p =
        new ProcessBuilder(directory.resolve("user").toString())
            .redirectInput(input.toFile())
            .redirectOutput(output.toFile())
            .start();
    if (!p.waitFor(120, TimeUnit.SECONDS)) {
      p.destroyForcibly().waitFor();
    }
    ByteBuffer out = ByteBuffer.wrap(Files.readAllBytes(output)).order(ByteOrder.LITTLE_ENDIAN);
    List<UserOutcome> outcomes = new ArrayList<>();
    while (out.remaining() >= UserOutcome.BYTES) {
      outcomes.add(UserOutcome.read(out));
    }
    return outcomes;
  }

  private void compare(List<BareCase> cases) throws Exception {
    List<UserOutcome> expected = host(cases);
    assertEquals(cases.size(), expected.size(), "cases the host ran");
    try (BareOurs ours = machine()) {
      differences = new UserDifferences(c -> UserOutcome.of(run(ours, c)));
      for (int i = 0; i < cases.size(); i++) {
        add(cases.get(i), expected.get(i), UserOutcome.of(run(ours, cases.get(i))));
      }
      differences.report(cases.size() + " user cases");
    }
  }

  /** Tier 0; other engines run the same cases elsewhere. */
  BareOurs machine() {
    return new BareOurs();
  }

  BareOutcome run(BareOurs ours, BareCase c) {
    return ours.run(c);
  }

  private void add(BareCase c, UserOutcome expected, UserOutcome ours) {
    compared++;
    if (expected.vector == 1000) {
      return; // did not end: a loop, or an interrupt flag the kernel turned off
    }
    String difference = expected.difference(ours, UserDifferences.stackMask(c, expected));
    if (difference.isEmpty()) {
      return;
    }
    if (differences.explain(c, expected, ours)) {
      return;
    }
    different++;
    String kind = c.name.substring(0, Math.min(c.name.length(), c.name.indexOf(' ') + 5));
    if (wrong.putIfAbsent(kind, c.name + difference) == null) {
      replay.add(c.line());
    }
  }
}
