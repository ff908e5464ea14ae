package io.github.bitterling.vmx.vt;

import java.util.Arrays;
import java.util.Comparator;

/**
 * The fields of a VMCS (SDM volume 3, appendix B), one row each: encoding and the SDM's name.
 * Width, group and access follow from the encoding (25.11.2); the place in the VMCS region is ours
 * and is given out largest fields first, so every field is naturally aligned:
 *
 * <pre>
 *   0  VMCS revision identifier     4  VMX-abort indicator
 *   8  launch state (0 clear, 1 launched)   12  reserved
 *  16  the fields
 * </pre>
 */
public enum Field {
  VPID(0x0000, "Virtual-processor identifier"),
  POSTED_INTERRUPT_VECTOR(0x0002, "Posted-interrupt notification vector"),
  EPTP_INDEX(0x0004, "EPTP index"),
  GUEST_ES_SELECTOR(0x0800, "Guest ES selector"),
  GUEST_CS_SELECTOR(0x0802, "Guest CS selector"),
  GUEST_SS_SELECTOR(0x0804, "Guest SS selector"),
  GUEST_DS_SELECTOR(0x0806, "Guest DS selector"),
  GUEST_FS_SELECTOR(0x0808, "Guest FS selector"),
  GUEST_GS_SELECTOR(0x080A, "Guest GS selector"),
  GUEST_LDTR_SELECTOR(0x080C, "Guest LDTR selector"),
  GUEST_TR_SELECTOR(0x080E, "Guest TR selector"),
  GUEST_INTERRUPT_STATUS(0x0810, "Guest interrupt status"),
  PML_INDEX(0x0812, "PML index"),
  HOST_ES_SELECTOR(0x0C00, "Host ES selector"),
  HOST_CS_SELECTOR(0x0C02, "Host CS selector"),
  HOST_SS_SELECTOR(0x0C04, "Host SS selector"),
  HOST_DS_SELECTOR(0x0C06, "Host DS selector"),
  HOST_FS_SELECTOR(0x0C08, "Host FS selector"),
  HOST_GS_SELECTOR(0x0C0A, "Host GS selector"),
  HOST_TR_SELECTOR(0x0C0C, "Host TR selector"),
  IO_BITMAP_A(0x2000, "Address of I/O bitmap A"),
  IO_BITMAP_B(0x2002, "Address of I/O bitmap B"),
  MSR_BITMAPS(0x2004, "Address of MSR bitmaps"),
  EXIT_MSR_STORE_ADDRESS(0x2006, "VM-exit MSR-store address"),
  EXIT_MSR_LOAD_ADDRESS(0x2008, "VM-exit MSR-load address"),
  ENTRY_MSR_LOAD_ADDRESS(0x200A, "VM-entry MSR-load address"),
  EXECUTIVE_VMCS_POINTER(0x200C, "Executive-VMCS pointer"),
  PML_ADDRESS(0x200E, "PML address"),
  TSC_OFFSET(0x2010, "TSC offset"),
  VIRTUAL_APIC_ADDRESS(0x2012, "Virtual-APIC address"),
  APIC_ACCESS_ADDRESS(0x2014, "APIC-access address"),
  POSTED_INTERRUPT_DESCRIPTOR(0x2016, "Posted-interrupt descriptor address"),
  VM_FUNCTION_CONTROLS(0x2018, "VM-function controls"),
  EPT_POINTER(0x201A, "EPT pointer"),
  EOI_EXIT_BITMAP0(0x201C, "EOI-exit bitmap 0"),
  EOI_EXIT_BITMAP1(0x201E, "EOI-exit bitmap 1"),
  EOI_EXIT_BITMAP2(0x2020, "EOI-exit bitmap 2"),
  EOI_EXIT_BITMAP3(0x2022, "EOI-exit bitmap 3"),
  EPTP_LIST_ADDRESS(0x2024, "EPTP-list address"),
  VMREAD_BITMAP(0x2026, "VMREAD-bitmap address"),
  VMWRITE_BITMAP(0x2028, "VMWRITE-bitmap address"),
  VIRTUALIZATION_EXCEPTION_ADDRESS(0x202A, "Virtualization-exception information address"),
  XSS_EXITING_BITMAP(0x202C, "XSS-exiting bitmap"),
  TSC_MULTIPLIER(0x2032, "TSC multiplier"),
  GUEST_PHYSICAL_ADDRESS(0x2400, "Guest-physical address"),
  VMCS_LINK_POINTER(0x2800, "VMCS link pointer"),
  GUEST_DEBUGCTL(0x2802, "Guest IA32_DEBUGCTL"),
  GUEST_PAT(0x2804, "Guest IA32_PAT"),
  GUEST_EFER(0x2806, "Guest IA32_EFER"),
  GUEST_PERF_GLOBAL_CTRL(0x2808, "Guest IA32_PERF_GLOBAL_CTRL"),
  GUEST_PDPTE0(0x280A, "Guest PDPTE0"),
  GUEST_PDPTE1(0x280C, "Guest PDPTE1"),
  GUEST_PDPTE2(0x280E, "Guest PDPTE2"),
  GUEST_PDPTE3(0x2810, "Guest PDPTE3"),
  GUEST_BNDCFGS(0x2812, "Guest IA32_BNDCFGS"),
  HOST_PAT(0x2C00, "Host IA32_PAT"),
  HOST_EFER(0x2C02, "Host IA32_EFER"),
  HOST_PERF_GLOBAL_CTRL(0x2C04, "Host IA32_PERF_GLOBAL_CTRL"),
  PIN_CONTROLS(0x4000, "Pin-based VM-execution controls"),
  PRIMARY_CONTROLS(0x4002, "Primary processor-based VM-execution controls"),
  EXCEPTION_BITMAP(0x4004, "Exception bitmap"),
  PAGE_FAULT_MASK(0x4006, "Page-fault error-code mask"),
  PAGE_FAULT_MATCH(0x4008, "Page-fault error-code match"),
  CR3_TARGET_COUNT(0x400A, "CR3-target count"),
  EXIT_CONTROLS(0x400C, "VM-exit controls"),
  EXIT_MSR_STORE_COUNT(0x400E, "VM-exit MSR-store count"),
  EXIT_MSR_LOAD_COUNT(0x4010, "VM-exit MSR-load count"),
  ENTRY_CONTROLS(0x4012, "VM-entry controls"),
  ENTRY_MSR_LOAD_COUNT(0x4014, "VM-entry MSR-load count"),
  ENTRY_INTERRUPTION_INFORMATION(0x4016, "VM-entry interruption-information field"),
  ENTRY_EXCEPTION_ERROR_CODE(0x4018, "VM-entry exception error code"),
  ENTRY_INSTRUCTION_LENGTH(0x401A, "VM-entry instruction length"),
  TPR_THRESHOLD(0x401C, "TPR threshold"),
  SECONDARY_CONTROLS(0x401E, "Secondary processor-based VM-execution controls"),
  PLE_GAP(0x4020, "PLE_Gap"),
  PLE_WINDOW(0x4022, "PLE_Window"),
  VM_INSTRUCTION_ERROR(0x4400, "VM-instruction error"),
  EXIT_REASON(0x4402, "Exit reason"),
  EXIT_INTERRUPTION_INFORMATION(0x4404, "VM-exit interruption information"),
  EXIT_INTERRUPTION_ERROR_CODE(0x4406, "VM-exit interruption error code"),
  IDT_VECTORING_INFORMATION(0x4408, "IDT-vectoring information field"),
  IDT_VECTORING_ERROR_CODE(0x440A, "IDT-vectoring error code"),
  EXIT_INSTRUCTION_LENGTH(0x440C, "VM-exit instruction length"),
  EXIT_INSTRUCTION_INFORMATION(0x440E, "VM-exit instruction information"),
  GUEST_ES_LIMIT(0x4800, "Guest ES limit"),
  GUEST_CS_LIMIT(0x4802, "Guest CS limit"),
  GUEST_SS_LIMIT(0x4804, "Guest SS limit"),
  GUEST_DS_LIMIT(0x4806, "Guest DS limit"),
  GUEST_FS_LIMIT(0x4808, "Guest FS limit"),
  GUEST_GS_LIMIT(0x480A, "Guest GS limit"),
  GUEST_LDTR_LIMIT(0x480C, "Guest LDTR limit"),
  GUEST_TR_LIMIT(0x480E, "Guest TR limit"),
  GUEST_GDTR_LIMIT(0x4810, "Guest GDTR limit"),
  GUEST_IDTR_LIMIT(0x4812, "Guest IDTR limit"),
  GUEST_ES_ACCESS_RIGHTS(0x4814, "Guest ES access rights"),
  GUEST_CS_ACCESS_RIGHTS(0x4816, "Guest CS access rights"),
  GUEST_SS_ACCESS_RIGHTS(0x4818, "Guest SS access rights"),
  GUEST_DS_ACCESS_RIGHTS(0x481A, "Guest DS access rights"),
  GUEST_FS_ACCESS_RIGHTS(0x481C, "Guest FS access rights"),
  GUEST_GS_ACCESS_RIGHTS(0x481E, "Guest GS access rights"),
  GUEST_LDTR_ACCESS_RIGHTS(0x4820, "Guest LDTR access rights"),
  GUEST_TR_ACCESS_RIGHTS(0x4822, "Guest TR access rights"),
  GUEST_INTERRUPTIBILITY(0x4824, "Guest interruptibility state"),
  GUEST_ACTIVITY_STATE(0x4826, "Guest activity state"),
  GUEST_SMBASE(0x4828, "Guest SMBASE"),
  GUEST_SYSENTER_CS(0x482A, "Guest IA32_SYSENTER_CS"),
  PREEMPTION_TIMER_VALUE(0x482E, "VMX-preemption timer value"),
  HOST_SYSENTER_CS(0x4C00, "Host IA32_SYSENTER_CS"),
  CR0_MASK(0x6000, "CR0 guest/host mask"),
  CR4_MASK(0x6002, "CR4 guest/host mask"),
  CR0_READ_SHADOW(0x6004, "CR0 read shadow"),
  CR4_READ_SHADOW(0x6006, "CR4 read shadow"),
  CR3_TARGET0(0x6008, "CR3-target value 0"),
  CR3_TARGET1(0x600A, "CR3-target value 1"),
  CR3_TARGET2(0x600C, "CR3-target value 2"),
  CR3_TARGET3(0x600E, "CR3-target value 3"),
  EXIT_QUALIFICATION(0x6400, "Exit qualification"),
  IO_RCX(0x6402, "I/O RCX"),
  IO_RSI(0x6404, "I/O RSI"),
  IO_RDI(0x6406, "I/O RDI"),
  IO_RIP(0x6408, "I/O RIP"),
  GUEST_LINEAR_ADDRESS(0x640A, "Guest-linear address"),
  GUEST_CR0(0x6800, "Guest CR0"),
  GUEST_CR3(0x6802, "Guest CR3"),
  GUEST_CR4(0x6804, "Guest CR4"),
  GUEST_ES_BASE(0x6806, "Guest ES base"),
  GUEST_CS_BASE(0x6808, "Guest CS base"),
  GUEST_SS_BASE(0x680A, "Guest SS base"),
  GUEST_DS_BASE(0x680C, "Guest DS base"),
  GUEST_FS_BASE(0x680E, "Guest FS base"),
  GUEST_GS_BASE(0x6810, "Guest GS base"),
  GUEST_LDTR_BASE(0x6812, "Guest LDTR base"),
  GUEST_TR_BASE(0x6814, "Guest TR base"),
  GUEST_GDTR_BASE(0x6816, "Guest GDTR base"),
  GUEST_IDTR_BASE(0x6818, "Guest IDTR base"),
  GUEST_DR7(0x681A, "Guest DR7"),
  GUEST_RSP(0x681C, "Guest RSP"),
  GUEST_RIP(0x681E, "Guest RIP"),
  GUEST_RFLAGS(0x6820, "Guest RFLAGS"),
  GUEST_PENDING_DEBUG(0x6822, "Guest pending debug exceptions"),
  GUEST_SYSENTER_ESP(0x6824, "Guest IA32_SYSENTER_ESP"),
  GUEST_SYSENTER_EIP(0x6826, "Guest IA32_SYSENTER_EIP"),
  HOST_CR0(0x6C00, "Host CR0"),
  HOST_CR3(0x6C02, "Host CR3"),
  HOST_CR4(0x6C04, "Host CR4"),
  HOST_FS_BASE(0x6C06, "Host FS base"),
  HOST_GS_BASE(0x6C08, "Host GS base"),
  HOST_TR_BASE(0x6C0A, "Host TR base"),
  HOST_GDTR_BASE(0x6C0C, "Host GDTR base"),
  HOST_IDTR_BASE(0x6C0E, "Host IDTR base"),
  HOST_SYSENTER_ESP(0x6C10, "Host IA32_SYSENTER_ESP"),
  HOST_SYSENTER_EIP(0x6C12, "Host IA32_SYSENTER_EIP"),
  HOST_RSP(0x6C14, "Host RSP"),
  HOST_RIP(0x6C16, "Host RIP");

