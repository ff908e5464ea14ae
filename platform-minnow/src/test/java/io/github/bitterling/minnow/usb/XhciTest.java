package io.github.bitterling.minnow.usb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.BoardFixture;
import io.github.bitterling.minnow.fake.MemoryDisk;
import io.github.bitterling.minnow.storage.Medium;
import io.github.bitterling.minnow.storage.Place;
import io.github.bitterling.minnow.usb.XhciDriver.Event;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The controller and a memory stick on each kind of port, as a driver sees them. */
class XhciTest {
  private static final int SUPER_PORT = 7;
  private static final int HIGH_PORT = 2;
  private static final int CHANGES = 0x7F << 17;

  private final MemoryDisk disk = new MemoryDisk(2000);
  private final MemoryDisk second = new MemoryDisk(3000);
  private final BoardFixture f =
      new BoardFixture(
          List.of(new Medium(Place.USB_DISK, disk), new Medium(Place.USB_DISK, second)), 64 << 20);
  private final XhciDriver d = new XhciDriver(f, 64);

  @AfterEach
  void close() {
    f.close();
  }

  private long port(int number) {
    return d.read(portAddress(number));
  }

  private static long portAddress(int number) {
    return XhciDriver.PORTS + 0x10L * (number - 1);
  }

  private int configured() {
    d.start();
    d.events();
    return d.configure(SUPER_PORT);
  }

  @Test
  void capabilitiesAreBayTrails() {
    assertEquals(0x0100_0080L, d.read(XhciDriver.BAR));
    assertEquals(0x0700_0820L, d.read(XhciDriver.BAR + 4));
    assertEquals(0x2000_01C1L, d.read(XhciDriver.BAR + 0x10));
    long capability = XhciDriver.BAR + 0x8000;
    assertEquals(0x0200_0802L, d.read(capability));
    assertEquals(0x0000_0601L, d.read(capability + 8));
    assertEquals(0x0300_1002L, d.read(capability + 0x20));
    assertEquals(0x0000_0107L, d.read(capability + 0x28));
    assertEquals(1, d.read(capability + 0x60), "the firmware does not own it");
  }

  @Test
  void superSpeedPortTrainsByItselfHighSpeedPortWaitsForReset() {
    assertEquals(0x0002_1203L, port(SUPER_PORT));
    assertEquals(0x0002_02E1L, port(HIGH_PORT));
    assertEquals(0x2A0, port(1));
    assertEquals(0x2A0, port(3));
  }

  @Test
  void changesFromBeforeTheStartAreToldAtTheStart() {
    d.start();
    List<Event> events = d.events();
    assertEquals(2, events.size());
    assertEquals(34, events.get(0).type());
    assertEquals((long) HIGH_PORT << 24, events.get(0).parameter());
    assertEquals((long) SUPER_PORT << 24, events.get(1).parameter());
    assertEquals(0x18, d.read(XhciDriver.OPERATIONAL + 4), "event, port change");
  }

  @Test
  void resetEnablesAHighSpeedPort() {
    d.start();
    d.events();
    d.write(portAddress(HIGH_PORT), CHANGES | 0x200);
    assertEquals(0x02E1, port(HIGH_PORT));
    d.write(portAddress(HIGH_PORT), 0x210);
    d.ms(49);
    assertEquals(0x10, port(HIGH_PORT) & 0x12);
    d.ms(2);
    assertEquals(0x0020_0E03L, port(HIGH_PORT));
    assertEquals((long) HIGH_PORT << 24, d.event(34).parameter());
    d.write(portAddress(HIGH_PORT), 0x202);
    assertEquals(0, port(HIGH_PORT) & 2, "disabled by writing one");
    d.write(portAddress(1), 0x210);
    d.ms(100);
    assertEquals(0x2A0, port(1), "nothing to reset");
  }

