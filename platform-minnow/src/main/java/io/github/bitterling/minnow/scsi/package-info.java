/** SCSI targets: what the commands of a disk and of a CD-ROM drive mean, whatever carries them. */
package io.github.bitterling.minnow.scsi;
