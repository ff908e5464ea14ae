package io.github.bitterling.minnow.storage;

/**
 * A medium and where it is.
 *
 * @param disk its contents
 */
public record Medium(Place place, Disk disk) {}