  @Test
  void warmResetAndSuspendOfASuperSpeedPort() {
    d.start();
    d.write(portAddress(SUPER_PORT), CHANGES | 0x200);
    d.events();
    d.write(portAddress(SUPER_PORT), 0x8000_0200L);
    d.ms(20);
    assertEquals(0x0028_1203L, port(SUPER_PORT));
    d.event(34);
    d.write(portAddress(SUPER_PORT), CHANGES | 0x1_0260);
    assertEquals(0x60, port(SUPER_PORT) & 0x1E0);
    d.write(portAddress(SUPER_PORT), 0x1_0200);
    assertEquals(0x0040_1203L, port(SUPER_PORT), "link state changed");
    assertEquals((long) SUPER_PORT << 24, d.event(34).parameter());
  }

  @Test
  void deviceIsAddressedAndDescribesItself() {
    d.start();
    d.events();
    int slot = d.address(SUPER_PORT);
    assertEquals(1, slot);
    assertEquals(2L << 27 | 1, d.read(XhciDriver.OUTPUT + 12));
    assertEquals(1, d.read(XhciDriver.OUTPUT + 0x20) & 7);
    Event event = d.control(slot, 18L << 48 | 0x0100_0680L, 18);
    assertEquals(1, event.completion());
    assertEquals(0x0300_0112L, d.read(XhciDriver.BUFFER));
    assertEquals(0x0001_1209L, d.read(XhciDriver.BUFFER + 8));
  }

  @Test
  void longRequestEndsWithAShortPacketThatIsTold() {
    d.start();
    d.events();
    int slot = d.address(SUPER_PORT);
    d.put(1, 255L << 48 | 0x0200_0680L, 8, 2 << 10 | 1 << 6 | 3 << 16);
    d.put(1, XhciDriver.BUFFER, 255, 3 << 10 | 1 << 16 | 1 << 2);
    d.put(1, 0, 0, 4 << 10 | 1 << 5);
    d.ring(slot, 1);
    List<Event> events = d.events();
    assertEquals(2, events.size());
    assertEquals(13, events.get(0).completion());
    assertEquals(255 - 44, events.get(0).left());
    assertEquals(1, events.get(1).completion());
    assertEquals(44, f.bus.read(XhciDriver.BUFFER + 2, 2));
  }

  @Test
  void unknownRequestStallsUntilTheEndpointIsReset() {
    d.start();
    d.events();
    int slot = d.address(SUPER_PORT);
    Event event = d.control(slot, 0x0000_7740L, 0);
    assertEquals(6, event.completion());
    assertEquals(2, d.read(XhciDriver.OUTPUT + 0x20) & 7);
    int target = slot << 24 | 1 << 16;
    assertEquals(19, d.completion(0, 15 << 10 | target), "halted is not running");
    assertEquals(1, d.completion(0, 14 << 10 | target));
    d.rewind(slot, 1);
    assertEquals(1, d.control(slot, 18L << 48 | 0x0100_0680L, 18).completion());
  }

  @Test
  void commandsCheckWhatTheyAreAbout() {
    d.start();
    d.events();
    assertEquals(1, d.completion(0, 23 << 10), "no operation");
    assertEquals(5, d.completion(0, 50 << 10), "no such command");
    assertEquals(11, d.completion(0, 10 << 10 | 5 << 24), "slot not enabled");
    int slot = d.address(SUPER_PORT);
    assertEquals(19, d.completion(XhciDriver.INPUT, 11 << 10 | slot << 24), "addressed twice");
    assertEquals(12, d.completion(0, 15 << 10 | slot << 24 | 7 << 16), "endpoint not enabled");
    assertEquals(1, d.completion(0, 17 << 10 | slot << 24));
    assertEquals(1L << 27, d.read(XhciDriver.OUTPUT + 12));
    assertEquals(1, d.completion(0, 10 << 10 | slot << 24));
    d.write(XhciDriver.INPUT + 0x24, 3 << 16);
    int again = d.command(0, 9 << 10).slot();
    assertEquals(slot, again);
    assertEquals(4, d.completion(XhciDriver.INPUT, 11 << 10 | again << 24), "nobody on port 3");
  }

