package io.github.bitterling.minnow.machine;

/**
 * A step of the boot.
 *
 * @param guestSeconds since power-on
 * @param wallSeconds since the process started
 * @param instructions retired by all cores
 */
public record Milestone(String name, double guestSeconds, double wallSeconds, long instructions) {}
