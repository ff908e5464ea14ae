/**
 * Memory controller and DDR3 PHY as firmware trains them: sideband units, byte lanes with their
 * skews, pattern engine, DRAM mode registers. Delays and skews are in PI: 1/128 of a memory clock.
 */
package io.github.bitterling.minnow.dram;
