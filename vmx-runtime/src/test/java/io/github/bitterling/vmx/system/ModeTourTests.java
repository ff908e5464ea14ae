package io.github.bitterling.vmx.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.Test;

/** One program of real instruction bytes from real mode to an APIC timer interrupt in long mode. */
class ModeTourTests {
  /**
   * At 8000h. Each stage writes its number to port 80h: 1 real mode, 2 protected mode, 3 long mode
   * active (compatibility), 4 64-bit mode, 5 handler of INT 30h, 6 page fault handler (skips the
   * access), 7 after both, REP MOVSB of the program to 30000h, CPUID leaf 1 EAX to 40000h, maps the
   * APIC, starts its timer and halts, 8 timer handler, 9 after the halt; then CLI, HLT.
   */
  private static final String PROGRAM =
      "fa31c08ed88ed0bc007cb001e680660f0116f0810f20c06683c8010f22c066ea268000000800b8100000008ed88ec08e"
          + "d0bc00700000b002e680bf0000010031c0b9000c0000fcf3abc7050000010003100100c7050010010003200100c70500"
          + "20010083000000c7050820010083002000b8000001000f22d80f20e083c8200f22e0b9800000c00f320d000100000f30"
          + "0f20c00d000000800f22c0b003e680eaa68000001800b004e6800f011c25f681000048b800001800008e0000488d1dd6"
          + "0000004809d8488904250003020048c70425080302000000000048b800001800008e0000488d1db40000004809d84889"
          + "0425e000020048c70425e800020000000000cd3048c7c300503412488b03b007e680be00800000bf00000300b9001000"
          + "00f3a4b8010000000fa289042500000400bb0000e0fe48c704251810010003300100c70425b83f01008300e0fec783f0"
          + "000000ff010000c7832003000031000000c783e00300000b00000048b800001800008e0000488d0d410000004809c848"
          + "89042510030200c78380030000e8030000fbf4b009e680faf4b005e68048cfb006e6800f20d0488904250800040048c7"
          + "4424080e8100004883c40848cfb008e680c783b00000000000000048cf0f1f000000000000000000ffff0000009bcf00"
          + "ffff00000093cf00ffff0000009baf001f00d0810000ff0f0000020000000000";

  @Test
  void fromRealModeToATimerInterruptInLongMode() {
    try (Rig rig = new Rig()) {
      rig.put(0x8000, PROGRAM);
      rig.cpu.cs.set(0x0, 0, 0xFFFF, 0x93);
      rig.cpu.rip = 0x8000;
      Modes.update(rig.cpu);
      rig.run(2000);
      assertEquals(
          "[out 80/1=1, out 80/1=2, out 80/1=3, out 80/1=4, out 80/1=5, out 80/1=6, out 80/1=7,"
              + " out 80/1=8, out 80/1=9]",
          rig.bus.log.toString());
      assertEquals(0x30679, rig.get32(0x40000));
      assertEquals(0x12345000, rig.get64(0x40008));
      assertEquals(rig.get64(0x8000), rig.get64(0x30000));
      assertEquals(rig.get64(0x8000 + 0x100), rig.get64(0x30100));
      assertEquals(Cpu.Activity.HALTED, rig.cpu.activity);
    }
  }
}
