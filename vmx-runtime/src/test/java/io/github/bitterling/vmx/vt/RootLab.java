package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.Assembler;
import io.github.bitterling.vmx.rig.Rig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * Programs in VMX root operation, or before it, with root.S (test resources) around them: the bytes
 * run in 64-bit mode at CPL 0 unless told otherwise, then the status flags and the current VMCS are
 * looked at. As often as the engine wants, each round must end like the first; beside Bochs, which
 * must end the same way too.
 */
final class RootLab implements AutoCloseable {
  static final long VMXON = 0x61000;
  static final long VMCS = 0x62000;

  /** Another page with the revision identifier. */
  static final long OTHER = 0x63000;

  /** A page that starts with 0. */
  static final long EMPTY = 0x65000;

  static final String VMXON_60000 = "f30fc7342500000600";
  static final String VMCLEAR_60008 = "660fc7342508000600";
  static final String VMPTRLD_60008 = "0fc7342508000600";

  /** VMXON, VMCLEAR and VMPTRLD. */
  static final String STARTED = VMXON_60000 + VMCLEAR_60008 + VMPTRLD_60008;

  private static final long START = 0x8000;
  private static final long FAULT = 0x8100;
  private static final long END = 0x8180;
  private static final long FEATURE_CONTROL = 0x60200;
  private static final long CR0 = 0x60208;
  private static final long CR4 = 0x60210;
  private static final long USER = 0x60218;
  private static final long ENDED = 0x60220;
  private static final long RESULTS = 0x64000;
  private static final int RESULT_BYTES = 0x48;
  private static final int PAGE = 4096;

  /** Bytes of memory that programs and handlers use. */
  private static final int LOW = 0x80000;

  private static final int SECONDS = 10;
  private static final String BOCHS_MODEL = "corei7_icelake_u";

  private final Lab lab;
  private final Lab.Engine engine;
  private final String around = Assembler.assemble(RootLab.class, "root.S");
  final Rig rig;
  final Cpu cpu;
  private final Map<Long, Integer> bochsWords = new TreeMap<>();
  private BochsDifference difference;

  /**
   * How a program ended, as root.S records it.
   *
   * @param vector of the exception that ended it, or -1
   * @param currentVmcs -1: none; -2: the processor is not in VMX operation
   */
  record End(
      long vector,
      long errorCode,
      long flags,
      long instructionError,
      long currentVmcs,
      long rcx,
      long cr0,
      long cr4,
      long featureControl) {

    private static End of(ByteBuffer words) {
      return new End(
          words.getLong(),
          words.getLong(),
          words.getLong() & LazyFlags.STATUS,
          words.getLong(),
          words.getLong(),
          words.getLong(),
          words.getLong(),
          words.getLong(),
          words.getLong());
    }

    /** "succeed", "invalid", "error n", or "#vector" with the error code. */
    String outcome() {
      if (vector != -1) {
        boolean error = vector == 13 || vector == 14;
        return "#" + vector + (error ? "(%x)".formatted(errorCode) : "");
      }
      if (flags == 0) {
        return "succeed";
      }
      if (flags == LazyFlags.CF) {
        return "invalid";
      }
      return flags == LazyFlags.ZF ? "error " + instructionError : "flags %x".formatted(flags);
    }
  }

  RootLab(Lab.Engine engine, CpuModel model) {
    this.engine = engine;
    lab = new Lab(engine, model);
    rig = lab.rig;
    cpu = rig.cpu;
    lab.withApic();
    rig.put(START, around);
    rig.put64(0x60000, VMXON);
    rig.put64(0x60008, VMCS);
    for (int v = 0; v < 256; v++) {
      long at = Lab.handler(v);
      rig.put(at, "68" + hex32(v) + jump(at + 5, FAULT));
    }
    rig.put64(0x3004, 0x6000);
    rig.put64(0x1028, 0x0000_8900_3000_0067L);
    featureControl(5).cr0(0x8000_0031L).cr4(0x2020);
    rig.bus.onPortWrite = port -> rig.bus.a20Masked |= port == 0x92;
  }