  @Test
  void slotsRunOut() {
    d.start();
    d.write(XhciDriver.OPERATIONAL + 0x38, 2);
    d.events();
    assertEquals(1, d.command(0, 9 << 10).slot());
    assertEquals(2, d.command(0, 9 << 10).slot());
    assertEquals(9, d.completion(0, 9 << 10));
  }

  @Test
  void blocksAreReadAndWritten() {
    int slot = configured();
    d.wrapper(slot, 0, false, 0x00, 0, 0, 0, 0, 0);
    assertEquals(1, d.status(slot), "unit attention");
    d.wrapper(slot, 1024, true, 0x28, 0, 0, 0, 0, 9, 0, 0, 2, 0);
    assertEquals(1, d.bulk(slot, true, XhciDriver.BUFFER, 1024).completion());
    assertEquals(9, f.bus.read(XhciDriver.BUFFER, 1));
    assertEquals(10, f.bus.read(XhciDriver.BUFFER + 1023, 1));
    assertEquals(0, d.status(slot));
    d.wrapper(slot, 512, false, 0x2A, 0, 0, 0, 0, 50, 0, 0, 1, 0);
    f.bus.write(0x30_0000, 8, 0x1122_3344_5566_7788L);
    assertEquals(1, d.bulk(slot, false, 0x30_0000, 512).completion());
    assertEquals(0, d.status(slot));
    assertEquals((byte) 0x88, disk.data[50 * 512]);
    assertEquals((byte) 0x11, disk.data[50 * 512 + 7]);
  }

  /** Transfers of many pieces at odd addresses across pages, in both directions. */
  @Test
  void scatteredTransfersKeepTheirBytes() {
    int slot = configured();
    d.wrapper(slot, 0, false, 0x00, 0, 0, 0, 0, 0);
    d.status(slot);
    Random random = new Random(11);
    byte[] model = disk.data.clone();
    for (int round = 0; round < 8; round++) {
      boolean write = random.nextBoolean();
      int count = 1 + random.nextInt(30);
      int lba = random.nextInt(2000 - count);
      long[] pieces = pieces(random, count * 512);
      byte[] fresh = new byte[count * 512];
      random.nextBytes(fresh);
      if (write) {
        System.arraycopy(fresh, 0, model, lba * 512, fresh.length);
        copy(pieces, fresh, true);
      }
      int operation = write ? 0x2A : 0x28;
      d.wrapper(slot, count * 512, !write, operation, 0, 0, 0, lba >> 8, lba & 255, 0, 0, count, 0);
      Event event = d.bulk(slot, !write, pieces);
      assertEquals(1, event.completion());
      assertEquals(0, d.status(slot));
      copy(pieces, fresh, false);
      assertArrayEquals(Arrays.copyOfRange(model, lba * 512, (lba + count) * 512), fresh);
    }
    assertArrayEquals(model, disk.data);
  }

  private static long[] pieces(Random random, int bytes) {
    long[] pieces = new long[2 * (bytes / 700 + 1)];
    int at = 0;
    for (int left = bytes; left > 0; at += 2) {
      int part = at + 2 == pieces.length ? left : Math.min(left, 1 + random.nextInt(1400));
      pieces[at] = 0x30_0000L + 0x1_0000L * at + random.nextInt(4096);
      pieces[at + 1] = part;
      left -= part;
    }
    return Arrays.copyOf(pieces, at);
  }

  private void copy(long[] pieces, byte[] bytes, boolean toMemory) {
    int index = 0;
    for (int p = 0; p < pieces.length; p += 2) {
      for (int i = 0; i < pieces[p + 1]; i++, index++) {
        if (toMemory) {
          f.bus.write(pieces[p] + i, 1, bytes[index]);
        } else {
          bytes[index] = (byte) f.bus.read(pieces[p] + i, 1);
        }
      }
    }
  }

