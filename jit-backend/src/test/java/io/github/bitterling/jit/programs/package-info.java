/** Random programs of many blocks, interpreter against JIT. */
package io.github.bitterling.jit.programs;
