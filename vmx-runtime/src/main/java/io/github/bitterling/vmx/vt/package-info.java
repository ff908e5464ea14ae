/**
 * VMX (SDM volume 3, chapters 24 to 31 of the 2023 edition): VMCS, capabilities, instructions, VM
 * entries with their checks as a table, VM exits, controls and EPT. docs/vmx.md says how the parts
 * fit.
 */
package io.github.bitterling.vmx.vt;
