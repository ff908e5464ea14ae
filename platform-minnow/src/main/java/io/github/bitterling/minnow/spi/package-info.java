/** The SPI flash part and the controller in front of it. */
package io.github.bitterling.minnow.spi;
