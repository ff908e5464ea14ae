/** x86 bytes to IR: instruction table, decoder, disassembler, lifter. */
package io.github.bitterling.frontend;
