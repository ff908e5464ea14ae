package io.github.bitterling.flash.hypervisor;

import java.util.List;
import java.util.SortedSet;

/**
 * One virtual machine of {@link HypervisorConfig}.
 *
 * @param name the section's name; "primary" for the first
 * @param line line of the section
 * @param payload CBFS name of its program; empty when not given
 * @param cores numbers of its cores; empty for the primary VM, which has those that are left
 * @param memory bytes; 0 for the primary VM
 * @param ports I/O ports of its own
 * @param mmio registers of its own, whole pages
 */
public record VmConfig(
    String name,
    int line,
    String payload,
    SortedSet<Integer> cores,
    long memory,
    List<Range> ports,
    List<Range> mmio) {}
