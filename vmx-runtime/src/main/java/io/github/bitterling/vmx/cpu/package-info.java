/** State of one virtual processor and the seams to the units that act on it. */
package io.github.bitterling.vmx.cpu;
