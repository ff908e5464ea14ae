/** Whole machines: images in, serial text and results out. */
package io.github.bitterling.minnow.e2e;