  /** Bits 14:13 of the encoding. */
  public enum Width {
    W16(2),
    W64(8),
    W32(4),
    NATURAL(8);

    private final int bytes;

    Width(int bytes) {
      this.bytes = bytes;
    }

    /** Bytes kept in the VMCS region. */
    public int bytes() {
      return bytes;
    }
  }

  /** Bits 11:10 of the encoding. */
  public enum Group {
    CONTROL,
    READ_ONLY,
    GUEST,
    HOST
  }

  /** Offset of the first field. */
  public static final int FIRST_OFFSET = 16;

  private static final int INDEX_SHIFT = 1;
  private static final Field[] BY_ENCODING = new Field[0x8000 >> INDEX_SHIFT];
  private static final int END = layOut();

  private final int encoding;
  private final String sdmName;
  private final int bytes;
  private final long groupBit;
  private int offset;

  Field(int encoding, String sdmName) {
    this.encoding = encoding;
    this.sdmName = sdmName;
    this.bytes = Width.values()[encoding >> 13 & 3].bytes();
    this.groupBit = groupBit(encoding >> 10 & 3, ordinal());
  }

  /** Control fields share bits 11:0, host fields 19:12, guest fields 61:20. */
  private static long groupBit(int group, int number) {
    return switch (group) {
      case 0 -> 1L << number % 12;
      case 2 -> 1L << 20 + number % 42;
      case 3 -> 1L << 12 + number % 8;
      default -> 0;
    };
  }