  @Test
  void dataThatWereAskedForEarlyComeWhenThereAreSome() {
    int slot = configured();
    d.put(3, XhciDriver.BUFFER, 36, 1 << 10 | 1 << 5);
    d.ring(slot, 3);
    assertEquals(List.of(), d.events());
    d.put(4, wrapperAt(36, 0x12, 0, 0, 0, 36, 0), 31, 1 << 10 | 1 << 5);
    d.ring(slot, 4);
    List<Event> events = d.events();
    assertEquals(2, events.size());
    assertEquals(3, events.get(1).control() >>> 16 & 0x1F);
    assertEquals(0x80, f.bus.read(XhciDriver.BUFFER + 1, 1));
  }

  private long wrapperAt(int bytes, int... packet) {
    long at = 0x1E_0000;
    d.write(at, 0x4342_5355L);
    d.write(at + 8, bytes);
    d.write(at + 12, 0x80 | packet.length << 16);
    for (int i = 0; i < packet.length; i++) {
      f.bus.write(at + 15 + i, 1, packet[i]);
    }
    return at;
  }

  @Test
  void shortPacketEndsATransferOfSeveralBlocks() {
    int slot = configured();
    d.wrapper(slot, 4096, true, 0x12, 0, 0, 0, 36, 0);
    Event event = d.bulk(slot, true, XhciDriver.BUFFER, 100, 0x30_0000, 100, 0x31_0000, 3896);
    assertEquals(13, event.completion());
    assertEquals(64, event.left());
    assertEquals(XhciDriver.ring(3), event.parameter());
    assertEquals((4096 - 36) << 8, d.status(slot));
  }

  @Test
  void failedReadStallsAndGoesOnAfterwards() {
    int slot = configured();
    d.wrapper(slot, 0, false, 0x00, 0, 0, 0, 0, 0);
    d.status(slot);
    d.wrapper(slot, 512, true, 0x28, 0, 0, 0, 0xFF, 0, 0, 0, 1, 0);
    assertEquals(6, d.bulk(slot, true, XhciDriver.BUFFER, 512).completion());
    int target = slot << 24 | 3 << 16;
    assertEquals(1, d.completion(0, 14 << 10 | target));
    d.rewind(slot, 3);
    assertEquals(1, d.control(slot, 0x81_0000_0102L, 0).completion(), "CLEAR_FEATURE");
    assertEquals(512 << 8 | 1, d.status(slot));
    d.wrapper(slot, 18, true, 0x03, 0, 0, 0, 18, 0);
    d.bulk(slot, true, XhciDriver.BUFFER, 18);
    assertEquals(5, f.bus.read(XhciDriver.BUFFER + 2, 1));
    assertEquals(0x21, f.bus.read(XhciDriver.BUFFER + 12, 1));
    assertEquals(0, d.status(slot));
  }

  @Test
  void stoppedEndpointTellsWhereItWas() {
    int slot = configured();
    d.put(3, XhciDriver.BUFFER, 13, 1 << 10 | 1 << 5);
    d.ring(slot, 3);
    int target = slot << 24 | 3 << 16;
    d.put(1, 0, 0, 0);
    d.write(XhciDriver.COMMANDS + 0x1000 - 16, 0);
    assertEquals(1, d.completion(0, 15 << 10 | target));
    assertEquals(3, d.read(XhciDriver.OUTPUT + 0x60) & 7);
    assertEquals(XhciDriver.ring(3) | 1, f.bus.read(XhciDriver.OUTPUT + 0x68, 8));
  }

  @Test
  void fullEventRingSaysSoAndLosesNothing() {
    BoardFixture own = new BoardFixture(List.of(new Medium(Place.USB_DISK, disk)), 64 << 20);
    XhciDriver small = new XhciDriver(own, 16);
    small.start();
    small.events();
    int slot = small.address(SUPER_PORT);
    for (int i = 0; i < 40; i++) {
      small.put(1, 0, 0, 8 << 10 | 1 << 5);
    }
    small.ring(slot, 1);
    int seen = 0;
    boolean full = false;
    for (int i = 0; i < 10; i++) {
      List<Event> events = small.events();
      full |= events.stream().anyMatch(e -> e.type() == 37 && e.completion() == 21);
      seen += (int) events.stream().filter(e -> e.type() == 32).count();
      small.ms(1);
    }
    assertTrue(full);
    assertEquals(40, seen);
    own.close();
  }

