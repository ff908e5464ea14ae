package io.github.bitterling.vmx.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** User-mode instruction prevention (SDM volume 3, 2.5, CR4.UMIP). */
class UmipTests {
  private static final long UMIP = 1 << 11;
  private static final Helper[] STORES = {
    Helper.SGDT, Helper.SIDT, Helper.SLDT, Helper.STR, Helper.SMSW
  };

  private final Rig rig =
      new Rig(CpuModel.of("x86-64-v3", 1), new NoVmx(), cache -> RegionCompiler.NONE);
  private final Cpu cpu = rig.cpu;

  @BeforeEach
  void longMode() {
    rig.long64();
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private int fault(Helper store) {
    rig.call(store, 0x20000, 10, 8);
    return cpu.fault == Cpu.FAULT_NONE ? -1 : cpu.faultVector;
  }

  @Test
  void storesAreTheSupervisors() {
    rig.call(Helper.MOV_TO_CR, 4, cpu.cr4 | UMIP, 0);
    for (Helper store : STORES) {
      assertEquals(-1, fault(store), store.name());
    }
    rig.user();
    for (Helper store : STORES) {
      assertEquals(13, fault(store), store.name());
    }
  }

  @Test
  void everybodyMayWithoutTheBit() {
    rig.user();
    for (Helper store : STORES) {
      assertEquals(-1, fault(store), store.name());
    }
  }
}
