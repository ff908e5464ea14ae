/**
 * PCI configuration space: functions with their BARs and interrupt pins, and the two ways to reach
 * them.
 */
package io.github.bitterling.minnow.pci;
