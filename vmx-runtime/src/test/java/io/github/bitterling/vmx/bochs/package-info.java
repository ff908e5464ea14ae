/** Debian's Bochs as an oracle for programs of our own: no display, no BIOS but ours. */
package io.github.bitterling.vmx.bochs;
