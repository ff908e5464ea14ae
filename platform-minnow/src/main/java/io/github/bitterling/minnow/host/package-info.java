/** The only place where the host's clock and memory figures are read. */
package io.github.bitterling.minnow.host;
