package io.github.bitterling.minnow.usb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.BoardFixture;
import java.util.ArrayList;
import java.util.List;

/** A small driver: rings and contexts in guest memory, registers through BAR 0. */
final class XhciDriver {
  static final long BAR = 0xD010_0000L;
  static final long OPERATIONAL = BAR + 0x80;
  static final long PORTS = OPERATIONAL + 0x400;
  static final long RUNTIME = BAR + 0x2000;
  static final long DOORBELLS = BAR + 0x3000;

  static final long CONTEXTS = 0x10_0000;
  static final long COMMANDS = 0x10_1000;
  static final long EVENT_TABLE = 0x10_2000;
  static final long EVENTS = 0x10_3000;
  static final long INPUT = 0x10_4000;
  static final long OUTPUT = 0x10_5000;
  static final long RINGS = 0x11_0000;
  static final long BUFFER = 0x20_0000;

  private static final int NORMAL = 1 << 10;
  private static final int INTERRUPT = 1 << 5;
  private static final int CHAIN = 1 << 4;
  private static final int SHORT = 1 << 2;

  /** An event as the ring has it. */
  record Event(long parameter, int status, int control) {
    int type() {
      return control >>> 10 & 0x3F;
    }

    int completion() {
      return status >>> 24;
    }

    int left() {
      return status & 0xFF_FFFF;
    }

    int slot() {
      return control >>> 24;
    }
  }

  final BoardFixture f;
  private final int eventRing;
  private final long[] place = new long[32];
  private long commandPlace;
  private int eventIndex;
  private boolean eventCycle = true;

  /**
   * @param eventRing places on the event ring
   */
  XhciDriver(BoardFixture f, int eventRing) {
    this.f = f;
    this.eventRing = eventRing;
    f.programBases();
    f.pciWrite(0x14, 0, 0x10, 4, (int) BAR);
    f.pciWrite(0x14, 0, 4, 2, 6);
  }

  long read(long address) {
    return f.bus.read(address, 4);
  }

  void write(long address, long value) {
    f.bus.write(address, 4, value);
  }

  void write64(long address, long value) {
    f.bus.write(address, 8, value);
  }

  void start() {
    write(OPERATIONAL, 2);
    assertEquals(0, read(OPERATIONAL) & 2);
    write(OPERATIONAL + 0x38, 32);
    write64(OPERATIONAL + 0x30, CONTEXTS);
    write64(OPERATIONAL + 0x18, COMMANDS | 1);
    write64(EVENT_TABLE, EVENTS);
    write64(EVENT_TABLE + 8, eventRing);
    write(RUNTIME + 0x28, 1);
    write64(RUNTIME + 0x38, EVENTS);
    write64(RUNTIME + 0x30, EVENT_TABLE);
    write(OPERATIONAL, 5);
  }

  void ms(long milliseconds) {
    f.time.advance(milliseconds * 1_000_000);
  }

  /** Events that arrived since the last call; the controller learns that they were read. */
  List<Event> events() {
    List<Event> all = new ArrayList<>();
    while (true) {
      long at = EVENTS + 16L * eventIndex;
      int control = (int) read(at + 12);
      if ((control & 1) != 0 != eventCycle) {
        break;
      }
      all.add(new Event(f.bus.read(at, 8), (int) read(at + 8), control));
      if (++eventIndex == eventRing) {
        eventIndex = 0;
        eventCycle ^= true;
      }
    }
    write64(RUNTIME + 0x38, EVENTS + 16L * eventIndex | 8);
    return all;
  }

  Event event(int type) {
    List<Event> all = events();
    assertEquals(1, all.size(), all.toString());
    assertEquals(type, all.getFirst().type());
    return all.getFirst();
  }

  private void trb(long at, long parameter, int status, int control) {
    write64(at, parameter);
    write(at + 8, status);
    write(at + 12, control | 1);
  }

  /** Runs a command and gives its completion event. */
  Event command(long parameter, int control) {
    trb(COMMANDS + commandPlace, parameter, 0, control);
    commandPlace += 16;
    write(DOORBELLS, 0);
    ms(1);
    List<Event> all = new ArrayList<>(events());
    all.removeIf(e -> e.type() != 33);
    assertEquals(1, all.size(), all.toString());
    return all.getFirst();
  }

  int completion(long parameter, int control) {
    return command(parameter, control).completion();
  }

