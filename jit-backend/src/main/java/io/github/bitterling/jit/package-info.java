/** Guest code regions as JVM classes. */
package io.github.bitterling.jit;
