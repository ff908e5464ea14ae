/** The message network behind the host bridge, and the units on it as sets of registers. */
package io.github.bitterling.minnow.sideband;
