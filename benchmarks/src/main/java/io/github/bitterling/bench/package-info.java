/** Measurements of the whole program, and tests that look across modules. */
package io.github.bitterling.bench;
