package io.github.bitterling.flash.hypervisor;

import java.util.List;

/**
 * {@code hypervisor.cfg}, checked as the hypervisor itself checks it, so that a mistake is found
 * when the image is made (docs/hypervisor.md).
 *
 * @param vms the primary VM, then the cells in the order of the file
 */
public record HypervisorConfig(List<VmConfig> vms) {
  /** Name of the file in the CBFS. */
  public static final String FILE = "hypervisor.cfg";

  /** Virtual machines with the primary one. */
  public static final int MAX_VMS = 8;

  /** Program of the primary VM when the file names none. */
  public static final String DEFAULT_PAYLOAD = "fallback/realpayload";

  /**
   * Reads the text of the file.
   *
   * @param source how messages call it, a path for instance
   * @throws io.github.bitterling.flash.data.FlashImageException for the first thing that is wrong,
   *     with its line
   */
  public static HypervisorConfig parse(String text, String source) {
    HypervisorConfig config = new ConfigParser(source).parse(text);
    ConfigChecks.check(config, source);
    return config;
  }
}
