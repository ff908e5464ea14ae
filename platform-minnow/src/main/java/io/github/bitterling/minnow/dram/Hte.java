package io.github.bitterling.minnow.dram;

import io.github.bitterling.minnow.sideband.SidebandUnit;
import io.github.bitterling.vmx.time.VirtualTime;
import java.util.function.IntPredicate;

/**
 * The pattern engine (sideband port 0Dh): writes and compares bursts and flags the lanes that fail,
 * or fills memory. Names follow its uses; Intel publishes none. Test bursts leave memory as it is.
 * Bursts of reads compare only while the DRAMs give their predefined pattern.
 */
final class Hte {
  static final int PORT = 0x0D;

  private static final int CONTROL = 0x11;
  private static final int STATUS = 0x12;
  private static final int FIRST_LINE = 0x21;
  private static final int LAST_LINE = 0x22;
  private static final int PATTERN_SELECT = 0x61;
  private static final int PATTERN = 0x80;
  private static final int ERROR_CONTROL = 0xA1;
  private static final int ERROR_MASK = 0xA2; // DQ 31:0, DQ 63:32, ECC
  private static final int ERRORS = 0xA5; // DQ 31:0, DQ 63:32
  private static final int FAILED_LANES = 0xA7;

  private static final int START = 1 << 8;
  private static final int READ_ONLY = 1 << 24;
  private static final int TEST = 1 << 28;
  private static final int BUSY = 1 << 30;
  private static final int CLEAR_ERRORS = 1 << 8;

  private static final int LINE = 64;
  private static final int DATA_LANES = 8;

  final SidebandUnit unit = new SidebandUnit("HTE");
  private final MemoryController controller;
  private final VirtualTime time;
  private long done;

  Hte(MemoryController controller, VirtualTime time) {
    this.controller = controller;
    this.time = time;
    unit.register("CONTROL", CONTROL).onWrite(this::control);
    unit.register("STATUS", STATUS).onRead(v -> busy() ? v | BUSY : v & ~BUSY);
    unit.register("FIRST_LINE", FIRST_LINE);
    unit.register("LAST_LINE", LAST_LINE);
    unit.register("PATTERN_SELECT", PATTERN_SELECT);
    unit.register("ERROR_CONTROL", ERROR_CONTROL).onWrite(this::errorControl);
    unit.register("FAILED_LANES", FAILED_LANES);
  }

  void reset() {
    done = 0;
  }

  private boolean busy() {
    return time.now() < done;
  }

  private void control(int value) {
    unit.set(CONTROL, value & ~START);
    if ((value & START) == 0 || busy()) {
      return;
    }
    controller.begun();
    if ((value & TEST) == 0) {
      fill();
    } else if ((value & READ_ONLY) == 0) {
      // Every loop writes a line and reads it back
      test(2 * loops(value), lane -> !controller.passes(lane));
    } else {
      test(loops(value), controller::misreadsPattern);
    }
  }

  /** Busy as long as so many bytes take. */
  private void occupied(long bytes) {
    done = time.now() + bytes * (time.frequency() / 1000) / (controller.bandwidth() / 1000) + 1;
  }

  private static int loops(int value) {
    return value >>> 16 & 0xFF;
  }

  private void test(int lines, IntPredicate fails) {
    occupied((long) lines * LINE);
    for (int n = 0; n < DdrPhy.LANES; n++) {
      if (counted(n) && fails.test(n)) {
        fail(n);
      }
    }
  }

  /** A lane's errors count where a bit of it is not masked. */
  private boolean counted(int lane) {
    return (unit.get(ERROR_MASK + lane / 4) >>> 8 * (lane % 4) & 0xFF) != 0;
  }

  private void fail(int lane) {
    if (lane < DATA_LANES) {
      int register = ERRORS + lane / 4;
      unit.set(register, unit.get(register) | 0xFF << 8 * (lane % 4));
    }
    int flag = lane < DATA_LANES ? 1 << 8 + lane : 1;
    unit.set(FAILED_LANES, unit.get(FAILED_LANES) | flag);
  }

  private void errorControl(int value) {
    if ((value & CLEAR_ERRORS) != 0) {
      unit.set(ERROR_CONTROL, value & ~CLEAR_ERRORS);
      unit.set(ERRORS, 0);
      unit.set(ERRORS + 1, 0);
      unit.set(FAILED_LANES, 0);
    }
  }

  private void fill() {
    long first = unit.get(FIRST_LINE) & 0xFFFF_FFFFL;
    long end = (unit.get(LAST_LINE) & 0xFFFF_FFFFL) + 1;
    occupied(Math.max(0, end - first) * LINE);
    controller.fill(first * LINE, end * LINE, line());
  }

  /** Pattern 0 is zeros; the others are taken for the sixteen pattern words, line by line. */
  private long[] line() {
    long[] line = new long[LINE / 8];
    for (int i = 0; i < line.length && unit.get(PATTERN_SELECT) != 0; i++) {
      long low = unit.get(PATTERN + 2 * i) & 0xFFFF_FFFFL;
      line[i] = low | (long) unit.get(PATTERN + 2 * i + 1) << 32;
    }
    return line;
  }
}
