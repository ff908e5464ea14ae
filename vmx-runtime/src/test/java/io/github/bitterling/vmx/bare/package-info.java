/**
 * System instructions, faults and paging compared between the processor units and a bare KVM guest.
 */
package io.github.bitterling.vmx.bare;
