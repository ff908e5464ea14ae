/** The flash map: named areas of the flash. */
package io.github.bitterling.flash.fmap;