  private static String hex32(long value) {
    return BochsLab.hex32(value);
  }

  private static String jump(long at, long to) {
    return "e9" + hex32(to - (at + 5));
  }

  /** IA32_FEATURE_CONTROL before the program; 0: not written. */
  RootLab featureControl(long value) {
    rig.put64(FEATURE_CONTROL, value);
    return this;
  }

  /** CR0 before the program. */
  RootLab cr0(long value) {
    rig.put64(CR0, value);
    return this;
  }

  /** CR4 before the program. */
  RootLab cr4(long value) {
    rig.put64(CR4, value);
    return this;
  }

  /** The program runs at CPL 3; a fault is its only end. */
  RootLab user() {
    rig.put64(USER, 1);
    return this;
  }

  /** Bochs is known to end the program in another way. */
  RootLab apart(BochsDifference known) {
    difference = known;
    return this;
  }

  /** What Bochs finds at an address instead: its region has another revision. */
  RootLab forBochs(long address, int value) {
    bochsWords.put(address, value);
    return this;
  }

  Vmx vmx() {
    return lab.vmx;
  }

  /** How the bytes end. */
  End run(String code) {
    String clean = code.replaceAll("\\s", "");
    long end = Lab.CODE + clean.length() / 2;
    rig.put(Lab.CODE, clean + jump(end, END));
    rig.put64(ENDED, 0);
    byte[] low = BochsLab.memory(rig, 0, LOW);
    String theirs = engine.besideBochs() ? onBochs(low) : null;
    End first = once(low);
    for (int i = 1; i < engine.rounds(); i++) {
      End again = once(low);
      if (!again.equals(first)) {
        throw new AssertionError("round " + i + ": " + again + ", the first was " + first);
      }
    }
    if (theirs != null) {
      compare(first.toString(), theirs);
    }
    return first;
  }

  private End once(byte[] low) {
    start(low);
    rig.run(50);
    if (cpu.activity != Cpu.Activity.HALTED) {
      throw new AssertionError("did not halt: rip %x %s".formatted(cpu.rip, rig.resets));
    }
    return result(BochsLab.memory(rig, RESULTS, RESULT_BYTES));
  }

  private static End result(byte[] words) {
    return End.of(ByteBuffer.wrap(words).order(ByteOrder.LITTLE_ENDIAN));
  }

  /** Memory as the test made it, and the state that {@link BochsLab}'s ROM makes too. */
  private void start(byte[] low) {
    memory(low);
    rig.processor.powerOn();
    rig.bus.a20Masked = false;
    cpu.activity = Cpu.Activity.ACTIVE;
    cpu.rip = START;
    rig.long64();
    cpu.rip = START;
    cpu.memory.flushEverything();
  }

  private void memory(byte[] low) {
    GuestMemory.fromArray(low, 0, rig.bus.ram.address(0, LOW), LOW);
    for (long region : new long[] {VMXON, VMCS, OTHER, RESULTS}) {
      GuestMemory.fromArray(new byte[PAGE], 0, rig.bus.ram.address(region, PAGE), PAGE);
    }
    int length = HexFormat.of().parseHex(around).length;
    rig.forgetCode(START, length);
    rig.forgetCode(Lab.CODE, PAGE);
  }

  private String onBochs(byte[] low) {
    memory(low);
    long stop = START + around.length() / 2 - 8;
    byte[] results = BochsLab.run(rig, BOCHS_MODEL, stop, bochsWords, SECONDS).results();
    return results.length == RESULT_BYTES ? result(results).toString() : "does not come to an end";
  }

  private void compare(String ours, String theirs) {
    if (difference != null && Boolean.getBoolean("bochs.show")) {
      System.out.println(difference.name() + ": " + ours + ", Bochs " + theirs);
    }
    if (ours.equals(theirs) == (difference != null)) {
      throw new AssertionError("%s, Bochs %s, known: %s".formatted(ours, theirs, difference));
    }
  }

  @Override
  public void close() {
    lab.close();
  }
}
