/** The two compressed forms coreboot 4.15 reads: LZMA with the 13-byte header, and LZ4 frames. */
package io.github.bitterling.flash.compress;
