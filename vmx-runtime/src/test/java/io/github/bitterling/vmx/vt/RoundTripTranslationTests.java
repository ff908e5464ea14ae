package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.mem.Tlb;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What VM exits and entries leave of cached translations, counted over many round trips (SDM volume
 * 3, 29.4.3.1): with a VPID nothing is flushed; without one both flush. Code is translated and
 * compiled once in either case, however many trips there are.
 */
class RoundTripTranslationTests {
  private static final int BEFORE = 400;
  private static final int TRIPS = 1000;
  private static final int HOST_PORT = 0x81;
  private static final int GUEST_PORT = 0x82;

  /**
   * Of host and guest together, at most. A quantum may end anywhere, and a block begins there then,
   * once.
   */
  private static final int INSTRUCTIONS = 24;

  private static final long HANDLER = 0xB000;

  /** cpuid; out 82h, al; mov eax, [70000h]; jmp to the first. */
  private static final String GUEST = "0fa2 e682 a1 0000070000000000 ebf1";

  /** push rax; push rdx; GUEST_RIP += 2; out 81h, al. */
  private static final String SKIPS = "50 52 ba1e680000 0f78d0 4883c002 0f79d0 e681";

  /** VPID ^= 3: mov edx, 0; vmread rax, rdx; xor eax, 3; vmwrite rdx, rax. */
  private static final String OTHER_VPID = "ba00000000 0f78d0 83f003 0f79d0";

  /** pop rdx; pop rax; vmresume. */
  private static final String RESUMES = "5a 58 0f01c3";

  /**
   * @param tag changes with every flush of the space
   * @param held whether the TLB has the data page
   */
  private record Sample(long tag, boolean held) {}

  private final List<Sample> inHost = new ArrayList<>();
  private final List<Sample> inGuest = new ArrayList<>();
  private Lab lab;
  private int trips;
  private long liftedBefore;
  private long compiledBefore;
  private long lifted;
  private long compiled;

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  /** Compiled regions so far. */
  long compilations() {
    return 0;
  }

  @BeforeEach
  void start() {
    lab = new Lab(engine());
    lab.set(Field.HOST_RIP, HANDLER).code(GUEST);
    lab.rig.bus.onPortWrite = this::sample;
  }

  @AfterEach
  void close() {
    lab.close();
  }

  /** At the first trips everything is new; after the last nothing is looked at. */
  private void sample(int port) {
    if (port == HOST_PORT && ++trips == BEFORE) {
      liftedBefore = lab.rig.blocksLifted();
      compiledBefore = compilations();
    }
    if (trips < BEFORE || trips >= BEFORE + TRIPS) {
      return;
    }
    lifted = lab.rig.blocksLifted() - liftedBefore;
    compiled = compilations() - compiledBefore;
    Cpu cpu = lab.rig.cpu;
    boolean held = cpu.tlb.readTag[Tlb.index(Lab.DATA)] == (Lab.DATA | cpu.tlb.generation);
    (port == HOST_PORT ? inHost : inGuest).add(new Sample(cpu.codeTag, held));
  }

  private void trips(String handler) {
    lab.rig.put(HANDLER, handler);
    lab.prepare();
    lab.endSlicesEarly();
    for (int i = 0; i < 4000 && trips < BEFORE + TRIPS; i++) {
      lab.rig.run(1);
    }
    assertEquals(List.of(TRIPS, TRIPS), List.of(inHost.size(), inGuest.size()), "round trips");
    assertTrue(lifted <= INSTRUCTIONS, () -> lifted + " blocks translated");
    assertTrue(compiled <= INSTRUCTIONS, () -> compiled + " regions compiled");
  }

  private static long flushes(List<Sample> samples) {
    return new HashSet<>(samples.stream().map(Sample::tag).toList()).size() - 1;
  }

  private static long held(List<Sample> samples) {
    return samples.stream().filter(Sample::held).count();
  }

  @Test
  void withAVpidNothingIsFlushed() {
    trips(SKIPS + RESUMES);
    assertEquals(0, flushes(inHost));
    assertEquals(0, flushes(inGuest));
    assertEquals(inGuest.size(), held(inGuest));
  }

  /** The host is the same for both; each guest finds its own translations again. */
  @Test
  void twoVpidsKeepTheirTranslations() {
    trips(SKIPS + OTHER_VPID + RESUMES);
    assertEquals(0, flushes(inHost));
    assertEquals(1, flushes(inGuest), "two spaces");
    assertEquals(inGuest.size(), held(inGuest));
  }

  @Test
  void withoutAVpidEntriesAndExitsFlush() {
    lab.clear(Field.SECONDARY_CONTROLS, Bits.ENABLE_VPID);
    trips(SKIPS + RESUMES);
    assertEquals(inHost.size() - 1, flushes(inHost));
    assertEquals(inGuest.size() - 1, flushes(inGuest));
    assertEquals(0, held(inGuest));
  }

  /**
   * INVVPID of the guest's VPID (type 1, descriptor at 60200h) by the host: that is the one flush,
   * and the host keeps its own.
   */
  @Test
  void invvpidFlushesTheGuestOnly() {
    lab.rig.put64(0x60200, 1);
    trips(SKIPS + "b801000000 660f38810425 00020600" + RESUMES);
    assertEquals(0, flushes(inHost));
    assertEquals(inGuest.size() - 1, flushes(inGuest));
    assertEquals(0, held(inGuest));
  }
}
