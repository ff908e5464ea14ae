package io.github.bitterling.frontend.decode;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Names of instructions with VEX prefixes: objdump's and the table's. */
final class VexNames {
  private final Set<String> known = new HashSet<>();

  VexNames(InstructionTable table) {
    for (int r = 0; r < table.size(); r++) {
      if ((table.attributes(r) & Attr.VEX) != 0) {
        known.addAll(List.of(table.mnemonic(r).split("/")));
      }
    }
  }

  /** Whether the table has rows of that name. */
  boolean known(String theirs) {
    return known.contains(plain(theirs));
  }

  /** Names with the predicate in them, as their rows have them. */
  static String plain(String theirs) {
    return theirs
        .replaceAll("^vcmp[a-z0-9]+(_[a-z]+)?([ps][sd])$", "vcmp$2")
        .replaceAll("^(vpcmpestr[im])q$", "$1")
        .replaceAll("^vpclmul[lh]q[lh]qdq$", "vpclmulqdq");
  }

  /**
   * VAES and VPCLMULQDQ have the vectors of 32 bytes; VPEXTRQ and VPINSRQ need 64-bit mode, with
   * VEX.W = 1 outside it the instruction is undefined. VEX.pp or L that make it undefined, which
   * objdump does not mind, with four instructions.
   */
  static boolean undefined(String text) {
    return text.matches(".*vp(extr|insr)d .*")
        || text.matches(".*v(aes|pclmul).*ymm.*")
        || text.matches(".*v(zero(all|upper)|(ld|st)mxcsr).*");
  }
}
