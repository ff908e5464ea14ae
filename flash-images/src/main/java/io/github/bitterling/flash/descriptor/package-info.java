/** The Intel flash descriptor in the first 4 KiB of the part. */
package io.github.bitterling.flash.descriptor;
