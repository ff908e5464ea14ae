package io.github.bitterling.minnow.poll;

import io.github.bitterling.frontend.CodeSource;
import io.github.bitterling.frontend.decode.Decoder;
import io.github.bitterling.frontend.decode.Disassembler;
import io.github.bitterling.frontend.decode.Insn;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the instruction by which a loop looks at what it read: the last comparison before the first
 * conditional jump.
 */
public final class TestedBits {
  private static final int MOST_INSTRUCTIONS = 16;
  private static final Set<String> COMPARISONS = Set.of("test", "and", "bt", "cmp");
  private static final Set<String> LEAVES = Set.of("jmp", "ret", "retf", "iret", "call", "hlt");

  private TestedBits() {}

  /**
   * @param code bytes from the reading instruction on
   * @param size code size as the decoder has it
   * @return the instruction's text
   */
  public static Optional<String> in(CodeSource code, int size) {
    Decoder decoder = new Decoder();
    Optional<String> comparison = Optional.empty();
    int position = 0;
    for (int n = 0; n < MOST_INSTRUCTIONS; n++) {
      Insn insn = decoder.decode(code, position, size);
      if (insn.status() != Insn.Status.OK || LEAVES.contains(insn.mnemonic())) {
        return Optional.empty();
      }
      if (insn.mnemonic().startsWith("j")) {
        return comparison;
      }
      if (COMPARISONS.contains(insn.mnemonic())) {
        comparison = Optional.of(Disassembler.text(insn, position));
      }
      position += insn.length();
    }
    return Optional.empty();
  }
}
