/** The command {@code bitterling}. */
package io.github.bitterling.minnow.cli;
