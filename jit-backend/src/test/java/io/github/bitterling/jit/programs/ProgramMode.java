package io.github.bitterling.jit.programs;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.system.Modes;

/**
 * Modes programs run in, with the handlers of their exceptions. Most exceptions end at {@code
 * recover}, which counts, resets stack and base registers and goes on at one of sixteen blocks; a
 * single step returns until a count is used up; a page fault in the data area makes the page
 * present and tries again.
 */
enum ProgramMode {
  LONG(
      64,
      // recover: mov esp, 6F00h; inc dword [COUNT]; mov eax, [COUNT]; and eax, 15
      "bc006f0000ff0425005000008b04250050000083e00f"
          // mov eax, [TARGETS + 8 * rax]; mov esi, edi, ebp, DATA; fnclex
          + "8b04c500510000be00000300bf00000300bd00000300dbe2"
          // push [SS]; push [STACK]; push 202h; push [CS]; push rax; iretq
          + "ff342518500000ff3425105000006802020000ff3425205000005048cf",
      // debug: dec dword [STEPS]; jns 1f; and dword [rsp + 16], ~TF; 1: iretq
      "ff0c2504500000790881642410fffeffff48cf",
      // page fault: push rax; rax = cr2 - DATA; cmp rax, 4000h; jae bad; or the page's entry with
      // 1;
      // invlpg; pop rax; add rsp, 8; iretq; bad: jmp recover
      "500f20d0482d00000300483d00400000731c0f20d048c1e80c830cc500300100010f20d00f0138"
          + "584883c40848cfe90dffffff"),
  USER(64, LONG.recover, LONG.debug, LONG.pageFault),
  FLAT(
      32,
      "bc00200400ff0500500000a10050000083e00f8b04c500510000be00000300bf00000300bd00000300dbe2"
          + "6802020000ff352050000050cf",
      "ff0d04500000790881642408fffeffffcf",
      ""),
  REAL(
      16,
      "31c08ed8b800408ed0bc002066ff0600508b1e005083e30fc1e3038b9f005131f631ffdbe26802"
          + "02ff36205053b800308ed88ec0cf",
      "1e55bd00008edd66ff0e0450790789e5816608fffe5d1fcf",
      "");

  static final int HANDLERS = 0x9000;
  static final int DEBUG = HANDLERS + 0x80;
  static final int PAGE_FAULT = HANDLERS + 0xC0;
  static final int COUNT = 0x5000;
  static final int STEPS = 0x5004;
  static final int STACK = 0x5010;
  static final int TARGETS = 0x5100;
  static final int PAGE_TABLE = 0x13000;
  static final int CODE = 0x20000;
  static final int CODE_BYTES = 0x4000;
  static final int DATA = 0x30000;
  static final int DATA_BYTES = 0x4000;
  static final int STACK_TOP = 0x42000;

  final int bits;
  private final String recover;
  private final String debug;
  private final String pageFault;

  ProgramMode(int bits, String recover, String debug, String pageFault) {
    this.bits = bits;
    this.recover = recover;
    this.debug = debug;
    this.pageFault = pageFault;
  }

  /** What a program adds to an address of its code to get an offset in CS. */
  int codeBase() {
    return this == REAL ? -CODE : 0;
  }

  /** The same for data. */
  int dataBase() {
    return this == REAL ? -DATA : 0;
  }

  /** Prepares tables, handlers and the processor. */
  void load(Rig rig) {
    rig.put(HANDLERS, recover);
    rig.put(DEBUG, debug);
    if (bits == 64) {
      rig.put(PAGE_FAULT, pageFault);
    }
    switch (this) {
      case LONG, USER -> long64(rig);
      case FLAT -> flat32(rig);
      case REAL -> real(rig);
    }
    Cpu cpu = rig.cpu;
    rig.put64(STACK, STACK_TOP);
    rig.put64(STACK + 8, cpu.ss.selector);
    rig.put64(STACK + 16, cpu.cs.selector);
    cpu.cr4 |= 0x40600;
    cpu.xcr0 = 7;
    cpu.cr0 |= 0x22;
    cpu.mxcsr = 0x1F80;
    cpu.rip = CODE + codeBase();
    cpu.r[4] = this == REAL ? 0x2000 : STACK_TOP;
    cpu.r[5] = cpu.r[6] = cpu.r[7] = DATA + dataBase();
    Modes.update(cpu);
  }

  private void long64(Rig rig) {
    rig.long64();
    rig.put64(0x12000, PAGE_TABLE | 7);
    for (int i = 0; i < 512; i++) {
      rig.put64(PAGE_TABLE + 8 * i, (long) i << 12 | 7);
    }
    rig.put32(0x3004, 0x7000);
    rig.put32(0x3024, 0x7000);
    rig.cpu.tr.set(0x30, 0x3000, 0x67, 0x8B);
    for (int v = 0; v < 32; v++) {
      rig.gate64(v, 8, v == 1 ? DEBUG : v == 14 ? PAGE_FAULT : HANDLERS, 1, 3);
    }
    if (this == USER) {
      rig.user();
    }
  }

  private static void flat32(Rig rig) {
    rig.flat32();
    for (int v = 0; v < 32; v++) {
      rig.gate32(v, 8, v == 1 ? DEBUG : HANDLERS, 14, 3);
    }
  }

  private static void real(Rig rig) {
    Cpu cpu = rig.cpu;
    for (int v = 0; v < 256; v++) {
      rig.put32(4 * v, v == 1 ? DEBUG : HANDLERS);
    }
    cpu.cs.set(CODE >> 4, CODE, 0xFFFF, 0x9B);
    cpu.ss.set(0x4000, 0x40000, 0xFFFF, 0x93);
    cpu.ds.set(DATA >> 4, DATA, 0xFFFF, 0x93);
    cpu.es.set(DATA >> 4, DATA, 0xFFFF, 0x93);
  }
}
