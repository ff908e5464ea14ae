package io.github.bitterling.vmx.silicon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** XSAVE, XSAVEOPT, XSAVEC, XRSTOR and XGETBV against the processor this test runs on. */
class XsaveSiliconTests {
  private static final int TRIALS = Integer.getInteger("silicon.xsaves", 4_000);
  private static final long SEED = Long.getLong("silicon.seed", 20261123);
  private static final int AREA = 832;
  private static final int IN_BYTES = 16 + 2 * AREA;
  private static final int OUT_BYTES = 8 + 2 * AREA;
  private static final int COMPONENTS = 7;
  private static final int MXCSR_MASK_BIT_17 = 30;
  private static final String[] NAMES = {"xsave", "xsaveopt", "xsavec", "xrstor", "xgetbv"};

  // Where the areas lie in the rig's memory
  private static final long BEFORE = 0x20000;
  private static final long WORK = 0x21000;
  private static final long AFTER = 0x22000;

  private static final Helper[] HELPERS = {
    Helper.XSAVE, Helper.XSAVEOPT, Helper.XSAVEC, Helper.XRSTOR, Helper.XGETBV
  };

  private final Random random = new Random(SEED);

  private record Trial(
      int operation, int mask, boolean wide, int offset, byte[] before, byte[] area) {
    void write(ByteBuffer to) {
      to.putInt(operation).putInt(mask).putInt(wide ? 1 : 0).putInt(offset);
      to.put(before).put(area);
    }
  }

  private record Result(boolean faulted, int value, byte[] area, byte[] after) {
    String difference(Result other) {
      if (faulted != other.faulted) {
        return "faulted: host " + faulted + ", ours " + other.faulted;
      }
      if ((value & COMPONENTS) != other.value) {
        return "XGETBV: host %x, ours %x".formatted(value, other.value);
      }
      String text = bytes("area", area, other.area);
      return text.isEmpty() && !faulted ? bytes("state after", after, other.after) : text;
    }

    private static String bytes(String what, byte[] host, byte[] ours) {
      for (int i = 0; i < AREA; i++) {
        // MXCSR_MASK: AMD's have a bit 17
        if (host[i] != ours[i] && i != MXCSR_MASK_BIT_17) {
          return "%s, byte %d: host %02x, ours %02x".formatted(what, i, host[i], ours[i]);
        }
      }
      return "";
    }
  }

  // Trials

  private Trial trial() {
    int offset = random.nextInt(24) == 0 ? 16 : 0;
    byte[] before = image(false);
    byte[] area = image(true);
    return new Trial(
        random.nextInt(5), random.nextInt(8), random.nextBoolean(), offset, before, area);
  }

  /** An area in standard format; with {@code odd}, in either format and sometimes a bad one. */
  private byte[] image(boolean odd) {
    ByteBuffer b = ByteBuffer.allocate(AREA).order(ByteOrder.LITTLE_ENDIAN);
    int components = random.nextInt(8);
    x87(b);
    b.putInt(24, random.nextInt(3) == 0 ? 0x1F80 : random.nextInt(0x10000));
    for (int i = 160; i < 416; i++) {
      b.put(i, (byte) random.nextInt());
    }
    for (int i = 576; i < AREA; i++) {
      b.put(i, (byte) random.nextInt());
    }
    if (random.nextInt(3) == 0) {
      zero(b, 160, 416);
    }
    if (random.nextInt(3) == 0) {
      zero(b, 576, AREA);
    }
    b.putLong(512, components);
    if (odd) {
      header(b);
    }
    return b.array();
  }

  private void x87(ByteBuffer b) {
    if (random.nextInt(3) == 0) {
      b.putShort(0, (short) 0x37F);
      return;
    }
    b.putShort(0, (short) (0x40 | random.nextInt(0x10000) & 0x1F3F));
    // No pending exceptions: the next x87 instruction of the host's C library would meet them
    b.putShort(2, (short) (random.nextInt(0x10000) & 0x7F40));
    b.put(4, (byte) random.nextInt());
    // Opcode and pointers stay 0: AMD's save them only while an exception is pending
    for (int i = 0; i < 8; i++) {
      b.putLong(32 + 16 * i, random.nextLong());
      b.putShort(40 + 16 * i, (short) random.nextInt());
    }
  }

  /** Header fields as programs leave them, and now and then one bit that does not belong. */
  private void header(ByteBuffer b) {
    if (random.nextBoolean()) {
      long format = random.nextInt(8);
      b.putLong(520, format | 1L << 63);
      if (random.nextInt(8) != 0) {
        b.putLong(512, b.getLong(512) & format);
      }
    }
    if (random.nextInt(6) == 0) {
      int bit = random.nextInt(512);
      int at = 512 + bit / 8;
      // Components of AVX-512 and the like are the host's, not ours
      boolean hosts = (bit & 63) >= 3 && (bit & 63) <= 18 && bit < 128;
      if (!hosts) {
        b.put(at, (byte) (b.get(at) ^ 1 << bit % 8));
      }
    }
    if (random.nextInt(12) == 0) {
      b.putInt(24, 1 << 18 + random.nextInt(14));
    }
  }

  private static void zero(ByteBuffer b, int from, int to) {
    for (int i = from; i < to; i++) {
      b.put(i, (byte) 0);
    }
  }

  // Host

