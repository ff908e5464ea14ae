/**
 * Floating point: numbers of any of the processor's formats taken apart, exact arithmetic on them,
 * one rounding step for all formats, x87 registers and instructions, SSE arithmetic on Java's own
 * where that is provably the same.
 */
package io.github.bitterling.vmx.fpu;
