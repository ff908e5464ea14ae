package io.github.bitterling.frontend.decode;

/**
 * Everything the table says about one encoding, for documentation, tests and tools; the decoder
 * works on flat arrays instead.
 *
 * @param opcode opcode column as written
 * @param mnemonic mnemonic column as written
 * @param operands operand types, at most four
 * @param attributes {@link Attr} bits
 * @param semantics key of the lifter
 * @param feature CPUID feature or ""
 * @param written flags written as defined, of the letters oszapc
 * @param read flags read
 * @param undefined flags left undefined
 * @param intercept VMX intercept or ""
 */
public record Row(
    String opcode,
    String mnemonic,
    java.util.List<Operand> operands,
    int attributes,
    Sem semantics,
    String feature,
    String written,
    String read,
    String undefined,
    String intercept) {}
