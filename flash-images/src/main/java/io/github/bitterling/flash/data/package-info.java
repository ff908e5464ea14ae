/** Bytes with bounds and byte order, and the one exception of this library. */
package io.github.bitterling.flash.data;
