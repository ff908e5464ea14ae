package io.github.bitterling.frontend.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Lengths and mnemonics against GNU objdump, on random bytes and on real code; skipped where
 * objdump is missing.
 */
class ObjdumpTests {
  private static final List<List<String>> MODES =
      List.of(
          List.of("-m", "i8086", "-M", "intel,i8086"),
          List.of("-m", "i386", "-M", "intel"),
          List.of("-m", "i386:x86-64", "-M", "intel,intel64"));

  private static final Set<String> PREFIX_WORDS =
      Set.of(
          "lock",
          "rep",
          "repz",
          "repnz",
          "data16",
          "data32",
          "addr16",
          "addr32",
          "cs",
          "ds",
          "es",
          "ss",
          "fs",
          "gs",
          "bnd",
          "notrack",
          "xacquire",
          "xrelease");

  /**
   * Names objdump gives to what other processors do with an encoding that ours takes for something
   * else.
   */
  private static final Map<String, String> OTHER_PROCESSORS =
      Map.of(
          "tzcnt",
          "bsf",
          "lzcnt",
          "bsr",
          "cldemote",
          "nop",
          "bndstx",
          "nop",
          "bndldx",
          "nop",
          "bndmk",
          "nop",
          "bndmov",
          "nop",
          "bndcl",
          "nop",
          "prefetchwt1",
          "prefetch");

  @TempDir Path directory;

  private record Line(int offset, int length, String text) {}

  private List<Line> objdump(int size, byte[] code) throws IOException {
    Path file = directory.resolve("code");
    Files.write(file, code);
    List<String> command = new ArrayList<>(List.of("objdump", "-D", "-z", "-w", "-b", "binary"));
    command.addAll(MODES.get(size));
    command.add(file.toString());
    String out;
    try {
      Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
      out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException missing) {
      assumeTrue(false, "objdump is not installed");
      return List.of();
    }
    List<Line> lines = new ArrayList<>();
    for (String line : out.split("\n")) {
      String[] parts = line.split("\t");
      if (parts.length >= 3) {
        int offset = Integer.parseInt(parts[0].trim().replace(":", ""), 16);
        lines.add(new Line(offset, parts[1].trim().split(" +").length, parts[2].trim()));
      }
    }
    return lines;
  }

  private static String mnemonic(String text) {
    for (String word : text.split("[ ,]+")) {
      if (!PREFIX_WORDS.contains(word) && !word.startsWith("rex")) {
        return word;
      }
    }
    return "";
  }

  private static boolean sameName(String theirs, String ours) {
    String base = OTHER_PROCESSORS.getOrDefault(theirs, theirs);
    return base.equals(ours)
        || base.equals("movabs") && ours.equals("mov")
        || base.equals("xchg") && ours.equals("nop")
        // Suffixes objdump adds to show an operand size that is not the mode's own.
        || base.matches(ours.replaceAll("[dq]$", "") + "[wdq]?")
        || base.startsWith(ours + "(");
  }

  /** Compares where objdump knows an instruction that exists on this processor. */
  private static Map<String, String> differences(int size, byte[] code, List<Line> lines) {
    Decoder decoder = new Decoder();
    Map<String, String> wrong = new TreeMap<>();
    for (Line line : lines) {
      String theirs = mnemonic(line.text);
      if (line.offset + 16 > code.length
          || line.text.contains("(bad)")
          || theirs.isEmpty()
          || theirs.startsWith(".")) {
        continue;
      }
      Insn i = decoder.decode(p -> code[p] & 0xFF, line.offset, size);
      if (i.status() == Insn.Status.INVALID && mayBeInvalid(line, theirs)) {
        continue;
      }
      String ours = mnemonic(Disassembler.text(i, line.offset));
      boolean waitPrefix = ours.equals("fwait");
      if (!waitPrefix
          && i.semantics() != Sem.X87
          && (i.length() != line.length || !sameName(theirs, ours))) {
        wrong.put(
            theirs + " " + ours,
            line + " ours " + i.length() + " " + Disassembler.text(i, line.offset));
      } else if (!waitPrefix && i.length() != line.length) {
        wrong.put(theirs, line + " ours " + i.length());
      }
    }
    return wrong;
  }

