/** The MinnowBoard Turbot: wiring of bus, processors' side and devices. */
package io.github.bitterling.minnow;
