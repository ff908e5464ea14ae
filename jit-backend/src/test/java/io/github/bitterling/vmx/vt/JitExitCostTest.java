package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bitterling.vmx.bochs.Bochs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Measures {@link ExitCost} of tier 0, compiled code and Bochs in turns, prints a table and leaves
 * target/exit-cost.json: {@code mvn -Pexit-cost -pl jit-backend -am test}.
 */
@Tag("exit-cost")
class JitExitCostTest {
  @Test
  void roundTripsBesideBochs() throws IOException {
    assumeTrue(Bochs.isInstalled(), "needs Debian's bochs and bochs-term");
    Map<String, Lab.Engine> engines = new LinkedHashMap<>();
    engines.put("tier 0", Lab.Engine.TIER_ZERO);
    engines.put("JIT", JitEngine.create());
    List<ExitCost.Row> rows = ExitCost.compare(engines);
    System.out.println(ExitCost.table(rows));
    Files.writeString(Path.of("target", "exit-cost.json"), ExitCost.json(rows));
    assertEquals(ExitCost.Trip.values().length * (engines.size() + 1), rows.size());
  }
}
