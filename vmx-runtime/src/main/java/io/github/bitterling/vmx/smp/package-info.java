/** The cores of one machine on one thread of the host. */
package io.github.bitterling.vmx.smp;
