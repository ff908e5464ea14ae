/**
 * 8 MiB SPI flash images: build, read, verify.
 *
 * <p>{@link io.github.bitterling.flash.FlashImage} reads, {@link
 * io.github.bitterling.flash.FlashImageBuilder} builds. Every fault of an image ends in a {@link
 * io.github.bitterling.flash.data.FlashImageException}.
 */
package io.github.bitterling.flash;
