/** A whole machine as the command sees it: what to build, how long to run, what came of it. */
package io.github.bitterling.minnow.machine;
