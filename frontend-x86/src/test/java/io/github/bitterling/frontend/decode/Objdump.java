package io.github.bitterling.frontend.decode;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Our decoder against GNU objdump on some bytes: length and mnemonic of every instruction objdump
 * finds. Every difference is counted under its explanation, or kept as wrong.
 */
final class Objdump {
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

  /** Names of what other processors do with an encoding that ours takes for something else. */
  private static final Map<String, String> OTHER_NAMES =
      Map.ofEntries(
          Map.entry("tzcnt", "bsf"),
          Map.entry("lzcnt", "bsr"),
          Map.entry("wbnoinvd", "wbinvd"),
          Map.entry("cldemote", "nop"),
          Map.entry("prefetchwt1", "prefetch"));

  private static final Pattern COMPARISON = Pattern.compile("cmp[a-z]+[ps][sd]");

  /** Instructions no processor model has, by the feature that brings them. */
  private static final Map<String, Pattern> FOREIGN = new TreeMap<>();

  static {
    foreign(
        "AVX and later with VEX or EVEX",
        "v[a-z0-9].*|k[a-z].*|cmp[a-z]+xadd|t(dp|ile|release|load|store).*");
    foreign(
        "BMI, ADX, TBM, LWP with VEX or XOP",
        "andn|bextr|bl[cs][a-z]+|bzhi|mulx|pdep|pext|rorx|sarx|sh[lr]x|adcx|adox|t1mskc|tzmsk|llwpcb|slwpcb|lwp.*");
    foreign("3DNow!", "femms|pf[a-z0-9]+|pi2f[wd]|pswapd|pavgusb|pmulhrw");
    foreign("SSE4a", "extrq|insertq|movnts[sd]");
    foreign(
        "SVM",
        "vm(run|load|save|mcall)|skinit|[sc]l?gi|stgi|invlpga|pvalidate|psmash|rmp.*|inv(lpgb)|tlbsync");
    foreign("SHA, GFNI, Key Locker", "sha.*|gf2.*|aes(enc|dec).*kl|encodekey.*|loadiwkey");
    foreign(
        "CET", "rdssp[dq]|incssp[dq]|saveprevssp|rstorssp|wru?ss[dq]|setssbsy|clrssbsy|endbr.*");
    foreign("XSAVE, FSGSBASE", "x(save|rstor|getbv|setbv).*|rd[fg]sbase|wr[fg]sbase");
    foreign("TSX", "x(begin|abort|end|test|susldtrk|resldtrk)");
    foreign(
        "system instructions of later processors",
        "clac|stac|rdseed|clui|stui|testui|uiret|senduipi|wbnoinvd|pconfig|enclu|encls|enclv|ptwrite|rdpid|rdpkru|wrpkru|rdpru|hreset|lkgs|monitorx|mwaitx|mcommit|clzero|umonitor|umwait|tpause|seam.*|tdcall|serialize|invpcid|wrmsr(ns|list)|rdmsrlist|fred|erets|eretu|xs?ha.*|xstore.*|xcrypt.*|montmul|ccs.*|jmpe");
    foreign(
        "stores of later processors",
        "clwb|clflushopt|movdir.*|enqcmds?|mcommit|movrs.*|a(add|and|or|xor)");
    foreign("SYSCALL and SYSRET outside 64-bit mode (AMD)", "syscall|sysret[dlq]?");
  }

  /**
   * Registers that do not exist: MOV to CS, CR1 and the like, which objdump prints all the same.
   */
  private static final Pattern NO_REGISTER =
      Pattern.compile(
          "mov +(cs,.*|\\?,.*|.*,\\?|cr(1|5|6|7|9|1\\d),.*|.*,cr(1|5|6|7|9|1\\d)|(dr|db)(8|9|1\\d),.*|.*,(dr|db)(8|9|1\\d)|.*,tr\\d|tr\\d,.*)");

  private final Map<String, Long> explained = new TreeMap<>();
  private final Map<String, String> wrong = new TreeMap<>();
  private final Decoder decoder = new Decoder();
  private final VexNames vex = new VexNames(decoder.table());
  private final Path file;
  private long compared;

  /**
   * @param directory for the bytes objdump reads
   */
  Objdump(Path directory) {
    file = directory.resolve("code");
  }

  private static void foreign(String feature, String names) {
    FOREIGN.put(feature, Pattern.compile(names));
  }

  /** An instruction as objdump has it. */
  record Line(int offset, int length, String text) {}

  long compared() {
    return compared;
  }

  /** The first difference of each kind that nothing explains, one a line. */
  String unexplained() {
    return String.join("\n", wrong.values());
  }

  /** What was compared and why some of it differs. */
  void report(String what) {
    System.out.printf("%s: %,d instructions compared with objdump%n", what, compared);
    explained.forEach((reason, n) -> System.out.printf("  %,d explained: %s%n", n, reason));
  }

  /**
   * Compares every instruction.
   *
   * @param size 0, 1, 2 for 16-, 32-, 64-bit code
   */
  void compare(int size, byte[] code) throws IOException {
    read(
        file,
        size,
        code,
        line -> {
          if (line.offset + 16 <= code.length) {
            compare(size, code, line);
          }
        });
  }

