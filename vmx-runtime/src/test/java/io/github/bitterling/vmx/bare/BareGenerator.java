package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.CODE;
import static io.github.bitterling.vmx.bare.BareLayout.DATA;

import io.github.bitterling.vmx.bare.BareDraw.Mode;
import java.util.List;
import java.util.Random;

/**
 * Random cases: a mode with its tables, one to four instructions, operands and stack contents that
 * are often meaningful, and a few mutations of descriptors, gates and page-table entries. Memory is
 * as {@link BareLayout} has it; stacks of rings 0 to 3 are in 6000-7FFF.
 */
final class BareGenerator {
  private static final long NO_BREAKPOINTS = 0x400;

  private final BareDraw draw;
  private final List<Mode> modes;
  private final BareTables tables;
  private final BareRegisters registers;
  private final BareDebug debug;
  private final BarePaging paging;

  BareGenerator(long seed, List<Mode> modes) {
    draw = new BareDraw(new Random(seed));
    this.modes = modes;
    tables = new BareTables(draw);
    registers = new BareRegisters(draw);
    debug = new BareDebug(draw);
    paging = new BarePaging(draw);
  }

  BareCase next() {
    BareCase c = new BareCase();
    Mode mode = modes.get(draw.random.nextInt(modes.size()));
    draw.c = c;
    draw.mode = mode;
    draw.cpl = mode == Mode.REAL ? 0 : mode == Mode.V86 ? 3 : draw.pick(0, 0, 3, 3, 1, 2);
    for (int i = 0; i < 16; i++) {
      c.state.reg[i] = draw.value();
    }
    tables.fill();
    registers.fill();
    debug.fill();
    paging.fill();
    for (int i = 0; i < BareDraw.LDT_ENTRIES * 2; i++) {
      c.put(DATA + 8 * i, draw.pointer(), 8);
    }
    BareCode code = instructions();
    byte[] bytes = code.bytes();
    c.put(CODE, bytes);
    c.put(CODE + bytes.length, 0x90, 1);
    narrow();
    c.name = mode + " cpl" + draw.cpl + " " + code.name();
    return c;
  }

  /** Registers as the mode can hold them. */
  private void narrow() {
    long[] reg = draw.c.state.reg;
    for (int i = 0; i < 16 && draw.mode != Mode.LONG; i++) {
      reg[i] = i < 8 ? reg[i] & 0xFFFFFFFFL : 0;
    }
  }

  private BareCode instructions() {
    int count = draw.chance(3) ? 2 + draw.random.nextInt(3) : 1;
    BareCode code = new BareCode(draw, count);
    BareTransfers transfers = new BareTransfers(draw, code);
    BareSystem system = new BareSystem(draw, code, debug);
    BareAccesses accesses = new BareAccesses(draw, code);
    if (draw.chance(40)
        && draw.cpl == 0
        && draw.c.state.cr3 != 0
        && draw.c.state.dr7 == NO_BREAKPOINTS) {
      accesses.remap();
      return code;
    }
    draw.c.state.reg[0] = draw.chance(3) ? draw.value() : draw.selector();
    for (int n = 0; n < count; n++) {
      code.begin();
      if (n > 0 || !withRegisters(transfers, system, accesses)) {
        instruction(transfers, system, accesses);
      }
      code.end();
    }
    return code;
  }

  /** Ports, MSRs and counts are in registers, which other instructions before would change. */
  private boolean withRegisters(BareTransfers transfers, BareSystem system, BareAccesses accesses) {
    switch (draw.random.nextInt(24)) {
      case 0 -> transfers.systemCall();
      case 1 -> system.modelRegister();
      case 2, 3 -> accesses.port();
      default -> {
        return false;
      }
    }
    return true;
  }

  private void instruction(BareTransfers transfers, BareSystem system, BareAccesses accesses) {
    switch (draw.random.nextInt(21)) {
      case 0, 1 -> transfers.segmentMove();
      case 2 -> transfers.segmentStack();
      case 3 -> transfers.farPointer();
      case 4, 5 -> transfers.farBranch();
      case 6, 7 -> transfers.farReturn();
      case 8, 9 -> transfers.interrupt();
      case 10, 11 -> system.query();
      case 12 -> system.tables();
      case 13 -> system.controlRegister();
      case 14 -> system.debugRegister();
      case 15, 16 -> system.flagInstruction();
      case 17 -> system.system();
      default -> accesses.memory();
    }
  }
}
