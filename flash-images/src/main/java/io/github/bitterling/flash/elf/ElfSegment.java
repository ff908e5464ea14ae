package io.github.bitterling.flash.elf;

/**
 * One loadable segment.
 *
 * @param virtualAddress where the program was linked to run
 * @param physicalAddress where it is loaded
 * @param data bytes from the file
 * @param memorySize bytes in memory, at least as many; the rest is zero
 * @param executable whether the segment may hold code
 */
public record ElfSegment(
    long virtualAddress, long physicalAddress, byte[] data, long memorySize, boolean executable) {
  /** First physical address behind the segment. */
  public long end() {
    return physicalAddress + memorySize;
  }
}
