/** Speed of the translator against native code and tier 0. */
package io.github.bitterling.benchmarks;
