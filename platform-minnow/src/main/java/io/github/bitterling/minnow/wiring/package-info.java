/** Board, processors and engines put together; the only package that knows all of them. */
package io.github.bitterling.minnow.wiring;
