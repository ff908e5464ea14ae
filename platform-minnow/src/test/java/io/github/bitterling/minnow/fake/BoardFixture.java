package io.github.bitterling.minnow.fake;

import io.github.bitterling.minnow.BoardConfig;
import io.github.bitterling.minnow.MinnowBoard;
import io.github.bitterling.minnow.bus.Dma;
import io.github.bitterling.minnow.dram.DramSetup;
import io.github.bitterling.minnow.spi.FlashPart;
import io.github.bitterling.minnow.storage.Disk;
import io.github.bitterling.minnow.storage.Medium;
import io.github.bitterling.minnow.storage.Place;
import io.github.bitterling.vmx.bus.SystemBus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A whole board with fake processors; the flash holds a counting pattern. */
public final class BoardFixture implements AutoCloseable {
  public final FakeTime time = new FakeTime();
  public final FakeProcessors processors = new FakeProcessors();
  public final StringBuilder serial = new StringBuilder();
  public final StringBuilder debug = new StringBuilder();
  public final List<Integer> posts = new ArrayList<>();
  public final MinnowBoard board;
  public final SystemBus bus;

  public BoardFixture() {
    this(BoardConfig.DEFAULT_MEMORY, List.of());
  }

  /** With SATA disks. */
  public BoardFixture(long memory, List<Disk> disks) {
    this(disks.stream().map(d -> new Medium(Place.SATA_DISK, d)).toList(), memory);
  }

  public BoardFixture(List<Medium> media, long memory) {
    this(media, memory, DramSetup.DEFAULT);
  }

  /** With another board's memory. */
  public BoardFixture(List<Medium> media, long memory, DramSetup dram) {
    BoardConfig config =
        new BoardConfig(
            memory,
            dram,
            pattern(),
            media,
            Optional.empty(),
            b -> serial.append((char) b),
            () -> -1,
            b -> debug.append((char) b),
            posts::add);
    board = new MinnowBoard(config, time, processors);
    board.connect(processors, processors);
    bus = board.bus();
  }

  /** Memory as a device of the board reaches it. */
  public Dma dma() {
    return (Dma) bus;
  }

  /** Byte i of the flash is {@code i * 31 + (i >> 12)}. */
  public static byte[] pattern() {
    byte[] image = new byte[FlashPart.SIZE];
    for (int i = 0; i < image.length; i++) {
      image[i] = (byte) (i * 31 + (i >> 12));
    }
    return image;
  }

  /** Configuration read through CF8h/CFCh. */
  public int pciRead(int device, int function, int offset, int width) {
    bus.writePort(0xCF8, 4, 0x8000_0000 | device << 11 | function << 8 | offset & 0xFC);
    return bus.readPort(0xCFC + (offset & 3), width);
  }

  public void pciWrite(int device, int function, int offset, int width, int value) {
    bus.writePort(0xCF8, 4, 0x8000_0000 | device << 11 | function << 8 | offset & 0xFC);
    bus.writePort(0xCFC + (offset & 3), width, value);
  }

  /** Sideband write of a whole register. */
  public void sidebandWrite(int opcode, int port, int register, int value) {
    pciWrite(0, 0, 0xD8, 4, register & 0xFFFF_FF00);
    pciWrite(0, 0, 0xD4, 4, value);
    pciWrite(0, 0, 0xD0, 4, opcode << 24 | port << 16 | (register & 0xFF) << 8 | 0xF0);
  }

  public int sidebandRead(int opcode, int port, int register) {
    pciWrite(0, 0, 0xD8, 4, register & 0xFFFF_FF00);
    pciWrite(0, 0, 0xD0, 4, opcode << 24 | port << 16 | (register & 0xFF) << 8 | 0xF0);
    return pciRead(0, 0, 0xD4, 4);
  }

  /** The base registers as firmware programs them. */
  public void programBases() {
    pciWrite(0x1F, 0, 0x40, 4, 0x402);
    pciWrite(0x1F, 0, 0x44, 4, 0xFED0_3002);
    pciWrite(0x1F, 0, 0x48, 4, 0x502);
    pciWrite(0x1F, 0, 0x4C, 4, 0xFED0_C002);
    pciWrite(0x1F, 0, 0x50, 4, 0xFED0_8002);
    pciWrite(0x1F, 0, 0x58, 4, 0xFEF0_0002);
    pciWrite(0x1F, 0, 0x5C, 4, 0xFED0_5002);
    pciWrite(0x1F, 0, 0xF0, 4, 0xFED1_C001);
    pciWrite(0x1F, 0, 0x80, 4, 1);
  }

  @Override
  public void close() {
    board.close();
  }
}
