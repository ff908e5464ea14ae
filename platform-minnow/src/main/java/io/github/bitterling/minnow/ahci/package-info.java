/** The SATA controller, and the disks and CD-ROM drives on it. */
package io.github.bitterling.minnow.ahci;
