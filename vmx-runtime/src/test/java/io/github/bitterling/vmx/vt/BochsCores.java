package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.bochs.Bochs;
import io.github.bitterling.vmx.rig.Assembler;
import io.github.bitterling.vmx.rig.Rig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Runs a {@link Lab} of several cores on Debian's Bochs, which simulates several processors: the
 * memory of all cores comes in the ROM (source in cores.S), which starts the cores as firmware
 * does.
 */
final class BochsCores {
  private static final int IMAGE = 0x78000;
  private static final int CODE_BYTES = 0x10000;
  private static final int CONTINUATION = 0x200;
  private static final int OTHERS_END = 0x300;
  private static final int FIRST_END = 0x400;
  private static final long END_AT = 0x5C000;
  private static final long CONTINUATION_AT = 0x5D000;
  private static final String RESET = "ea000000f0";

  private BochsCores() {}

  /**
   * Results area of each core, in order; empty when not all cores came to their end.
   *
   * @param ends address of the host's last eight bytes in each core's memory
   * @param seconds after which Bochs is ended
   */
  static List<byte[]> run(Rig rig, String model, List<Long> ends, int seconds) {
    return BochsLab.inFolder(folder -> run(rig, model, ends, seconds, folder));
  }

  private static List<byte[]> run(Rig rig, String model, List<Long> ends, int seconds, Path folder)
      throws IOException, InterruptedException {
    byte[] rom = rom(rig, ends);
    Bochs bochs = new Bochs(Files.write(folder.resolve("rom"), rom)).model(model);
    Bochs.Run run = bochs.cores(ends.size()).memory(32).run(folder, seconds);
    List<byte[]> results = new ArrayList<>();
    if (run.shutDown()) {
      for (String part : run.port().strip().split(":", -1)) {
        results.add(HexFormat.of().parseHex(part));
      }
      results.removeLast();
    }
    return results;
  }

  private static byte[] rom(Rig rig, List<Long> ends) {
    int cores = ends.size();
    String hex = Assembler.assemble(BochsCores.class, "cores.S", "--defsym", "CORES=" + cores);
    byte[] code = HexFormat.of().parseHex(hex);
    byte[] rom = new byte[cores * IMAGE + CODE_BYTES];
    for (int core = 0; core < cores; core++) {
      int at = core * IMAGE;
      byte[] memory = BochsLab.memory(rig, core * Lab.CORE_BYTES, IMAGE);
      System.arraycopy(memory, 0, rom, at, IMAGE);
      long hostEnd = ends.get(core);
      BochsLab.put(rom, at + hostEnd, "e9" + BochsLab.hex32(END_AT - (hostEnd + 5)));
      int end = core == 0 ? FIRST_END : OTHERS_END;
      int bytes = core == 0 ? code.length - FIRST_END : FIRST_END - OTHERS_END;
      System.arraycopy(code, end, rom, (int) (at + END_AT), bytes);
      int place = (int) (at + CONTINUATION_AT);
      System.arraycopy(code, CONTINUATION, rom, place, OTHERS_END - CONTINUATION);
    }
    System.arraycopy(code, 0, rom, cores * IMAGE, code.length);
    BochsLab.put(rom, rom.length - 16, RESET);
    return rom;
  }
}