  /** Has objdump disassemble some bytes; the test is skipped where there is no objdump. */
  static void read(Path file, int size, byte[] code, Consumer<Line> to) throws IOException {
    Files.write(file, code);
    List<String> command = new ArrayList<>(List.of("objdump", "-D", "-z", "-w", "-b", "binary"));
    command.addAll(MODES.get(size));
    command.add(file.toString());
    Process p;
    try {
      p = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException missing) {
      assumeTrue(false, "objdump is not installed");
      return;
    }
    try (var in =
        new BufferedReader(new InputStreamReader(p.getInputStream(), StandardCharsets.US_ASCII))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] parts = line.split("\t");
        if (parts.length >= 3) {
          int offset = Integer.parseInt(parts[0].trim().replace(":", ""), 16);
          to.accept(new Line(offset, (parts[1].trim().length() + 1) / 3, parts[2].trim()));
        }
      }
    }
  }

  private void compare(int size, byte[] code, Line line) {
    String theirs = mnemonic(line.text);
    compared++;
    Insn i = decoder.decode(p -> code[p] & 0xFF, line.offset, size);
    if (line.text.contains("(bad)") || theirs.isEmpty() || theirs.startsWith(".")) {
      none(size, line, theirs, i);
      return;
    }
    String ours =
        i.status() == Insn.Status.OK ? Disassembler.text(i, line.offset) : "(" + i.status() + ")";
    String reason = reason(code, line, theirs, i, mnemonic(ours));
    if (reason == null) {
      wrong.putIfAbsent(
          size + " " + theirs + " " + mnemonic(ours), line + " ours " + i.length() + " " + ours);
    } else if (!reason.isEmpty()) {
      explain(reason);
    }
  }

  /** Objdump finds no instruction. */
  private void none(int size, Line line, String theirs, Insn i) {
    if (i.status() != Insn.Status.OK) {
      explain("no instruction, for objdump and for us");
    } else if (theirs.isEmpty()) {
      explain("objdump prints a prefix that changes nothing as a line of its own");
    } else if (i.semantics() == Sem.X87
        || i.semantics() == Sem.FWAIT
        || i.semantics() == Sem.SALC) {
      explain("undocumented encodings that every processor has: x87 aliases, SALC");
    } else if (i.mnemonic().equals(theirs) && theirs.startsWith("bnd")) {
      explain("bounds registers that do not exist, and 16-bit addresses of bounds");
    } else if (i.mnemonic().endsWith("fence")) {
      explain("fences whatever ModRM.rm is (SDM, LFENCE)");
    } else if (i.repeat() != 0) {
      explain("F2 or F3 before an instruction that it means nothing to");
    } else if (i.mnemonic().equals(OTHER_NAMES.get(theirs))) {
      explain("names of later processors for what is something else on earlier ones");
    } else {
      wrong.putIfAbsent(
          size + " none " + i.mnemonic(), line + " ours " + Disassembler.text(i, line.offset));
    }
  }

  private void explain(String reason) {
    explained.merge(reason, 1L, Long::sum);
  }

  /** Empty when both agree, null when they do not, else why not. */
  private String reason(byte[] code, Line line, String theirs, Insn i, String ours) {
    if (i.status() == Insn.Status.INVALID) {
      return invalid(code, line, theirs);
    }
    if (ours.equals("fwait")) {
      return i.length() == line.length || line.length > i.length()
          ? "objdump joins FWAIT with what follows"
          : null;
    }
    if (i.status() != Insn.Status.OK || i.length() != line.length) {
      return null;
    }
    if (theirs.equals(ours)) {
      return "";
    }
    if (COMPARISON.matcher(theirs).matches() && ours.matches("cmp[ps][sd]")) {
      return "a comparison's predicate in the name";
    }
    if (OTHER_NAMES.getOrDefault(theirs, "").equals(ours)) {
      return "names of later processors for what is something else on earlier ones";
    }
    if (theirs.equals("pause") && ours.equals("xchg")) {
      return "F3 with REX.B before 90: an exchange on processors, PAUSE in objdump";
    }
    if (theirs.equals("movabs") && ours.equals("mov")
        || theirs.equals("xchg") && ours.equals("nop")) {
      return "another name for the same instruction";
    }
    if (VexNames.plain(theirs).equals(i.mnemonic())) {
      return "a comparison's predicate in the name";
    }
    boolean suffix = theirs.matches(Pattern.quote(ours.replaceAll("[dq]$", "")) + "[wdq]?");
    if (suffix || theirs.startsWith(ours + "(")) {
      return "suffix for an operand size that is not the mode's own";
    }
    return i.semantics() == Sem.X87 ? "another name for the same x87 instruction" : null;
  }

  private String invalid(byte[] code, Line line, String theirs) {
    int first = code[line.offset] & 0xFF;
    if ((first == 0xC4 || first == 0xC5) && vex.known(theirs)) {
      return VexNames.undefined(line.text)
          ? "forms of VEX instructions of later processors, or undefined"
          : null;
    }
    if (line.text.startsWith("lock ") || line.text.contains(" lock ")) {
      return "LOCK that the SDM does not allow";
    }
    if (NO_REGISTER.matcher(line.text.replaceAll("\\s+", " ")).find()) {
      return "control, debug or segment registers that do not exist";
    }
    if (theirs.equals("swapgs")) {
      return "SWAPGS outside 64-bit mode";
    }
    for (var entry : FOREIGN.entrySet()) {
      if (entry.getValue().matcher(theirs).matches()) {
        return "no model has it: " + entry.getKey();
      }
    }
    return null;
  }

  static String mnemonic(String text) {
    for (String word : text.split("[ ,]+")) {
      if (!PREFIX_WORDS.contains(word) && !word.startsWith("rex") && !word.startsWith("{")) {
        return word;
      }
    }
    return "";
  }
}
