package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Cpu;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InstructionTests {
  private final Machine m = new Machine();

  @AfterEach
  void close() {
    m.close();
  }

  private void expect(String outcome) {
    assertEquals(outcome, m.outcome());
  }

  @Test
  void featureControlLocks() {
    m.vmx.reset(m.cpu, true);
    assertEquals(0, m.vmx.readMsr(m.cpu, 0x3A));
    assertFalse(m.vmx.writeMsr(m.cpu, 0x3A, 2), "SMX does not exist");
    m.writePhysical(Machine.VMXON, 4, 2);
    m.runPointer(Helper.VMXON, Machine.VMXON);
    expect("#13");
    m.cpu.fault = 0;
    assertTrue(m.vmx.writeMsr(m.cpu, 0x3A, 5));
    assertFalse(m.vmx.writeMsr(m.cpu, 0x3A, 5));
    m.vmx.reset(m.cpu, false);
    assertEquals(5, m.vmx.readMsr(m.cpu, 0x3A));
    m.runPointer(Helper.VMXON, Machine.VMXON);
    expect("succeed");
  }

  @Test
  void capabilityMsrsAreReadOnlyAndEndAt491() {
    assertFalse(m.vmx.writeMsr(m.cpu, 0x480, m.vmx.readMsr(m.cpu, 0x480)));
    assertNull(m.vmx.readMsr(m.cpu, 0x492));
    assertNull(m.vmx.readMsr(m.cpu, 0x47F));
    assertTrue((m.vmx.readMsr(m.cpu, 0x480) >>> 55 & 1) == 1);
  }

  /** A default1 control is 0 in a TRUE MSR only where software may clear it: TRUE is a subset. */
  @Test
  void trueControlsAllowWhatOldControlsAllow() {
    for (int i = 0; i < 4; i++) {
      long old = m.vmx.readMsr(m.cpu, 0x481 + i);
      long now = m.vmx.readMsr(m.cpu, 0x48D + i);
      assertEquals(old >>> 32, now >>> 32);
      assertEquals(0, now & ~old & 0xFFFF_FFFFL);
      assertEquals(0, (now & 0xFFFF_FFFFL) & ~(now >>> 32));
    }
  }

  @Test
  void vmxonChecks() {
    m.cpu.cr4 = 0x20;
    m.runPointer(Helper.VMXON, Machine.VMXON);
    expect("#6");
    m.cpu.fault = 0;
    m.cpu.cr4 = 0x2020;
    m.cpu.cr0 &= ~0x20L;
    m.runPointer(Helper.VMXON, Machine.VMXON);
    expect("#13");
    m.cpu.fault = 0;
    m.cpu.cr0 |= 0x20;
    m.cpu.cpl = 3;
    m.runPointer(Helper.VMXON, Machine.VMXON);
    expect("#13");
    m.cpu.fault = 0;
    m.cpu.cpl = 0;
    m.runPointer(Helper.VMXON, Machine.VMXON + 8);
    expect("invalid");
    m.runPointer(Helper.VMXON, 1L << 36);
    expect("invalid");
    m.runPointer(Helper.VMXON, Machine.VMXON);
    expect("invalid"); // revision 0
    assertFalse(m.cpu.vmxOperation);
  }

  @Test
  void vmxonTwiceIsError15() {
    m.started().runPointer(Helper.VMXON, Machine.VMXON);
    expect("error 15");
  }

  @ParameterizedTest
  @EnumSource(
      value = Helper.class,
      names = {
        "VMXOFF",
        "VMCLEAR",
        "VMPTRLD",
        "VMPTRST",
        "VMREAD",
        "VMWRITE",
        "VMLAUNCH",
        "VMRESUME",
        "VMCALL",
        "INVEPT",
        "INVVPID",
        "VMFUNC"
      })
  void outsideVmxOperationIsUndefined(Helper helper) {
    m.run(helper, 0, 0, 0);
    expect("#6");
  }

  @ParameterizedTest
  @EnumSource(
      value = Helper.class,
      names = {
        "VMXOFF",
        "VMCLEAR",
        "VMPTRLD",
        "VMPTRST",
        "VMREAD",
        "VMWRITE",
        "VMLAUNCH",
        "VMRESUME",
        "VMCALL",
        "INVEPT",
        "INVVPID"
      })
  void privilegeAndModeInRoot(Helper helper) {
    m.started().cpu.cpl = 3;
    m.run(helper, 0, 0, 0);
    expect("#13");
    m.cpu.fault = 0;
    m.cpu.cpl = 0;
    m.cpu.cs.attributes = 0xC09B; // compatibility mode
    m.run(helper, 0, 0, 0);
    expect("#6");
  }

  @Test
  void vmclearAndVmptrldErrors() {
    m.started();
    m.runPointer(Helper.VMCLEAR, 1);
    expect("error 2");
    m.runPointer(Helper.VMCLEAR, Machine.VMXON);
    expect("error 3");
    m.runPointer(Helper.VMPTRLD, 0x2800);
    expect("error 9");
    m.runPointer(Helper.VMPTRLD, Machine.VMXON);
    expect("error 10");
    m.runPointer(Helper.VMPTRLD, 0x9000);
    expect("error 11");
    m.runPointer(Helper.VMCLEAR, Machine.VMCS);
    expect("succeed");
    assertEquals(-1, m.vmx.currentVmcs());
    m.runPointer(Helper.VMCLEAR, 1);
    expect("invalid"); // no current VMCS to hold an error number
  }

  @Test
  void vmptrstStoresThePointer() {
    m.started().run(Helper.VMPTRST, 0xA100, 0, 0);
    expect("succeed");
    assertEquals(Machine.VMCS, m.readPhysical(0xA100, 8));
  }

  @Test
  void vmreadAndVmwriteByWidth() {
    m.started().run(Helper.VMWRITE, 0x2010, 0x1122_3344_5566_7788L, 0);
    expect("succeed");
    m.run(Helper.VMREAD, 0x2011, 3, 0);
    assertEquals(0x1122_3344L, m.cpu.r[3]);
    m.run(Helper.VMWRITE, 0x2011, 0xAABB_CCDDL, 0);
    m.run(Helper.VMREAD, 0x2010, 0xA200, 1);
    assertEquals(0xAABB_CCDD_5566_7788L, m.readPhysical(0xA200, 8));
    m.run(Helper.VMWRITE, 0x0800, 0x12345, 0);
    m.run(Helper.VMREAD, 0x0800, 4, 0);
    assertEquals(0x2345, m.cpu.r[4]);
  }

  @Test
  void vmreadOutsideLongModeGives32Bits() {
    m.started().set(Field.GUEST_RIP, 0x1_2345_6789L);
    m.cpu.efer = 0;
    m.cpu.cs.attributes = 0xC09B;
    m.cpu.r[1] = -1;
    m.run(Helper.VMREAD, 0x681E, 1, 0);
    assertEquals(0x2345_6789L, m.cpu.r[1]);
    m.writePhysical(0xA200, 8, -1);
    m.run(Helper.VMREAD, 0x681E, 0xA200, 1);
    assertEquals(0xFFFF_FFFF_2345_6789L, m.readPhysical(0xA200, 8));
    m.run(Helper.VMWRITE, 0x681E, 0xFFFF_FFFF_0000_0001L, 0);
    assertEquals(1, m.get(Field.GUEST_RIP));
  }

  @Test
  void fieldErrors() {
    m.started().run(Helper.VMREAD, 0x200E, 0, 0);
    expect("error 12");
    m.run(Helper.VMWRITE, 1L << 40 | 0x681E, 0, 0);
    expect("error 12");
    m.run(Helper.VMWRITE, 0x4402, 0, 0);
    expect("error 13");
    m.runPointer(Helper.VMCLEAR, Machine.VMCS);
    m.run(Helper.VMREAD, 0x681E, 0, 0);
    expect("invalid");
  }

  @Test
  void launchState() {
    m.ready().run(Helper.VMRESUME, 0, 0, 0);
    expect("error 5");
    m.cpu.interruptShadow = Cpu.SHADOW_SS;
    m.launch();
    expect("error 26");
    m.cpu.interruptShadow = Cpu.SHADOW_STI;
    m.launch();
    assertTrue(m.cpu.nonRoot);
    m.vmx.interceptInstruction(m.cpu, 10, 0);
    m.exit();
    m.launch();
    expect("error 4");
    m.run(Helper.VMRESUME, 0, 0, 0);
    assertTrue(m.cpu.nonRoot);
  }

  @Test
  void vmcallInRootAndVmxoff() {
    m.started().run(Helper.VMCALL, 0, 0, 0);
    expect("error 1");
    m.run(Helper.VMXOFF, 0, 0, 0);
    expect("succeed");
    assertFalse(m.cpu.vmxOperation);
  }

  @Test
  void invept() {
    m.started().writePhysical(0xA100, 8, 0x601E);
    m.run(Helper.INVEPT, 1, 0xA100, 0);
    expect("succeed");
    m.run(Helper.INVEPT, 2, 0xA100, 0);
    expect("succeed");
    assertEquals(java.util.List.of("flush ept 601e", "flush all"), m.log);
    m.run(Helper.INVEPT, 0, 0xA100, 0);
    expect("error 28");
    m.run(Helper.INVEPT, 3, 0xA100, 0);
    expect("error 28");
    m.writePhysical(0xA100, 8, 0x6017);
    m.run(Helper.INVEPT, 1, 0xA100, 0);
    expect("error 28");
  }

  @Test
  void invvpid() {
    m.started().writePhysical(0xA100, 8, 7);
    m.writePhysical(0xA108, 8, 0x1000);
    for (int type = 0; type < 4; type++) {
      m.run(Helper.INVVPID, type, 0xA100, 0);
      expect("succeed");
    }
    assertEquals(
        java.util.List.of(
            "flush linear 7 1000", "flush vpid 7", "flush all", "flush vpid 7 keep global"),
        m.log);
    m.run(Helper.INVVPID, 4, 0xA100, 0);
    expect("error 28");
    m.writePhysical(0xA108, 8, 1L << 50);
    m.run(Helper.INVVPID, 0, 0xA100, 0);
    expect("error 28");
    m.writePhysical(0xA100, 8, 0);
    m.run(Helper.INVVPID, 1, 0xA100, 0);
    expect("error 28");
    m.writePhysical(0xA100, 8, 0x10001);
    m.run(Helper.INVVPID, 1, 0xA100, 0);
    expect("error 28");
  }

  @ParameterizedTest
  @EnumSource(
      value = Helper.class,
      names = {
        "VMXON",
        "VMXOFF",
        "VMCLEAR",
        "VMPTRLD",
        "VMPTRST",
        "VMREAD",
        "VMWRITE",
        "VMLAUNCH",
        "VMRESUME",
        "VMCALL",
        "INVEPT",
        "INVVPID"
      })
  void everyVmxInstructionExitsFromTheGuest(Helper helper) {
    m.ready().launch();
    m.run(helper, 0, 0, 0);
    assertEquals(Cpu.FAULT_VMEXIT, m.cpu.fault);
    assertEquals(helper.name(), ExitReason.of(m.cpu.exitReason).name());
  }
}
