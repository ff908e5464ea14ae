package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.bitterling.vmx.model.CpuModel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * EPT as guests meet it: permissions, page sizes, misconfigurations, faults of the guest's own walk
 * (29.3).
 */
class EptConformanceTests {
  private static final String VMCALL = "0f01c1";
  private static final long WRITE_BACK = 6 << 3;
  private static final long ACCESSED = 1 << 8;
  private static final long DIRTY = 1 << 9;

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  private enum Access {
    READ("a1%s 0f01c1", 1),
    WRITE("a3%s 0f01c1", 2),
    FETCH("48b8%s ffe0", 4);

    private final String code;
    private final int bit;

    Access(String code, int bit) {
      this.code = code;
      this.bit = bit;
    }

    String at(long address) {
      StringBuilder hex = new StringBuilder();
      for (int i = 0; i < 8; i++) {
        hex.append("%02x".formatted(address >>> 8 * i & 0xFF));
      }
      return code.formatted(hex);
    }
  }

  /** A page of each size, which maps to itself but for the largest: that one maps to 0. */
  private enum Size {
    KBYTE_4(Lab.DATA, Lab.DATA, Lab.DATA_EPTE),
    MBYTE_2(Lab.LARGE, Lab.LARGE, Lab.LARGE_EPTE),
    GBYTE_1(1L << 30, 0, 0x21008);

    private final long guestPhysical;
    private final long physical;
    private final long entry;

    Size(long guestPhysical, long physical, long entry) {
      this.guestPhysical = guestPhysical;
      this.physical = physical;
      this.entry = entry;
    }

    /** The entry's low bits but for the permissions. */
    long leaf() {
      return WRITE_BACK | (this == KBYTE_4 ? 0 : 0x80);
    }

    /** Somewhere in the page where nothing else lies. */
    long offset() {
      return (this == GBYTE_1 ? Lab.DATA : 0) + 0x10;
    }
  }

  private static final List<String> GBYTE_MODELS = List.of("x86-64-v3", "x86-64-full");