  /**
   * Enables a slot and addresses the device on a port; endpoint 0's ring is the first of its slot.
   */
  int address(int port) {
    Event enabled = command(0, 9 << 10);
    assertEquals(1, enabled.completion());
    int slot = enabled.slot();
    write64(CONTEXTS + 8L * slot, OUTPUT);
    write(INPUT, 0);
    write(INPUT + 4, 3);
    write(INPUT + 0x20, 1L << 27);
    write(INPUT + 0x24, (long) port << 16);
    endpoint(1, 4, 512);
    assertEquals(1, completion(INPUT, 11 << 10 | slot << 24));
    return slot;
  }

  private void endpoint(int index, int type, int packet) {
    long at = INPUT + 0x20L * (index + 1);
    write(at, 0);
    write(at + 4, (long) packet << 16 | type << 3 | 3 << 1);
    write64(at + 8, ring(index) | 1);
    place[index] = 0;
  }

  static long ring(int index) {
    return RINGS + 0x1000L * index;
  }

  /** Sets the configuration and both bulk endpoints up. */
  int configure(int port) {
    int slot = address(port);
    control(slot, 0x00_0000_0001_0900L, 0);
    write(INPUT, 0);
    write(INPUT + 4, 1 | 1 << 3 | 1 << 4);
    write(INPUT + 0x20, 4L << 27);
    endpoint(3, 6, 1024);
    endpoint(4, 2, 1024);
    assertEquals(1, completion(INPUT, 12 << 10 | slot << 24));
    return slot;
  }

  /** A control transfer without data, or with data to the host. */
  Event control(int slot, long setup, int length) {
    put(1, setup, 8, 2 << 10 | 1 << 6 | (length > 0 ? 3 << 16 : 0));
    if (length > 0) {
      put(1, BUFFER, length, 3 << 10 | 1 << 16 | SHORT);
    }
    put(1, 0, 0, 4 << 10 | INTERRUPT | (length > 0 ? 0 : 1 << 16));
    ring(slot, 1);
    List<Event> all = events();
    assertTrue(!all.isEmpty(), "no event");
    return all.getLast();
  }

  void put(int endpoint, long parameter, int status, int control) {
    trb(ring(endpoint) + place[endpoint], parameter, status, control);
    place[endpoint] += 16;
    if (place[endpoint] == 0xFE0) {
      place[endpoint] = 0;
      throw new IllegalStateException("the test needs a longer ring");
    }
  }

  void ring(int slot, int endpoint) {
    write(DOORBELLS + 4L * slot, endpoint);
    ms(1);
  }

  /** Address and bytes of each piece of one transfer. */
  Event bulk(int slot, boolean toHost, long... pieces) {
    int endpoint = toHost ? 3 : 4;
    for (int i = 0; i < pieces.length; i += 2) {
      boolean last = i + 2 == pieces.length;
      int flags = (toHost ? SHORT : 0) | (last ? INTERRUPT : CHAIN);
      put(endpoint, pieces[i], (int) pieces[i + 1], NORMAL | flags);
    }
    ring(slot, endpoint);
    return event(32);
  }

  /** Sends a command block wrapper. */
  void wrapper(int slot, int bytes, boolean toHost, int... packet) {
    long at = 0x1F_0000;
    write(at, 0x4342_5355L);
    write(at + 4, 77);
    write(at + 8, bytes);
    f.bus.write(at + 12, 1, toHost ? 0x80 : 0);
    f.bus.write(at + 13, 1, 0);
    f.bus.write(at + 14, 1, packet.length);
    for (int i = 0; i < 16; i++) {
      f.bus.write(at + 15 + i, 1, i < packet.length ? packet[i] : 0);
    }
    assertEquals(1, bulk(slot, false, at, 31).completion());
  }

  /** Takes the status wrapper: residue in bits 31:8, status in bits 7:0. */
  long status(int slot) {
    assertEquals(1, bulk(slot, true, 0x1F_1000, 13).completion());
    assertEquals(0x5342_5355L, read(0x1F_1000));
    assertEquals(77, read(0x1F_1004));
    return read(0x1F_1008) << 8 | f.bus.read(0x1F_100C, 1);
  }

  /** Moves the place on an endpoint's ring back to its start. */
  void rewind(int slot, int endpoint) {
    for (long at = 0; at < 0x1000; at += 4) {
      write(ring(endpoint) + at, 0);
    }
    place[endpoint] = 0;
    int target = slot << 24 | endpoint << 16;
    assertEquals(1, completion(ring(endpoint) | 1, 16 << 10 | target));
  }
}
