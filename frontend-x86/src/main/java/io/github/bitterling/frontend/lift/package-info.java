/** Decoded instructions to IR. */
package io.github.bitterling.frontend.lift;
