/** Instruction table, decoder and disassembler. */
package io.github.bitterling.frontend.decode;
