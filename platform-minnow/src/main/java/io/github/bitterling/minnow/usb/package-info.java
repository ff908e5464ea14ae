/** The xHCI controller, its root ports, and the memory sticks on them. */
package io.github.bitterling.minnow.usb;
