package io.github.bitterling.vmx.model;

import io.github.bitterling.frontend.Feature;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A processor as data; each model is one text, see {@link ModelReader}.
 *
 * @param name as on the command line
 * @param summary one line for people
 * @param brand CPUID leaves 80000002 to 80000004, at most 47 characters
 * @param signature CPUID leaf 1 EAX: family, model, stepping
 * @param platform IA32_PLATFORM_ID bits 52:50
 * @param ratio TSC frequency over bus clock
 * @param microcode revision in force after reset
 * @param cores cores present
 * @param physicalBits MAXPHYADDR
 * @param linearBits width of linear addresses
 * @param lastLeaf highest basic CPUID leaf
 * @param features what is announced, and therefore there
 * @param cr4Bits bits that may be set
 * @param eferBits bits that exist
 * @param xcr0Bits bits that may be set; 0 without XSAVE
 * @param xssBits bits of IA32_XSS that may be set
 * @param leaves fixed CPUID answers (EAX, EBX, ECX, EDX) with the features in them, by {@link
 *     #leafKey}
 * @param msrs stored MSRs that differ from the family's
 * @param vmx VMX capability MSRs by number
 */
public record CpuModel(
    String name,
    String summary,
    String brand,
    int signature,
    int platform,
    int ratio,
    int microcode,
    int cores,
    int physicalBits,
    int linearBits,
    int lastLeaf,
    Set<Feature> features,
    long cr4Bits,
    long eferBits,
    long xcr0Bits,
    long xssBits,
    Map<Long, int[]> leaves,
    List<MsrRow> msrs,
    Map<Integer, Long> vmx) {

  /** Bus clock of Bay Trail at 83.33 MHz, in hertz; the local APIC timer counts it. */
  public static final long BUS_HERTZ = 83_333_333;

  /** TSC frequency of the board's own processor: ratio 23. */
  public static final long TSC_HERTZ = BUS_HERTZ * 23;

  /** The board's own processor. */
  public static final String DEFAULT = "e3845";

  private static final int[] ZERO = new int[4];

  public CpuModel {
    if (cores < 1 || cores > 8) {
      throw new IllegalArgumentException("1 to 8 cores are possible, asked for " + cores);
    }
    features = Set.copyOf(features);
    leaves = Map.copyOf(leaves);
    msrs = List.copyOf(msrs);
    vmx = Map.copyOf(vmx);
  }

  /** Names of all models, the default first. */
  public static List<String> names() {
    return List.of(DEFAULT, "x86-64-v3", "x86-64-full", "e3825");
  }

  /**
   * The model of a name.
   *
   * @throws IllegalArgumentException for an unknown name; the message lists the models
   */
  public static CpuModel of(String name, int cores) {
    return new ModelReader(text(name)).read(cores);
  }

  /** The text of a model. */
  static String text(String name) {
    return switch (name) {
      case DEFAULT -> E3845.TEXT;
      case "x86-64-v3" -> X8664V3.TEXT;
      case "e3825" -> E3825.TEXT;
      case "x86-64-full" -> X8664Full.TEXT;
      default ->
          throw new IllegalArgumentException(
              "there is no processor model \""
                  + name
                  + "\"; expected one of "
                  + String.join(", ", names()));
    };
  }

  /** Atom E3845 (Bay Trail-I, Silvermont), stepping D0. */
  public static CpuModel e3845(int cores) {
    return of(DEFAULT, cores);
  }

  /** TSC frequency. */
  public long tscHertz() {
    return BUS_HERTZ * ratio;
  }

  /** APIC ids are even: each two-core module leaves room for a second thread. */
  public int apicId(int core) {
    return 2 * core;
  }

  public boolean has(Feature feature) {
    return features.contains(feature);
  }

  /** Key of {@link #leaves}. */
  public static long leafKey(int leaf, int subleaf) {
    return (long) leaf << 32 | subleaf & 0xFFFFFFFFL;
  }

  /** Fixed part of a CPUID answer, not to be changed: EAX, EBX, ECX, EDX. */
  public int[] leaf(int leaf, int subleaf) {
    return leaves.getOrDefault(leafKey(leaf, subleaf), ZERO);
  }
}
