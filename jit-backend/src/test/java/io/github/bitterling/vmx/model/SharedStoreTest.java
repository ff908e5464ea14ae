package io.github.bitterling.vmx.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.jit.TestCompilers;
import io.github.bitterling.jit.TranslationStore;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.Test;

/**
 * Machines of different processor models share a store of compiled regions: the same bytes in the
 * same mode at the same place stay what they are on each.
 */
class SharedStoreTest {
  private final TranslationStore store = new TranslationStore();

  private RegionCompiler compiler(BlockCache cache) {
    return TestCompilers.second(cache, store);
  }

  /**
   * Forty rounds of a sum over WRFSBASE, or where there is none over the handler of #UD, which
   * skips it: EBX counts the handler's runs. Then plain code that both compile to the same.
   */
  private Rig run(String model) {
    Rig rig = new Rig(CpuModel.of(model, 1), new NoVmx(), this::compiler);
    rig.long64();
    rig.cpu.cr4 |= model.equals("e3845") ? 0 : 1 << 16;
    // mov ecx,40; wrfsbase rcx; dec ecx; jnz; mov ecx,1000; add edx,ecx; dec ecx; jnz; hlt
    rig.put(0x8000, "b928000000 f3480faed1 ffc9 75f7 b9e8030000 01ca ffc9 75fa f4");
    // inc ebx; add qword [rsp],5; iretq
    rig.put(0x9000, "ffc3 4883042405 48cf");
    rig.gate64(6, 8, 0x9000, 0, 0);
    rig.cpu.rip = 0x8000;
    rig.cpu.r[2] = 0;
    rig.run(50);
    return rig;
  }

  @Test
  void bytesMeanWhatTheirMachineSays() {
    for (int round = 0; round < 2; round++) {
      try (Rig atom = run("e3845");
          Rig v3 = run("x86-64-v3")) {
        assertEquals(40, atom.cpu.r[3]);
        assertEquals(0, atom.cpu.fs.base);
        assertEquals(0, v3.cpu.r[3]);
        assertEquals(1, v3.cpu.fs.base);
        assertEquals(500500, atom.cpu.r[2]);
        assertEquals(500500, v3.cpu.r[2]);
      }
    }
    assertTrue(store.classes() >= 3, "classes: " + store.classes());
  }
}