  @Test
  void interruptComesByMessageAndIsModerated() {
    f.pciWrite(0x14, 0, 0x84, 4, 0xFEE0_1000);
    f.pciWrite(0x14, 0, 0x8C, 2, 0x0061);
    f.pciWrite(0x14, 0, 0x82, 2, 1);
    d.start();
    d.write(XhciDriver.RUNTIME + 0x20, 2);
    d.events();
    assertEquals(List.of("P1 mode=0 vector=61 edge"), f.processors.messages);
    assertEquals(0, d.read(XhciDriver.RUNTIME + 0x20) & 1, "taken by the message");
    d.ms(2);
    d.write(XhciDriver.RUNTIME + 0x24, 8000);
    d.command(0, 23 << 10);
    assertEquals(2, f.processors.messages.size());
    // 8000 times 250 ns: the next one not before 2 ms, of which 1 is over.
    d.write(XhciDriver.COMMANDS + 16 + 12, 23 << 10 | 1);
    d.write(XhciDriver.DOORBELLS, 0);
    f.time.advance(100_000);
    assertEquals(2, f.processors.messages.size());
    f.time.advance(1_000_000);
    assertEquals(3, f.processors.messages.size());
  }

  @Test
  void interruptComesByWire() {
    f.bus.write(0xFED0_8008L, 1, 0x0B);
    d.write(0xFEC0_0000L, 0x10 + 2 * 16);
    d.write(0xFEC0_0010L, 0xA042);
    d.start();
    assertEquals(List.of(), f.processors.messages);
    d.write(XhciDriver.RUNTIME + 0x20, 2);
    assertEquals(List.of("P0 mode=0 vector=42 level"), f.processors.messages);
    assertTrue((f.pciRead(0x14, 0, 6, 2) & 8) != 0);
    d.write(XhciDriver.RUNTIME + 0x20, 3);
    assertFalse((f.pciRead(0x14, 0, 6, 2) & 8) != 0);
  }

  @Test
  void commandRingStopsWhenTold() {
    d.start();
    d.events();
    d.write(XhciDriver.COMMANDS + 12, 23 << 10 | 1);
    d.write(XhciDriver.DOORBELLS, 0);
    assertEquals(8, d.read(XhciDriver.OPERATIONAL + 0x18));
    d.write64(XhciDriver.OPERATIONAL + 0x18, 4);
    assertEquals(0, d.read(XhciDriver.OPERATIONAL + 0x18));
    assertEquals(24, d.event(33).completion());
    d.ms(1);
    assertEquals(List.of(), d.events());
    d.write(XhciDriver.DOORBELLS, 0);
    d.ms(1);
    assertEquals(1, d.event(33).completion(), "goes on where it stopped");
  }

  /** Rings that lead nowhere, contexts in nowhere: the guest hurts itself only. */
  @Test
  void hostileRingsEnd() {
    int slot = configured();
    // A link to itself.
    d.put(3, XhciDriver.ring(3), 0, 6 << 10);
    d.ring(slot, 3);
    // A ring without end of blocks that move nothing and tell nobody.
    d.put(4, 0, 0, 8 << 10);
    d.put(4, XhciDriver.ring(4) + 0, 0, 6 << 10);
    d.ring(slot, 4);
    d.ms(5);
    assertEquals(List.of(), d.events());
    d.write64(XhciDriver.CONTEXTS + 16, 0xF_FFFF_F000L);
    assertEquals(2, d.command(0, 9 << 10).slot());
    d.write(XhciDriver.OPERATIONAL, 2);
    d.ms(5);
    assertEquals(1, d.read(XhciDriver.OPERATIONAL + 4));
  }
}
