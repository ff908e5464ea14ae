/** CBMEM, what coreboot-like firmware leaves in memory: its console and its time stamps. */
package io.github.bitterling.minnow.cbmem;
