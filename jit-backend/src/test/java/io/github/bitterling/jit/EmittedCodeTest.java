package io.github.bitterling.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.lift.X86Lifter;
import io.github.bitterling.ir.IrBlock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The run methods of a few blocks against listings in {@code src/test/resources/.../emitted}, so
 * that a change of the emitted code shows as a difference of text. After an intended change run the
 * tests with {@code
 * -Dtest.args=-Dbitterling.emitted=src/test/resources/io/github/bitterling/jit/emitted}, which
 * writes them anew, and look at the difference.
 */
class EmittedCodeTest {
  private static final int FLAT32 =
      ModeKey.CODE32 | ModeKey.STACK32 | ModeKey.FLAT | ModeKey.PROTECTED;
  private static final long IP = 0x1000;

  @ParameterizedTest
  @CsvSource({
    "add-store-return, 64, 4801d8488907c3",
    "countdown-loop, 64, 48ffc975fb",
    "compare-and-branch, 64, 4839d87210",
    "shift-by-register, 64, 48d3e07410",
    "set-carry, 64, 4883f8050f92c0c3",
    "helper-ends-block, 64, 0fa2",
    "push-pop-loop, 32, 505bebfc",
    "segmented-load, 16, 8b078907c3",
    "add-double-from-memory, 64, f20f5807c3",
    "add-and-multiply-singles, 64, f30f58c1f30f59c2c3",
  })
  void listing(String name, int bits, String bytes) throws IOException {
    String actual = named(Listing.of(emitted(mode(bits), HexFormat.of().parseHex(bytes))));
    String folder = System.getProperty("bitterling.emitted");
    if (folder != null) {
      Files.writeString(Files.createDirectories(Path.of(folder)).resolve(name + ".txt"), actual);
    }
    assertEquals(
        expected(name, folder),
        actual,
        () -> name + " differs; see the class comment for how to accept it");
  }

  /** The one helper that occurs by name: its number changes with every new one. */
  private static String named(String listing) {
    return listing.replace("bipush " + Helper.CPUID.ordinal() + "\n", "bipush CPUID\n");
  }

  private static String expected(String name, String folder) throws IOException {
    if (folder != null) {
      return Files.readString(Path.of(folder, name + ".txt"));
    }
    try (InputStream in = EmittedCodeTest.class.getResourceAsStream("emitted/" + name + ".txt")) {
      return in == null ? "(no listing)" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static int mode(int bits) {
    return switch (bits) {
      case 16 -> ModeKey.CODE16;
      case 32 -> FLAT32;
      default -> ModeKey.CODE64 | ModeKey.LONG | ModeKey.PROTECTED | ModeKey.SSE;
    };
  }

  private static byte[] emitted(int mode, byte[] code) {
    IrBlock block = new X86Lifter().lift(i -> i < code.length ? code[i] & 0xFF : -1, IP, mode, 64);
    RegionPlan plan = new RegionPlan(List.of(new RegionPlan.Member(block, List.of())));
    return new RegionWriter(plan, Helper::isPure).write();
  }
}
