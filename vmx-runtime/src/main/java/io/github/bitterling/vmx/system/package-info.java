/**
 * Everything an instruction helper does: segments, transfers, events, control registers, MSRs,
 * ports, strings.
 */
package io.github.bitterling.vmx.system;
