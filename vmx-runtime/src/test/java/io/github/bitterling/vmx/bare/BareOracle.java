package io.github.bitterling.vmx.bare;

import java.io.IOException;
import java.util.List;

/** A processor that is not ours. */
interface BareOracle {
  String name();

  /** Outcomes of all cases, in their order. */
  List<BareOutcome> run(List<BareCase> cases) throws IOException, InterruptedException;
}