  /**
   * Eight permissions, three accesses, the page sizes of each model, without and with accessed and
   * dirty flags.
   */
  @TestFactory
  Stream<DynamicTest> permissions() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Size size : Size.values()) {
      if (size != Size.GBYTE_1) {
        permissions(tests, "e3845", size, false);
      }
      for (String model : GBYTE_MODELS) {
        permissions(tests, model, size, false);
        permissions(tests, model, size, true);
      }
    }
    return tests.stream();
  }

  private void permissions(List<DynamicTest> tests, String model, Size size, boolean flags) {
    for (int rwx = 0; rwx < 8; rwx++) {
      for (Access access : Access.values()) {
        int p = rwx;
        String rights = "R%d W%d X%d".formatted(p & 1, p >> 1 & 1, p >> 2);
        String name = List.of(access, rights, size, model) + (flags ? ", flags" : "");
        tests.add(dynamicTest(name, () -> permission(model, size, p, access, flags)));
      }
    }
  }

  private void permission(String model, Size size, int rwx, Access access, boolean flags) {
    long address = size.guestPhysical + size.offset();
    try (Lab lab = new Lab(engine(), CpuModel.of(model, 1))) {
      lab.set(Field.EPT_POINTER, Lab.EPT_ROOT | (flags ? 0x5E : 0x1E));
      secondGigabyte(lab);
      lab.rig.put64(size.entry, size.physical | size.leaf() | rwx);
      lab.rig.put(size.physical + size.offset(), VMCALL);
      Lab.Exit e = lab.code(access.at(address)).exit();
      boolean done = (rwx & 3) != 2 && (access.bit & rwx) != 0;
      if (done) {
        assertEquals(ExitReason.VMCALL, e.reason());
      } else if ((rwx & 3) == 2) {
        assertEquals(ExitReason.EPT_MISCONFIGURATION, e.reason());
        assertEquals(address, e.get(Field.GUEST_PHYSICAL_ADDRESS));
      } else {
        violation(e, 0x180 | access.bit | rwx << 3, address);
      }
      long marks = done && flags ? ACCESSED | (access == Access.WRITE ? DIRTY : 0) : 0;
      assertEquals(marks, lab.rig.get64(size.entry) & (ACCESSED | DIRTY), "flags of the leaf");
    }
  }

  /** The guest's own tables map 2 MBytes from 40000000h on to that guest-physical address. */
  private static void secondGigabyte(Lab lab) {
    lab.rig.put64(0x11008, Lab.AREA | 7);
    lab.rig.put64(Lab.AREA, 1L << 30 | 0x87);
  }

  /** 29.3.2, leaf and table in the page-directory-pointer table. */
  @ParameterizedTest
  @CsvSource({
    "b7, VMCALL",
    "97, EPT_MISCONFIGURATION",
    "9f, EPT_MISCONFIGURATION",
    "bf, EPT_MISCONFIGURATION",
    "10b7, EPT_MISCONFIGURATION",
    "200000b7, EPT_MISCONFIGURATION",
    "80000000000b7, EPT_MISCONFIGURATION",
    "b6, EPT_MISCONFIGURATION",
    "3500f, EPT_MISCONFIGURATION",
    "35047, EPT_MISCONFIGURATION"
  })
  void gigabyteMisconfigurations(String entry, ExitReason reason) {
    for (String model : GBYTE_MODELS) {
      try (Lab lab = new Lab(engine(), CpuModel.of(model, 1))) {
        secondGigabyte(lab);
        lab.rig.put64(Size.GBYTE_1.entry, Long.parseLong(entry, 16));
        lab.apart(entry.equals("10b7") ? BochsDifference.LARGE_RESERVED : null);
        long address = Size.GBYTE_1.guestPhysical + Lab.DATA;
        Lab.Exit e = lab.code(Access.READ.at(address)).exit();
        assertEquals(reason, e.reason(), model);
        if (reason == ExitReason.EPT_MISCONFIGURATION) {
          assertEquals(address, e.get(Field.GUEST_PHYSICAL_ADDRESS));
          assertEquals(0, e.qualification());
        }
      }
    }
  }

  private static void violation(Lab.Exit e, long qualification, long address) {
    assertEquals(
        "EPT_VIOLATION %x at %x".formatted(qualification, address),
        "%s %x at %x"
            .formatted(e.reason(), e.qualification(), e.get(Field.GUEST_PHYSICAL_ADDRESS)));
    assertEquals(address, e.get(Field.GUEST_LINEAR_ADDRESS), "identity-mapped");
  }

  /** Permissions of the upper levels are combined. */
  @Test
  void upperLevelsTakeRightsAway() {
    try (Lab lab = new Lab(engine())) {
      lab.rig.put64(0x22010, 0x24005);
      lab.rig.put64(0x24000, 0x40_0000 | WRITE_BACK | 7);
      violation(lab.code(Access.WRITE.at(0x40_0008)).exit(), 0x180 | 2 | 5 << 3, 0x40_0008);
    }
  }

  @Test
  void absentDirectoryEntry() {
    try (Lab lab = new Lab(engine())) {
      violation(lab.code(Access.READ.at(0x40_0008)).exit(), 0x181, 0x40_0008);
    }
  }

  /** The guest's own page tables: bit 8 clear, the address is that of the table entry. */
  @Test
  void walkOfTheGuestFaults() {
    try (Lab lab = new Lab(engine())) {
      lab.rig.put64(0x23000 + 8 * 0x12, 0);
      Lab.Exit e = lab.code("90").exit();
      assertEquals(ExitReason.EPT_VIOLATION, e.reason());
      assertEquals(0x12000, e.get(Field.GUEST_PHYSICAL_ADDRESS));
      assertEquals(0x80, e.qualification() & 0x1F8);
      assertEquals(Lab.CODE, e.get(Field.GUEST_LINEAR_ADDRESS));
    }
  }

  /**
   * A paging-structure access is a read whatever the instruction does; bits 5:3 are what the page
   * of the table allows, execute permission too.
   */
  @TestFactory
  Stream<DynamicTest> permissionsOfTheGuestsTables() {
    List<DynamicTest> tests = new ArrayList<>();
    for (int rwx : new int[] {0, 4}) {
      for (Access access : Access.values()) {
        tests.add(dynamicTest(access + " with " + rwx, () -> tables(rwx, access)));
      }
    }
    return tests.stream();
  }

  /** A table of its own for 4 MiB and up, in the data page. */
  private void tables(int rwx, Access access) {
    try (Lab lab = new Lab(engine())) {
      lab.rig.put64(0x12010, Lab.DATA | 7);
      lab.rig.put64(Lab.DATA, 0x9000 | 7);
      lab.rig.put64(Lab.DATA_EPTE, Lab.DATA | WRITE_BACK | rwx);
      Lab.Exit e = lab.code(access.at(0x40_0010)).exit();
      assertEquals(ExitReason.EPT_VIOLATION, e.reason());
      assertEquals(0x81 | rwx << 3, e.qualification());
      assertEquals(Lab.DATA, e.get(Field.GUEST_PHYSICAL_ADDRESS));
      assertEquals(0x40_0010, e.get(Field.GUEST_LINEAR_ADDRESS));
    }
  }

  /** The accessed flag of a guest's table that may only be read: a read and a write. */
  @Test
  void accessedFlagOfTheGuestNeedsWritePermission() {
    try (Lab lab = new Lab(engine())) {
      lab.rig.put64(0x12010, Lab.DATA | 7);
      lab.rig.put64(Lab.DATA, 0x9000 | 7);
      lab.rig.put64(Lab.DATA_EPTE, Lab.DATA | WRITE_BACK | 5);
      lab.apart(BochsDifference.GUEST_ACCESSED);
      Lab.Exit e = lab.code(Access.READ.at(0x40_0010)).exit();
      assertEquals(ExitReason.EPT_VIOLATION, e.reason());
      assertEquals(0x83 | 5 << 3, e.qualification());
    }
  }

  /** PDPTEs of a PAE guest that loads CR3: bit 7 clear, no linear address; mov cr3, eax. */
  @Test
  void pdpteLoadHasNoLinearAddress() {
    try (Lab lab = new Lab(engine())) {
      lab.guestPae();
      lab.rig.put64(Lab.DATA_EPTE, Lab.DATA | WRITE_BACK);
      Lab.Exit e = lab.code("b800000700 0f22d8").exit();
      assertEquals(ExitReason.EPT_VIOLATION, e.reason());
      assertEquals(1, e.qualification());
      assertEquals(Lab.DATA, e.get(Field.GUEST_PHYSICAL_ADDRESS));
      assertEquals(Lab.CODE + 5, e.rip());
    }
  }

  /**
   * A host that carries out a MOV to CR0 has to fill in the PDPTEs (27.3.2.4): the entry takes them
   * from the VMCS, whatever CR3 points to. One that does not leaves the guest without memory; mov
   * eax, cr0; or eax, 80000000h; mov cr0, eax.
   */
  @ParameterizedTest
  @CsvSource({"12001, VMCALL", "0, TRIPLE_FAULT"})
  void pagingTurnedOnByTheHostUsesThePdptesOfTheVmcs(String pdpte, ExitReason then) {
    try (Lab lab = new Lab(engine())) {
      lab.guest32().set(Field.GUEST_CR4, 0x2020).set(Field.GUEST_CR3, Lab.DATA);
      lab.rig.put64(Lab.DATA, 0x12001);
      lab.set(Field.CR0_MASK, Bits.CR0_PG).set(Field.CR0_READ_SHADOW, 0x31);
      lab.code("0f20c0 0d00000080 0f22c0" + VMCALL);
      lab.stage().set(Field.GUEST_CR0, 0x8000_0031L).set(Field.CR0_READ_SHADOW, 0x8000_0031L);
      lab.set(Field.GUEST_RIP, Lab.CODE + 11).set(Field.GUEST_PDPTE0, Long.parseLong(pdpte, 16));
      lab.set(Field.GUEST_PDPTE1, 0).set(Field.GUEST_PDPTE2, 0).set(Field.GUEST_PDPTE3, 0);
      List<Lab.Exit> exits = lab.run();
      assertEquals(ExitReason.CR_ACCESS, exits.get(0).reason());
      assertEquals(0, exits.get(0).qualification());
      assertEquals(then, exits.get(1).reason());
    }
  }

  /** 29.3.3.1, an entry each: level 1, 2 (large), 2 (table), 3, 4. */
  @TestFactory
  Stream<DynamicTest> misconfigurations() {
    return Stream.of(
            new long[] {Lab.DATA_EPTE, Lab.DATA | 2 << 3 | 7, Lab.DATA},
            new long[] {Lab.DATA_EPTE, Lab.DATA | 3 << 3 | 7, Lab.DATA},
            new long[] {Lab.DATA_EPTE, Lab.DATA | 7 << 3 | 7, Lab.DATA},
            new long[] {Lab.DATA_EPTE, Lab.DATA | WRITE_BACK | 7 | 1L << 36, Lab.DATA},
            new long[] {Lab.DATA_EPTE, Lab.DATA | WRITE_BACK | 7 | 1L << 51, Lab.DATA},
            new long[] {Lab.LARGE_EPTE, Lab.LARGE | 0x87 | WRITE_BACK | 0x1000, Lab.LARGE},
            new long[] {Lab.LARGE_EPTE, Lab.LARGE | 0x87 | 2 << 3, Lab.LARGE},
            new long[] {Lab.LARGE_EPTE, 0x24007 | 1 << 3, Lab.LARGE},
            new long[] {Lab.LARGE_EPTE, 0x24007 | 1 << 6, Lab.LARGE})
        .map(
            r ->
                dynamicTest(
                    "entry %x at %x".formatted(r[1], r[0]),
                    () -> {
                      try (Lab lab = new Lab(engine())) {
                        lab.rig.put64(r[0], r[1]);
                        lab.apart(bochs(r[1]));
                        Lab.Exit e = lab.code(Access.READ.at(r[2])).exit();
                        assertEquals(ExitReason.EPT_MISCONFIGURATION, e.reason());
                        assertEquals(r[2], e.get(Field.GUEST_PHYSICAL_ADDRESS));
                        assertEquals(0, e.qualification());
                      }
                    }));
  }

  private static BochsDifference bochs(long entry) {
    if ((entry & 1L << 36) != 0) {
      return BochsDifference.MODEL;
    }
    return (entry & 0x1F_F000) == 0x1000 ? BochsDifference.LARGE_RESERVED : null;
  }

  private Lab extended() {
    Lab lab = Lab.full(engine());
    lab.set(Field.EPT_POINTER, Lab.EPT_ROOT | 0x5E);
    return lab;
  }

  /** A read, then a write by the TLB entry the read made. */
  @Test
  void accessedAndDirtyFlags() {
    try (Lab lab = extended()) {
      long read = Lab.DATA_EPTE + 8;
      String readOther = Access.READ.at(Lab.DATA + 0x1000).replace(VMCALL, "");
      String readFirst = Access.READ.at(Lab.DATA).replace(VMCALL, "");
      lab.code(readOther + readFirst + Access.WRITE.at(Lab.DATA)).exit();
      assertEquals(ACCESSED | DIRTY, lab.rig.get64(Lab.DATA_EPTE) & 0x300);
      assertEquals(ACCESSED, lab.rig.get64(read) & 0x300);
      assertEquals(0, lab.rig.get64(read + 8) & 0x300, "not touched");
      assertEquals(
          ACCESSED | DIRTY,
          lab.rig.get64(0x23000 + 8 * 0x10) & 0x300,
          "paging structures count as written");
      assertEquals(ACCESSED, lab.rig.get64(Lab.EPT_ROOT) & 0x300);
    }
  }

  @Test
  void flagsStayWithoutBit6() {
    try (Lab lab = Lab.full(engine())) {
      lab.code(Access.WRITE.at(Lab.DATA)).exit();
      assertEquals(0, lab.rig.get64(Lab.DATA_EPTE) & 0x300);
    }
  }

  /**
   * With the flags on, a read-only table of the guest is a violation: read and write, not the final
   * access.
   */
  @Test
  void guestTablesNeedWritePermissionWithFlags() {
    try (Lab lab = extended()) {
      lab.apart(BochsDifference.TABLE_ACCESS);
      lab.rig.put64(0x23000 + 8 * 0x12, 0x12000 | WRITE_BACK | 5);
      Lab.Exit e = lab.code("90").exit();
      assertEquals(ExitReason.EPT_VIOLATION, e.reason());
      assertEquals(0x80 | 3 | 5 << 3, e.qualification());
    }
  }

  @Test
  void gigabytePage() {
    try (Lab lab = extended()) {
      lab.rig.put64(0x21000, 0x80 | WRITE_BACK | 7);
      assertEquals(ExitReason.VMCALL, lab.code(Access.WRITE.at(Lab.LARGE)).exit().reason());
      assertEquals(ACCESSED | DIRTY, lab.rig.get64(0x21000) & 0x300);
    }
  }

  /** Silvermont has no 1-GByte pages: bit 7 of a page-directory-pointer entry is reserved. */
  @Test
  void gigabytePageIsAMisconfiguration() {
    try (Lab lab = new Lab(engine())) {
      lab.apart(BochsDifference.MODEL);
      lab.rig.put64(0x21000, 0xB7);
      assertEquals(ExitReason.EPT_MISCONFIGURATION, lab.code("90").exit().reason());
    }
  }
}
