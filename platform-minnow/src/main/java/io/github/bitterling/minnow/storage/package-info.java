/** Disk images as the board's drives see them: sectors of a file, with or without its changes. */
package io.github.bitterling.minnow.storage;
