/**
 * CBFS as coreboot 4.15 lays it out: files, attributes, stages, SELF payloads, the master header.
 */
package io.github.bitterling.flash.cbfs;
