package io.github.bitterling.vmx.system;

/**
 * Offsets from SMBASE + 8000h in the state-save map of Intel 64 (SDM volume 3, table 32-3), as
 * revision 30100h of Silvermont has it. What the manual calls reserved holds the hidden state that
 * RSM needs; software that keeps away from it, as told, never sees the difference.
 */
final class SmramMap {
  /** Bits 17 and 16: SMBASE can be relocated, I/O instructions can be restarted. */
  static final int REVISION_IDENTIFIER = 0x30100;

  static final int CR0 = 0x7FF8;
  static final int CR3 = 0x7FF0;
  static final int RFLAGS = 0x7FE8;
  static final int EFER = 0x7FE0;
  static final int RIP = 0x7FD8;
  static final int DR6 = 0x7FD0;
  static final int DR7 = 0x7FC8;

  /** ES CS SS DS FS GS LDTR TR, 4 bytes each. */
  static final int SELECTORS = 0x7FA8;

  static final int IO_MISC = 0x7FA4;
  static final int IO_MEMORY_ADDRESS = 0x7F9C;

  /** RAX RCX RDX RBX RSP RBP RSI RDI, 8 bytes each, upwards. */
  static final int RAX = 0x7F5C;

  /** R8 to R15, 8 bytes each, downwards. */
  static final int R8 = 0x7F54;

  /** 16 bits; bit 0: the SMI came in HLT, RSM goes back there. */
  static final int AUTO_HALT_RESTART = 0x7F02;

  /** 16 bits; FFh: RSM restarts the I/O instruction. */
  static final int IO_RESTART = 0x7F00;

  static final int REVISION = 0x7EFC;
  static final int SMBASE = 0x7EF8;
  static final int EPT_ENABLED = 0x7EE0;
  static final int EPT_POINTER = 0x7ED8;

  /** IA32_BNDCFGS (volume 1, 17.5.6). */
  static final int BNDCFGS = 0x7ED0;

  static final int LDT_BASE = 0x7E9C;
  static final int IDT_BASE = 0x7E94;
  static final int GDT_BASE = 0x7E8C;
  static final int CR4 = 0x7E40;
  static final int IO_RSI = 0x7DF8;
  static final int IO_RCX = 0x7DF0;
  static final int IO_RIP = 0x7DE8;
  static final int IO_RDI = 0x7DE0;
  static final int IDT_BASE_HIGH = 0x7DD8;
  static final int LDT_BASE_HIGH = 0x7DD4;
  static final int GDT_BASE_HIGH = 0x7DD0;

  // Reserved in the manual

  /** In the order of {@link #SELECTORS}: base 8 bytes, limit 4, attributes 4. */
  static final int HIDDEN_SEGMENTS = 0x7C00;

  static final int GDT_LIMIT = 0x7C80;
  static final int IDT_LIMIT = 0x7C84;

  /** As in the VMCS (table 25-3): blocking by STI 0, by MOV SS 1, by NMI 3. */
  static final int INTERRUPTIBILITY = 0x7C88;

  /** 0 active, 2 shutdown; halted is {@link #AUTO_HALT_RESTART}. */
  static final int ACTIVITY = 0x7C8C;

  static final int PENDING_DEBUG = 0x7C90;

  /** Four PDPTE registers. */
  static final int PDPTES = 0x7C98;

  private SmramMap() {}
}
