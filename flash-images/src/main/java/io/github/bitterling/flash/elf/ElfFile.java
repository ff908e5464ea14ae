package io.github.bitterling.flash.elf;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.github.bitterling.flash.data.ByteSink;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.data.Slice;
import java.util.ArrayList;
import java.util.List;

/**
 * A little-endian x86 executable of 32 or 64 bits, reduced to what a loader needs (ELF
 * specification 1.2, figures 1-3 and 2-1; ELF-64 object file format).
 *
 * @param segments loadable segments that take memory, in the file's order
 * @param entry physical address of the first instruction
 */
public record ElfFile(List<ElfSegment> segments, long entry) {
  private static final int PT_LOAD = 1;
  private static final int PF_X = 1;
  private static final int EM_386 = 3;
  private static final int EM_X86_64 = 62;
  private static final int HEADER_32 = 52;
  private static final int PROGRAM_HEADER_32 = 32;
  private static final int SECTION_HEADER_32 = 40;
  private static final int SHT_STRTAB = 3;
  private static final String SECTION_NAMES = "\0.shstrtab\0";
  private static final long ADDRESS_LIMIT = 1L << 32;

  /** Makes the list immutable. */
  public ElfFile {
    segments = List.copyOf(segments);
  }

  /**
   * Reads an ELF file.
   *
   * @throws FlashImageException if it is not a little-endian x86 executable below 4 GiB
   */
  public static ElfFile read(byte[] bytes, String name) {
    Slice file = Slice.of(bytes, name);
    if (!file.startsWith(0, "\u007fELF")) {
      throw wrong(0, name + " magic", "no ELF signature", "7F 45 4C 46", name);
    }
    int bits = file.u8(4, "ELF class of " + name);
    if (bits != 1 && bits != 2) {
      throw wrong(
          4, "ELF class of " + name, Integer.toString(bits), "1 (32 bits) or 2 (64 bits)", name);
    }
    expect(file.u8(5, "ELF byte order of " + name), 1, 5, "ELF byte order of " + name, name);
    int machine = file.u16(18, LITTLE_ENDIAN, "ELF machine of " + name);
    if (machine != EM_386 && machine != EM_X86_64) {
      throw wrong(
          18, "ELF machine of " + name, Integer.toString(machine), "3 (i386) or 62 (x86-64)", name);
    }
    return new Reader(file, name, bits == 2).read();
  }

  private static void expect(int found, int expected, long at, String field, String name) {
    if (found != expected) {
      throw wrong(at, field, Integer.toString(found), Integer.toString(expected), name);
    }
  }

  private static FlashImageException wrong(
      long at, String field, String found, String expected, String name) {
    return new FlashImageException(
        at, field, found, expected, "give an x86 ELF executable as " + name);
  }

  /** Lowest physical address of any segment. */
  public long start() {
    return segments.stream().mapToLong(ElfSegment::physicalAddress).min().orElse(0);
  }

  /** First physical address behind all segments. */
  public long end() {
    return segments.stream().mapToLong(ElfSegment::end).max().orElse(0);
  }

  /**
   * This program as a 32-bit ELF file whose only section is its table of names, as cbfstool asks
   * for one.
   */
  public byte[] toBytes() {
    long data = HEADER_32 + (long) PROGRAM_HEADER_32 * segments.size();
    long names = data + segments.stream().mapToLong(each -> each.data().length).sum();
    ByteSink out = new ByteSink(LITTLE_ENDIAN);
    out.ascii("\u007fELF").u8(1).u8(1).u8(1).fill(9, 0);
    out.u16(2).u16(EM_386).u32(1).u32(entry).u32(HEADER_32);
    out.u32(names + SECTION_NAMES.length()).u32(0);
    out.u16(HEADER_32).u16(PROGRAM_HEADER_32).u16(segments.size());
    out.u16(SECTION_HEADER_32).u16(2).u16(1);
    long offset = data;
    for (ElfSegment each : segments) {
      out.u32(PT_LOAD).u32(offset).u32(each.virtualAddress()).u32(each.physicalAddress());
      out.u32(each.data().length).u32(each.memorySize()).u32(each.executable() ? 7 : 6).u32(1);
      offset += each.data().length;
    }
    segments.forEach(each -> out.bytes(each.data()));
    out.ascii(SECTION_NAMES).fill(SECTION_HEADER_32, 0);
    out.u32(1).u32(SHT_STRTAB).u32(0).u32(0).u32(names).u32(SECTION_NAMES.length());
    return out.u32(0).u32(0).u32(1).u32(0).toBytes();
  }

  /** Reads the fields whose place and width differ between the two classes. */
  private record Reader(Slice file, String name, boolean wide) {
    ElfFile read() {
      long entry = word(24, 24, "entry");
      long table = word(28, 32, "program header offset");
      int size = file.u16(wide ? 54 : 42, LITTLE_ENDIAN, "program header size of " + name);
      int count = file.u16(wide ? 56 : 44, LITTLE_ENDIAN, "program header count of " + name);
      expect(
          size,
          wide ? 56 : PROGRAM_HEADER_32,
          wide ? 54 : 42,
          "program header size of " + name,
          name);
      List<ElfSegment> segments = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        addSegment(table + (long) i * size, segments);
      }
      if (segments.isEmpty()) {
        throw wrong(
            table, "program headers of " + name, "no loadable segment", "at least one", name);
      }
      return new ElfFile(segments, physical(entry, segments));
    }

    private void addSegment(long at, List<ElfSegment> segments) {
      String field = "program header of " + name;
      long type = file.u32(at, LITTLE_ENDIAN, field);
      long memory = word(at + 20, at + 40, field);
      if (type != PT_LOAD || memory == 0) {
        return;
      }
      long virtual = word(at + 8, at + 16, field);
      long physical = word(at + 12, at + 24, field);
      long stored = word(at + 16, at + 32, field);
      if (stored < 0
          || memory < stored
          || physical < 0
          || memory > ADDRESS_LIMIT
          || physical > ADDRESS_LIMIT - memory) {
        throw wrong(
            at,
            "segment of " + name,
            String.format("%X bytes of file, %X of memory at %X", stored, memory, physical),
            "file size <= memory size, all below 4 GiB",
            name);
      }
      byte[] data = file.copy(word(at + 4, at + 8, field), stored, "segment data of " + name);
      long flags = file.u32(at + (wide ? 4 : 24), LITTLE_ENDIAN, field);
      segments.add(new ElfSegment(virtual, physical, data, memory, (flags & PF_X) != 0));
    }

    private long word(long at32, long at64, String field) {
      return wide ? file.u64(at64, LITTLE_ENDIAN, field) : file.u32(at32, LITTLE_ENDIAN, field);
    }

    private long physical(long entry, List<ElfSegment> segments) {
      for (ElfSegment each : segments) {
        if (entry >= each.virtualAddress() && entry - each.virtualAddress() < each.memorySize()) {
          return entry - each.virtualAddress() + each.physicalAddress();
        }
      }
      throw wrong(
          24, "entry of " + name, String.format("%X", entry), "an address in a segment", name);
    }
  }
}
