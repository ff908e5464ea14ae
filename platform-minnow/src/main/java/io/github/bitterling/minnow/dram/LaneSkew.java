package io.github.bitterling.minnow.dram;

/**
 * What board, package and DRAM make of one byte lane.
 *
 * @param receiveEnable when the first strobe edge of a read arrives: the RCVN delay, in PI, that
 *     samples it
 * @param writeStrobe WDQS delay, in PI, with which the strobe of a write meets its clock edge at
 *     the DRAM
 * @param readStrobe RDQS codes at which read data is taken rightly
 * @param vref VREF steps, -8 to 31, of the read eye at its highest
 * @param writeData how far WDQ may be before WDQS, in PI
 */
public record LaneSkew(
    int receiveEnable, int writeStrobe, Window readStrobe, Window vref, Window writeData) {}
