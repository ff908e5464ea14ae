/** The HD audio controller. */
package io.github.bitterling.minnow.audio;
