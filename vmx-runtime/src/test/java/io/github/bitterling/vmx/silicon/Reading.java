package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.decode.Decoder;
import io.github.bitterling.frontend.decode.Disassembler;
import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.frontend.decode.Row;
import java.util.ArrayList;
import java.util.List;

/** What the code of a trial is: rows, text and the flags that can be compared behind it. */
final class Reading {
  private final Decoder decoder = new Decoder();

  /**
   * Undefined flags behind an instruction that may be run after others.
   *
   * @param before undefined ones before it
   * @param branches whether it may have been jumped over, which leaves the ones before
   */
  static long undefined(Insn i, Row row, long before, boolean branches) {
    long written = branches || !UndefinedFlags.certain(i) ? 0 : UndefinedFlags.bits(row.written());
    return before & ~written | UndefinedFlags.possible(i, row);
  }

  private Insn at(Trial t, int offset) {
    return decoder.decode(
        p -> p < t.code.length ? t.code[p] & 0xFF : -1, offset, t.modeKey() & ModeKey.CODE_MASK);
  }

  /** Row of the first instruction. */
  Row row(Trial t) {
    return decoder.table().row(at(t, 0).row());
  }

  /** First instruction; valid until the next call. */
  Insn first(Trial t) {
    return at(t, 0);
  }

  /**
   * The instruction a trial stopped at, with bad status where it has none; valid until the next
   * call.
   */
  Insn stop(Trial t, Outcome outcome) {
    return at(t, (int) (outcome.rip - t.ip()));
  }

  /** Instructions as text. */
  String text(Trial t) {
    List<String> lines = new ArrayList<>();
    for (int offset = 0; offset < t.code.length; ) {
      Insn i = at(t, offset);
      if (i.status() != Insn.Status.OK) {
        break;
      }
      lines.add(Disassembler.text(i, t.ip() + offset));
      offset += i.length();
    }
    return String.join("; ", lines);
  }

  /** Flags that are defined where the trial stopped. */
  long comparableFlags(Trial t, Outcome host) {
    if (t.steps < 2) {
      Insn i = at(t, 0);
      return UndefinedFlags.ALL
          & ~UndefinedFlags.after(i, decoder.table().row(i.row()), (int) t.reg[1]);
    }
    boolean branches = branches(t);
    long stop = branches ? t.code.length : host.rip - t.ip();
    long undefined = 0;
    for (int offset = 0; offset < t.code.length && offset != stop; ) {
      Insn i = at(t, offset);
      undefined = undefined(i, decoder.table().row(i.row()), undefined, branches);
      offset += i.length();
    }
    return UndefinedFlags.ALL & ~undefined;
  }

  private boolean branches(Trial t) {
    for (int offset = 0; offset < t.code.length; offset += at(t, offset).length()) {
      if (Sequences.BRANCHES.contains(at(t, offset).semantics())) {
        return true;
      }
    }
    return false;
  }
}
