/** Address decode: who answers at which physical address or port, and declared device registers. */
package io.github.bitterling.minnow.bus;
