package io.github.bitterling.flash.hypervisor;

/**
 * Ports, or bytes of memory-mapped registers.
 *
 * @param first first one
 * @param last last one, included
 */
public record Range(long first, long last) {
  boolean overlaps(Range other) {
    return first <= other.last && other.first <= last;
  }
}
