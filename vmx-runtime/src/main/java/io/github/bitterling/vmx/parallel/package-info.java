/**
 * Cores that run at the same time, each on a host thread: the lock around what they share, and the
 * units of a processor behind it.
 */
package io.github.bitterling.vmx.parallel;
