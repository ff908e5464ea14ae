/**
 * The low-power subsystem: two DMA engines, seven I2C masters, two fast serial ports, an SPI master
 * and two pulse-width modulators, as PCI functions. On the board's headers nothing is plugged in.
 */
package io.github.bitterling.minnow.lpss;
