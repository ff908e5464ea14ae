package io.github.bitterling.flash.cbfs;

/**
 * The stage attribute ("StgH").
 *
 * @param loadAddress physical address of the first byte
 * @param entryOffset entry, counted from the load address
 * @param memorySize bytes in memory; what the data leave is zero
 */
public record StageInfo(long loadAddress, long entryOffset, long memorySize) {}
