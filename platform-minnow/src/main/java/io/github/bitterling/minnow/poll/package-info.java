/** Recognises what a stopped machine was waiting for. */
package io.github.bitterling.minnow.poll;
