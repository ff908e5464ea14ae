/** The devices of the board, one class each; they know offsets and wires, never addresses. */
package io.github.bitterling.minnow.device;