  /** LOCK where it is not allowed, and instructions of other processors. */
  private static boolean mayBeInvalid(Line line, String theirs) {
    return line.text.contains("lock ")
        || line.text.contains("lock\t")
        || theirs.matches(
            "v[a-z].*|k[a-z].*|x.*|.*bnd.*|sysc.*|sysr.*|mont.*|pclmul.*|gf2.*|sha.*|ad[co]x.*|rd[fgsp].*|wr[fgsu].*|cl.*|"
                + "ptwrite|pconfig|enc.*|t[deps].*|u[mst].*|skinit|stgi|invl.*|mwaitx|monitorx|movdir.*|enqcmd.*|fem+s|"
                + "mov|pf.*|pi2f.*|pswapd|pav.*|extrq|insertq|movnts[sd]|rstor.*|save.*|set.*|inc.*|hreset|jmpe|lkgs|aes.*kl.*|loadiwkey|fr.*|s.*pm.*");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void randomBytes(int size) throws IOException {
    byte[] code = new byte[100_000];
    new Random(size).nextBytes(code);
    assertEquals("", String.join("\n", differences(size, code, objdump(size, code)).values()));
  }

  private static final int SLOT = 16;

  /**
   * VEX prefixes with random opcodes, vector lengths, registers and operands, in slots of 16 bytes
   * that end in NOPs. What objdump names and the table knows must be the same; what the table does
   * not know must not decode.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void randomVexBytes(int size) throws IOException {
    Random random = new Random(7 + size);
    byte[] code = new byte[SLOT * 20_000];
    Arrays.fill(code, (byte) 0x90);
    for (int slot = 0; slot < code.length; slot += SLOT) {
      vex(random, code, slot, size);
    }
    List<Line> lines = new ArrayList<>(objdump(size, code));
    lines.removeIf(l -> l.offset % SLOT != 0);
    assertTrue(lines.size() > code.length / SLOT * 9 / 10, "bad encodings cost objdump few slots");
    assertEquals("", String.join("\n", vexDifferences(size, code, lines).values()));
  }

  private static void vex(Random random, byte[] code, int slot, int size) {
    int n = slot;
    if (random.nextInt(16) == 0) {
      code[n++] = (byte) new int[] {0x64, 0x65, 0x67, 0x66, 0xF2, 0xF3, 0xF0}[random.nextInt(7)];
    }
    boolean three = random.nextInt(3) > 0;
    int rxb = size < 2 ? 0xC0 | random.nextInt(2) << 5 : random.nextInt(8) << 5;
    int map = random.nextInt(40) == 0 ? random.nextInt(32) : 1 + random.nextInt(3);
    int vvvv = random.nextInt(3) == 0 ? 15 : size < 2 ? 8 + random.nextInt(8) : random.nextInt(16);
    int last = vvvv << 3 | random.nextInt(8);
    code[n++] = (byte) (three ? 0xC4 : 0xC5);
    if (three) {
      code[n++] = (byte) (rxb | map);
      code[n++] = (byte) (last | random.nextInt(2) << 7);
    } else {
      code[n++] = (byte) (last | (size < 2 ? 0x80 : random.nextInt(2) << 7));
    }
    for (int end = n + 8; n < end; n++) {
      code[n] = (byte) random.nextInt(256);
    }
  }

  private static Map<String, String> vexDifferences(int size, byte[] code, List<Line> lines) {
    Decoder decoder = new Decoder();
    Set<String> known = new java.util.HashSet<>();
    for (int r = 0; r < decoder.table().size(); r++) {
      if ((decoder.table().attributes(r) & Attr.VEX) != 0) {
        known.addAll(List.of(decoder.table().mnemonic(r).split("/")));
      }
    }
    Map<String, String> wrong = new TreeMap<>();
    for (Line line : lines) {
      Insn i = decoder.decode(p -> p < code.length ? code[p] & 0xFF : 0x90, line.offset, size);
      boolean ok = i.status() == Insn.Status.OK;
      String theirs = plainName(mnemonic(line.text));
      boolean bad = line.text.contains("(bad)");
      boolean same =
          ok
              ? !bad && theirs.equals(i.mnemonic()) && line.length == i.length()
              : bad || !known.contains(theirs) || otherFeature(line) || prefixed(code, line);
      if (!same) {
        wrong.put(
            theirs + " " + (ok ? i.mnemonic() : ""),
            line
                + " ours "
                + i.length()
                + " "
                + Disassembler.text(i, line.offset)
                + " "
                + java.util.HexFormat.of().formatHex(code, line.offset, line.offset + SLOT));
      }
    }
    return wrong;
  }

  /** VAES and VPCLMULQDQ have the vectors of 32 bytes; VPEXTRQ and VPINSRQ need 64-bit mode. */
  private static boolean otherFeature(Line line) {
    if (line.text.matches(".*vp(extr|insr)d .*")) {
      // VEX.W = 1 outside 64-bit mode: undefined to the processor
      return true;
    }
    return line.text.matches(".*v(aes|pclmul).*ymm.*");
  }

  /** A prefix, before VEX or in VEX.pp, that makes it undefined and that objdump does not mind. */
  private static boolean prefixed(byte[] code, Line line) {
    int first = code[line.offset] & 0xFF;
    return first == 0x66
        || first >= 0xF0
        || line.text.matches(".*v(zero(all|upper)|(ld|st)mxcsr).*");
  }

  /** Names with the predicate in them, as their rows have them. */
  private static String plainName(String theirs) {
    return theirs
        .replaceAll("^vcmp[a-z0-9]+(_[a-z]+)?([ps][sd])$", "vcmp$2")
        .replaceAll("^(vpcmpestr[im])q$", "$1")
        .replaceAll("^vpclmul[lh]q[lh]qdq$", "vpclmulqdq");
  }

  @Test
  void realCode() throws IOException {
    Path program = Path.of("/usr/bin/objdump");
    assumeTrue(Files.isReadable(program), "no program to take code from");
    byte[] code = text(Files.readAllBytes(program));
    List<Line> lines = objdump(2, code);
    assertTrue(lines.size() > 1000, "objdump printed " + lines.size() + " lines");
    assertEquals("", String.join("\n", differences(2, code, lines).values()));
  }

  /** The executable segment of an ELF64 file, at most 400,000 bytes. */
  private static byte[] text(byte[] elf) {
    var b = java.nio.ByteBuffer.wrap(elf).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    assumeTrue(
        b.getInt(0) == 0x464C457F && elf[4] == 2 && b.getShort(18) == 62, "not an x86-64 ELF file");
    int headers = (int) b.getLong(32);
    for (int k = 0; k < b.getShort(56); k++) {
      int h = headers + 56 * k;
      if (b.getInt(h) == 1 && (b.getInt(h + 4) & 1) != 0) {
        int from = (int) b.getLong(h + 8);
        return Arrays.copyOfRange(
            elf, from + 0x1000, from + Math.min((int) b.getLong(h + 32), 400_000));
      }
    }
    return new byte[0];
  }
}
