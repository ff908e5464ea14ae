/** Running guest code: blocks, tier 0, the dispatch loop. */
package io.github.bitterling.vmx.exec;
