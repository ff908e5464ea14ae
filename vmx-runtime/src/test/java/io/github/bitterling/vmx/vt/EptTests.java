package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.cpu.Cpu;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EptTests {
  private static final long PDPT = 0x20000;
  private static final long PD = 0x21000;
  private static final long PT = 0x22000;
  private static final long GPA = 0x4567;
  private static final int RWX = 7;
  private static final int WB = 6 << 3;

  private final Machine m = new Machine();

  @BeforeEach
  void enter() {
    m.ready();
    m.writePhysical(Machine.EPT_ROOT, 8, PDPT | RWX);
    m.writePhysical(PDPT, 8, PD | RWX);
    m.writePhysical(PD, 8, PT | RWX);
    page(0x7_7000 | WB | RWX);
    m.launch();
    assertTrue(m.vmx.eptActive(m.cpu));
  }

  @AfterEach
  void close() {
    m.close();
  }

  private void page(long entry) {
    m.writePhysical(PT + 4 * 8, 8, entry);
  }

  private long translate(int access) {
    m.cpu.fault = 0;
    return m.vmx.translate(m.cpu, GPA, access, 0xABC567, true, true);
  }

  /**
   * 29.3.3.2: an access needs its permission at every level; bits 5:3 of the qualification are
   * their AND.
   */
  @Test
  void permissionMatrix() {
    int[] legal = {1, 3, 4, 5, 7};
    for (int upper : legal) {
      for (int lower : legal) {
        for (int access = 1; access < 8; access++) {
          check(upper, lower, access);
        }
      }
    }
  }

  private void check(int upper, int lower, int access) {
    m.writePhysical(PD, 8, PT | upper);
    page(0x7_7000 | WB | lower);
    int allowed = upper & lower;
    long physical = translate(access);
    String at = upper + " " + lower + " " + access;
    if ((access & ~allowed) == 0) {
      assertEquals(0x7_7567, physical, at);
      assertEquals(allowed, m.vmx.lastPermissions(), at);
      return;
    }
    assertEquals(-1, physical, at);
    assertEquals(ExitReason.EPT_VIOLATION.number(), m.cpu.exitReason, at);
    assertEquals(access | allowed << 3 | 0x180, m.cpu.exitQualification, at);
    assertEquals(GPA, m.cpu.faultPhysical);
    assertEquals(0xABC567, m.cpu.faultLinear);
  }

  @Test
  void notPresentIsAViolation() {
    page(0x7_7000 | WB);
    assertEquals(-1, translate(1));
    assertEquals(Cpu.FAULT_VMEXIT, m.cpu.fault);
    assertEquals(0x181, m.cpu.exitQualification);
    m.vmx.translate(m.cpu, GPA, 3, 5, true, false);
    assertEquals(0x083, m.cpu.exitQualification, "an access to a paging structure");
    m.vmx.translate(m.cpu, GPA, 1, 0, false, false);
    assertEquals(0x001, m.cpu.exitQualification, "no linear address");
  }

  @ParameterizedTest
  @CsvSource({"2,6", "6,6", "7,2", "7,3", "7,7"})
  void badRightsOrTypeIsAMisconfiguration(int rights, int type) {
    page(0x7_7000 | type << 3 | rights);
    assertEquals(-1, translate(1));
    assertEquals(ExitReason.EPT_MISCONFIGURATION.number(), m.cpu.exitReason);
    m.exit();
    assertEquals(GPA, m.get(Field.GUEST_PHYSICAL_ADDRESS));
  }

  @Test
  void reservedBitsAreMisconfigurations() {
    misconfigured(Machine.EPT_ROOT, PDPT | RWX | 0x80);
    misconfigured(PDPT, PD | RWX | 0x08);
    misconfigured(PDPT, PD | RWX | WB | 0x80); // 1-GByte page: not on this model
    misconfigured(PD, PT | RWX | 0x40);
    misconfigured(PD, 0x40_1000 | RWX | WB | 0x80); // 2-MByte page not aligned
    misconfigured(PD, 1L << 36 | PT | RWX);
  }

  private void misconfigured(long at, long entry) {
    long before = m.readPhysical(at, 8);
    m.writePhysical(at, 8, entry);
    assertEquals(-1, translate(1));
    assertEquals(
        ExitReason.EPT_MISCONFIGURATION.number(), m.cpu.exitReason, Long.toHexString(entry));
    m.writePhysical(at, 8, before);
    assertEquals(0x7_7567, translate(1));
  }

  @Test
  void largePage() {
    m.writePhysical(PD, 8, 0x4000_0000L | WB | 0x80 | 5);
    assertEquals(0x4000_0000L | GPA, translate(1));
    assertEquals(5, m.vmx.lastPermissions());
  }
}
