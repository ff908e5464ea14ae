package io.github.bitterling.vmx.bare;

/**
 * RF of saved flags and DR6 as Bochs has them: it clears RF before the first instruction of a page
 * or behind a jump, sets it for every fault but #DB, #DF among them, and gathers in DR6 what it
 * meets until a #DB comes.
 */
final class BareDebugState {
  private static final long RF = 1 << 16;
  private static final long TF = 1 << 8;
  private static final long BREAKPOINTS = 0xF;
  private static final long BD = 1 << 13;
  private static final long BS = 1 << 14;
  private static final long BT = 1 << 15;
  private static final long ENABLES = 0xFF;

  private BareDebugState() {}

  /** What Bochs makes of an outcome that it agrees with in everything else. */
  static BareOutcome asBochs(BareCase c, BareOutcome ours) {
    BareOutcome o = ours.copy();
    long status = c.state.dr6;
    BareStep previous = null;
    for (BareStep step : ours.steps) {
      boolean repeats = previous != null && previous.repeats();
      saved(c, o, step, repeats);
      status = status(step, status, repeats);
      previous = step;
    }
    o.state.dr6 = status;
    return o;
  }

  /** SDM volume 3, 18.3.1.1. */
  private static void saved(BareCase c, BareOutcome o, BareStep step, boolean repeats) {
    for (BareStep.Image saved : step.images()) {
      if (saved.at() < 0) {
        continue;
      }
      long image = o.get(c, saved.at(), 4);
      long bochs =
          switch (saved.kind()) {
            case DOUBLE_FAULT -> image | RF;
            case SOFTWARE, DEBUG_FAULT -> image & ~RF;
            case DEBUG_TRAP -> repeats ? image & ~RF : image;
            default -> image;
          };
      o.put(c, saved.at(), bochs, 4);
    }
  }

  /** DR6 after a step (SDM volume 3, 17.2.3), from Bochs's before it. */
  private static long status(BareStep step, long bochs, boolean repeats) {
    long before = step.before().debug()[6];
    long after = step.after().debug()[6];
    if (!step.debugException()) {
      return after == before ? bochs : after;
    }
    long fresh = after & BREAKPOINTS | after & ~before & (BD | BS | BT);
    if (step.before().trap()) {
      // BT may have been there before: it is cleared and set
      fresh |= step.before().traps() & BT | (repeats ? 0 : met(step.before()));
    } else if ((after & BD) != 0 && step.before().flag(TF)) {
      fresh |= BS;
    }
    return bochs & ~(BREAKPOINTS | BT) | fresh;
  }

  /** Bits of the instruction breakpoints at the next instruction. */
  private static long met(BareStep.Point next) {
    long[] debug = next.debug();
    long bits = 0;
    for (int i = 0; i < 4; i++) {
      boolean instruction = (debug[7] >> 16 + 4 * i & 3) == 0;
      bits |= instruction && debug[i] == next.code() ? 1L << i : 0;
    }
    return next.flag(RF) || (debug[7] & ENABLES) == 0 ? 0 : bits;
  }
}
