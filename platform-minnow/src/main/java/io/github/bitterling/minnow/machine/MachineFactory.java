package io.github.bitterling.minnow.machine;

import java.util.ServiceLoader;

/**
 * Builds machines. The implementation is found as a service, so that the command knows no
 * processor.
 */
public interface MachineFactory {
  Machine create(MachineConfig config);

  /** The factory on the class path; there is exactly one in a complete build. */
  static MachineFactory installed() {
    return ServiceLoader.load(MachineFactory.class)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no MachineFactory on the class path"));
  }
}
