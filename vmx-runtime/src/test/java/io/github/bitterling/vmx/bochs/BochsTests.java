package io.github.bitterling.vmx.bochs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The oracle runs a ROM of ours, goes on after a triple fault, and says what the ROM said. */
class BochsTests {
  private static final int ROM_BYTES = 0x10000;

  @Test
  void aRomSpeaksAcrossTripleFaultsAndEndsTheMachine(@TempDir Path directory) throws Exception {
    assumeTrue(Bochs.isInstalled(), "needs Debian's bochs and bochs-term");
    byte[] rom = new byte[ROM_BYTES];
    // inc byte [500]; mov al,[500]; add al,'@'; out E9,al; cmp al,'C'; jae +12
    // an empty IDT in protected mode and a breakpoint: lidt cs:[100]; mov al,1; mov cr0,eax; int3
    String program =
        "fe060005 a00005 0440 e6e9 3c43 730c 2e0f011e0001 b001 0f22c0 cc"
            // mov dx,8900; mov si,110; mov cx,8; rep outsb from CS; hlt
            + "ba0089 be1001 b90800 2ef36e f4";
    put(rom, 0, program);
    put(rom, 0x110, HexFormat.of().formatHex("Shutdown".getBytes("US-ASCII")));
    put(rom, 0xFFF0, "ea000000f0");
    Path file = Files.write(directory.resolve("rom"), rom);
    Bochs.Run run = new Bochs(file).features(Bochs.SILVERMONT).memory(2).run(directory, 60);
    assertTrue(run.shutDown(), run.log());
    assertEquals("ABC", run.port());
  }

  private static void put(byte[] rom, int at, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    System.arraycopy(bytes, 0, rom, at, bytes.length);
  }
}