  private static Path build(Path folder) throws Exception {
    if (!System.getProperty("os.arch").equals("amd64")
        || !System.getProperty("os.name").equals("Linux")) {
      return null;
    }
    String flags = Files.readString(Path.of("/proc/cpuinfo"));
    if (!flags.contains(" xsavec ") || !flags.contains(" avx ") || !flags.contains(" xgetbv1 ")) {
      return null;
    }
    Path source = folder.resolve("xsave.c");
    try (InputStream in = XsaveSiliconTests.class.getResourceAsStream("xsave.c")) {
      Files.write(source, in.readAllBytes());
    }
    Path program = folder.resolve("xsave");
    try {
      Process gcc =
          new ProcessBuilder("gcc", "-O1", "-mno-avx", "-o", program.toString(), source.toString())
              .inheritIO()
              .start();
      return gcc.waitFor(60, TimeUnit.SECONDS) && gcc.exitValue() == 0 ? program : null;
    } catch (java.io.IOException noCompiler) {
      return null;
    }
  }

  private static List<Result> host(Path program, Path folder, List<Trial> trials) throws Exception {
    ByteBuffer in = ByteBuffer.allocate(trials.size() * IN_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    trials.forEach(t -> t.write(in));
    Path input = Files.write(folder.resolve("in"), in.array());
    Path output = folder.resolve("out");
    Process p =
        new ProcessBuilder(program.toString())
            .redirectInput(input.toFile())
            .redirectOutput(output.toFile())
            .start();
    assertEquals(true, p.waitFor(120, TimeUnit.SECONDS));
    assertEquals(0, p.exitValue());
    ByteBuffer b = ByteBuffer.wrap(Files.readAllBytes(output)).order(ByteOrder.LITTLE_ENDIAN);
    List<Result> all = new ArrayList<>();
    while (b.remaining() >= OUT_BYTES) {
      boolean faulted = b.getInt() != 0;
      int value = b.getInt();
      byte[] area = new byte[AREA];
      byte[] after = new byte[AREA];
      b.get(area).get(after);
      all.add(new Result(faulted, value, area, after));
    }
    return all;
  }

  // Ours

  private static Result ours(Rig rig, Trial t) {
    Cpu cpu = rig.cpu;
    put(rig, BEFORE, t.before);
    put(rig, WORK + t.offset, t.area);
    put(rig, AFTER, new byte[AREA]);
    mask(cpu, 7);
    rig.call(Helper.XRSTOR, BEFORE, 8);
    assertEquals(Cpu.FAULT_NONE, cpu.fault);
    mask(cpu, t.mask);
    cpu.r[1] = 1;
    rig.call(HELPERS[t.operation], WORK + t.offset, t.wide ? 8 : 4);
    boolean faulted = cpu.fault != Cpu.FAULT_NONE;
    int value = t.operation == 4 ? (int) cpu.r[0] : 0;
    mask(cpu, 7);
    rig.call(Helper.XSAVE, AFTER, 8);
    return new Result(faulted, value, get(rig, WORK + t.offset), get(rig, AFTER));
  }

  private static void mask(Cpu cpu, int mask) {
    cpu.r[0] = mask;
    cpu.r[2] = 0;
  }

  private static void put(Rig rig, long at, byte[] bytes) {
    GuestMemory.fromArray(bytes, 0, rig.bus.ram.address(at, bytes.length), bytes.length);
  }

  private static byte[] get(Rig rig, long at) {
    byte[] bytes = new byte[AREA];
    for (int i = 0; i < AREA; i++) {
      bytes[i] = (byte) GuestMemory.get8(rig.bus.ram.address(at + i, 1));
    }
    return bytes;
  }

  @Test
  void areasAndStatesAreTheHosts(@TempDir Path folder) throws Exception {
    Path program = build(folder);
    assumeTrue(program != null, "needs an x86-64 Linux host with gcc, AVX and XSAVEC");
    List<Trial> trials = new ArrayList<>();
    for (int i = 0; i < TRIALS; i++) {
      trials.add(trial());
    }
    List<String> wrong = differences(program, folder, trials);
    assertEquals(
        "",
        String.join("\n", wrong.subList(0, Math.min(20, wrong.size()))),
        wrong.size() + " of " + TRIALS + " trials differ");
  }

  /**
   * An interrupt in the middle of a trial can leave the host with more components in use than it
   * needs, which the architecture allows: what differs is tried again.
   */
  private List<String> differences(Path program, Path folder, List<Trial> all) throws Exception {
    List<String> wrong = List.of();
    List<Trial> trials = all;
    for (int round = 0; round < 3 && !trials.isEmpty(); round++) {
      wrong = new ArrayList<>();
      trials = compare(program, folder, trials, wrong);
    }
    return wrong;
  }

  private List<Trial> compare(Path program, Path folder, List<Trial> trials, List<String> wrong)
      throws Exception {
    List<Result> expected = host(program, folder, trials);
    assertEquals(trials.size(), expected.size(), "trials the host ran");
    List<Trial> again = new ArrayList<>();
    try (Rig rig =
        new Rig(CpuModel.of("x86-64-v3", 1), new NoVmx(), cache -> RegionCompiler.NONE)) {
      rig.long64();
      rig.cpu.cr4 |= 0x40600;
      rig.cpu.xcr0 = 7;
      for (int i = 0; i < trials.size(); i++) {
        Trial t = trials.get(i);
        String difference = expected.get(i).difference(ours(rig, t));
        if (!difference.isEmpty()) {
          again.add(t);
          wrong.add(
              "trial %d, %s%s, mask %x: %s"
                  .formatted(i, NAMES[t.operation], t.wide ? "64" : "", t.mask, difference));
        }
      }
    }
    return again;
  }
}