  private static int layOut() {
    Field[] order = values();
    Arrays.sort(
        order, Comparator.comparingInt((Field f) -> -f.bytes).thenComparingInt(f -> f.encoding));
    int at = FIRST_OFFSET;
    for (Field f : order) {
      f.offset = at;
      at += f.bytes;
      BY_ENCODING[f.encoding >> INDEX_SHIFT] = f;
    }
    return at;
  }

  /** Bytes of the VMCS region in use. */
  public static int regionBytes() {
    return END;
  }

  /**
   * The field an encoding names, or null. The high half of a 64-bit field (bit 0 set) gives the
   * field.
   *
   * @param encoding operand of VMREAD and VMWRITE
   */
  public static Field of(long encoding) {
    if ((encoding & ~0x7FFFL) != 0) {
      return null;
    }
    Field f = BY_ENCODING[(int) encoding >> INDEX_SHIFT];
    boolean high = (encoding & 1) != 0;
    return f == null || high && f.width() != Width.W64 ? null : f;
  }

  public int encoding() {
    return encoding;
  }

  /** Name in SDM appendix B. */
  public String sdmName() {
    return sdmName;
  }

  public Width width() {
    return Width.values()[encoding >> 13 & 3];
  }

  public Group group() {
    return Group.values()[encoding >> 10 & 3];
  }

  /** VM-exit information: VMWRITE fails (IA32_VMX_MISC bit 29 is 0). */
  public boolean readOnly() {
    return (encoding >> 10 & 3) == 1;
  }

  /**
   * One bit, shared with a few other fields: to tell what has changed. 0 for VM-exit information.
   */
  long groupBit() {
    return groupBit;
  }

  /** Bytes in the region. */
  public int bytes() {
    return bytes;
  }

  /** The bits the region keeps. */
  long mask() {
    return bytes == 8 ? -1L : (1L << 8 * bytes) - 1;
  }

  /** Byte offset in the region. */
  public int offset() {
    return offset;
  }

  /** Field of the same family by segment: ES 0, CS, SS, DS, FS, GS, LDTR 6, TR 7. */
  Field plus(int index) {
    return BY_ENCODING[(encoding >> INDEX_SHIFT) + index];
  }
}
