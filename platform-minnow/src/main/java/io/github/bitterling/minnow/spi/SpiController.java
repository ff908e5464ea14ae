package io.github.bitterling.minnow.spi;

import io.github.bitterling.minnow.bus.MmioDevice;
import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;

/**
 * The SPI controller at SBASE (E3800 datasheet, "PCU SPI memory mapped registers"): hardware
 * sequencing (HSFS/HSFC), software sequencing (SSFS/SSFC with its opcode menu), protected ranges,
 * and the write enable of BCR. Cycles complete at once. Programming and erasing need BCR bit 0; a
 * refused cycle sets the access error and the cycle error.
 */
public final class SpiController implements MmioDevice {
  private static final int FDONE = 1;
  private static final int FCERR = 2;
  private static final int AEL = 4;
  private static final int BLOCK_4K = 1 << 3;
  private static final int DESCRIPTOR_VALID = 1 << 14;
  private static final int LOCKED = 1 << 15;
  private static final int SOFT_DONE = 4;
  private static final int SOFT_ERROR = 8;
  private static final int SOFT_ACCESS_ERROR = 0x10;

  // BCR
  private static final int WRITE_ENABLE = 1;
  private static final int WRITE_LOCK = 1 << 1;

  private static final long DESCRIPTOR_SIGNATURE = 0x0FF0_A55AL;

  private final FlashPart part;
  private final RegisterFile registers = new RegisterFile("SPI", 0x200);
  private final Register status;
  private final Register control;
  private final Register address;
  private final Register softStatus;
  private final Register softControl;
  private final Register prefixes;
  private final Register types;
  private final Register menu;
  private final Register writeControl;
  private final Register[] regions = new Register[5];
  private final Register[] protectedRanges = new Register[5];
  private final Runnable smi;
  private boolean flashLocked;
  private long writeControlBefore;

  /**
   * @param smi software has set the write enable while it is locked: SMI# with SPI_STS
   */
  public SpiController(FlashPart part, Runnable smi) {
    this.part = part;
    this.smi = smi;
    status = registers.register("HSFS", 0x04, 2, 0x2000 | BLOCK_4K, LOCKED).clearedByOne(7);
    control = registers.register("HSFC", 0x06, 2, 0, 0xBF06);
    address = registers.register("FADDR", 0x08, 4, 0, 0x01FF_FFFF);
    registers.storage(0x10, 0x40);
    registers.register("FRAP", 0x50, 4, 0xFFFF, 0xFFFF_0000L);
    for (int i = 0; i < 5; i++) {
      regions[i] = registers.readOnly("FREG" + i, 0x54 + 4 * i, 4, 0);
      protectedRanges[i] = registers.register("PR" + i, 0x74 + 4 * i, 4, 0, 0x9FFF_9FFFL);
    }
    softStatus = registers.register("SSFS", 0x90, 1, 0, 0).clearedByOne(0x1C);
    softControl = registers.register("SSFC", 0x91, 2, 0, 0xFF7C);
    registers.register("SSFC2", 0x93, 1, 0xF8, 0x07);
    prefixes = registers.register("PREOP", 0x94, 2, 0, 0xFFFF);
    types = registers.register("OPTYPE", 0x96, 2, 0, 0xFFFF);
    menu = registers.register("OPMENU", 0x98, 8, 0, -1L);
    Register observe = registers.register("FDOC", 0xB0, 4, 0, 0x7FFC);
    registers.readOnly("FDOD", 0xB4, 4, 0).onRead(() -> descriptor((int) observe.get()));
    registers.register("LVSCC", 0xC4, 4, 0, 0x00FF_FFFFL);
    registers.register("UVSCC", 0xC8, 4, 0, 0x00FF_FFFFL);
    registers.register("SCS", 0xF8, 4, 0, 0xFFFF_FFFFL);
    writeControl = registers.register("BCR", 0xFC, 4, 0x20, 0x2F);
    writeControl.onWrite((v, raw) -> writeEnable());
    status.onWrite((v, raw) -> lock(raw));
    control.onWrite((v, raw) -> hardwareCycle(raw));
    softControl.onWrite((v, raw) -> softwareCycle(raw));
    loadDescriptor();
  }

  public void reset() {
    flashLocked = false;
    registers.reset();
    writeControlBefore = writeControl.get();
    part.reset();
    loadDescriptor();
  }

  /**
   * LE stays until reset; while it is set, the write enable comes with an SMI that may take it
   * back.
   */
  private void writeEnable() {
    boolean locked = (writeControlBefore & WRITE_LOCK) != 0;
    writeControl.setBits(WRITE_LOCK, locked || writeControl.has(WRITE_LOCK));
    boolean rises = (writeControlBefore & WRITE_ENABLE) == 0 && writeControl.has(WRITE_ENABLE);
    writeControlBefore = writeControl.get();
    if (locked && rises) {
      smi.run();
    }
  }

