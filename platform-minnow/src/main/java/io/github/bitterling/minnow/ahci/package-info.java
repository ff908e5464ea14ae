/** The SATA controller and the disks on it. */
package io.github.bitterling.minnow.ahci;
