package io.github.bitterling.vmx.paging;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.vmx.cpu.Access;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A20M#, which each processor heeds or not (SDM volume 3, 24.8 and 32.3.2). */
class A20MaskTests {
  private static final long MEGABYTE = 0x10_0000;

  private final Rig rig = new Rig(2, new NoVmx());
  private final Cpu cpu = rig.cpu;

  @BeforeEach
  void gateIsClosed() {
    rig.put32(0, 2);
    rig.put32(MEGABYTE, 1);
    rig.put32(2 * MEGABYTE, 4);
    rig.put32(3 * MEGABYTE, 3);
    flat(1);
    flat(0);
    rig.bus.a20Masked = true;
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private void flat(int core) {
    rig.select(core, 0);
    rig.flat32();
  }

  private static long load(Cpu c, long address) {
    return Access.load32(c, address, 0);
  }

  @Test
  void bit20IsMasked() {
    assertEquals(2, load(cpu, MEGABYTE));
    assertEquals(4, load(cpu, 3 * MEGABYTE));
    Access.store32(cpu, MEGABYTE, 9, 0);
    assertEquals(9, rig.get32(0));
  }

  @Test
  void systemManagementModeSeesAll() {
    cpu.smm = true;
    assertEquals(1, load(cpu, MEGABYTE));
  }

  @Test
  void vmxOperationSeesAll() {
    cpu.vmxOperation = true;
    assertEquals(1, load(cpu, MEGABYTE));
    assertEquals(3, load(cpu, 3 * MEGABYTE));
  }

  /** The pin goes to both, only one of them is in VMX operation. */
  @Test
  void eachProcessorHasItsOwnView() {
    Cpu other = rig.processors.get(1).cpu();
    cpu.vmxOperation = true;
    assertEquals(1, load(cpu, MEGABYTE));
    assertEquals(2, load(other, MEGABYTE));
  }

  @Test
  void pagingStructuresAreMaskedToo() {
    rig.put32(0x10_1000, 0x83);
    rig.put32(0x1000, 0x83 | 2 * MEGABYTE << 1);
    cpu.cr3 = 0x10_1000;
    cpu.cr4 = 0x10;
    cpu.cr0 = 0xE000_0011L;
    cpu.memory.flushAll();
    rig.put32(4 * MEGABYTE, 5);
    assertEquals(5, load(cpu, 0));
  }
}