  /** With a valid descriptor the region registers come from it, as after every platform reset. */
  private void loadDescriptor() {
    boolean valid = part.read32(0x10) == DESCRIPTOR_SIGNATURE;
    status.setBits(DESCRIPTOR_VALID, valid);
    for (int i = 0; i < 5; i++) {
      long absent = i == 1 ? 0x07FF_0000L : 0x1FFF;
      regions[i].set(valid ? part.read32(regionTable() + 4 * i) & 0x1FFF_1FFFL : absent);
    }
  }

  private int regionTable() {
    return (int) (part.read32(0x14) >>> 16 & 0xFF) << 4;
  }

  /** FDOC picks section (14:12) and dword (11:2) of the descriptor. */
  private long descriptor(int select) {
    int map0 = (int) part.read32(0x14);
    int map1 = (int) part.read32(0x18);
    int base =
        switch (select >>> 12 & 7) {
          case 0 -> 0x10;
          case 1 -> (map0 & 0xFF) << 4;
          case 2 -> regionTable();
          case 3 -> (map1 & 0xFF) << 4;
          default -> (map1 >>> 16 & 0xFF) << 4;
        };
    return part.read32(base + (select & 0xFFC));
  }

  @Override
  public long read(int offset, int width) {
    return registers.read(offset, width);
  }

  @Override
  public void write(int offset, int width, long value) {
    if (!locked(offset)) {
      registers.write(offset, width, value);
    }
  }

  /** FLOCKDN can be set and stays set until reset. */
  private void lock(long written) {
    flashLocked |= (written & LOCKED) != 0;
    status.setBits(LOCKED, flashLocked);
  }

  /** FLOCKDN freezes the opcode menu and the protected ranges until reset. */
  private boolean locked(int offset) {
    boolean frozen = offset >= 0x94 && offset < 0xA0 || offset >= 0x74 && offset < 0x88;
    return frozen && flashLocked;
  }

  private void hardwareCycle(long written) {
    if ((written & 1) == 0) {
      return;
    }
    int length = (int) (control.get() >>> 8 & 0x3F) + 1;
    int at = (int) address.get() & FlashPart.SIZE - 1;
    boolean done =
        switch ((int) control.get() >>> 1 & 3) {
          case 0 -> hardwareRead(at, length);
          case 2 -> change(0x02, at, data(length));
          case 3 -> change(0x20, at, new byte[0]);
          default -> false;
        };
    status.setBits(done ? FDONE : FDONE | FCERR | AEL, true);
  }

  private boolean hardwareRead(int at, int length) {
    result(part.command(0x03, at, new byte[0], length));
    return true;
  }

  private boolean change(int opcode, int at, byte[] data) {
    if (!mayChange(at)) {
      return false;
    }
    part.command(0x06, 0, new byte[0], 0);
    part.command(opcode, at, data, 0);
    return true;
  }

  private boolean mayChange(int at) {
    boolean allowed = writeControl.has(WRITE_ENABLE);
    for (Register range : protectedRanges) {
      long v = range.get();
      long page = at >>> 12;
      boolean covered = page >= (v & 0x1FFF) && page <= (v >>> 16 & 0x1FFF);
      allowed &= (v & 0x8000_0000L) == 0 || !covered;
    }
    return allowed;
  }

  private void softwareCycle(long written) {
    if ((written & 2) == 0) {
      return;
    }
    long c = softControl.get();
    int slot = (int) (c >>> 4) & 7;
    int opcode = (int) (menu.get() >>> 8 * slot) & 0xFF;
    int type = (int) (types.get() >>> 2 * slot) & 3;
    int length = (c & 0x4000) != 0 ? (int) (c >>> 8 & 0x3F) + 1 : 0;
    boolean writes = (type & 1) != 0;
    int at = type >= 2 ? (int) address.get() & FlashPart.SIZE - 1 : 0;
    if (writes && changesContents(opcode) && !mayChange(at)) {
      softStatus.setBits(SOFT_DONE | SOFT_ERROR | SOFT_ACCESS_ERROR, true);
      return;
    }
    if ((c & 4) != 0) {
      prefix((int) (c >>> 3) & 1);
    }
    byte[] answer =
        part.command(opcode, at, writes ? data(length) : new byte[0], writes ? 0 : length);
    if (!writes) {
      result(answer);
    }
    softStatus.setBits(SOFT_DONE, true);
  }

  private static boolean changesContents(int opcode) {
    return switch (opcode) {
      case 0x02, 0x20, 0x52, 0xD8, 0xC7, 0x60 -> true;
      default -> false;
    };
  }

  private void prefix(int which) {
    part.command((int) (prefixes.get() >>> 8 * which) & 0xFF, 0, new byte[0], 0);
  }

  private byte[] data(int length) {
    byte[] data = new byte[length];
    for (int i = 0; i < length; i++) {
      data[i] = (byte) registers.peek(0x10 + i, 1);
    }
    return data;
  }

  private void result(byte[] answer) {
    for (int i = 0; i < answer.length; i++) {
      registers.poke(0x10 + i, 1, answer[i]);
    }
  }

  public void dump(StringBuilder out) {
    registers.dump(out);
  }
}
