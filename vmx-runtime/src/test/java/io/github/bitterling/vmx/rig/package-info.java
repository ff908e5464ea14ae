/** A small machine for tests of the processor: RAM, a logging port space, real units, tier 0. */
package io.github.bitterling.vmx.rig;
