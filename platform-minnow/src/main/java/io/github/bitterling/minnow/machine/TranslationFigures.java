package io.github.bitterling.minnow.machine;

/**
 * What the translator did.
 *
 * @param blocks decoded and lifted
 * @param regions translated to bytecode
 * @param classes defined in the JVM
 * @param bytecodeBytes emitted
 * @param milliseconds spent translating, on any thread
 */
public record TranslationFigures(
    long blocks, long regions, long classes, long bytecodeBytes, double milliseconds) {
  public static final TranslationFigures NONE = new TranslationFigures(0, 0, 0, 0, 0);
}
