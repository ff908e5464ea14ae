/** {@code bitterling flash}: build, describe, take apart and check flash images. */
package io.github.bitterling.minnow.cli.flash;
