package io.github.bitterling.minnow.cli.flash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.elf.ElfFile;
import io.github.bitterling.flash.elf.ElfSegment;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The flash commands with the guest programs of this build. */
class FlashCommandTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Object... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    String[] texts =
        java.util.Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
    return new CommandLine(new FlashCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(texts);
  }

  private Path seabios() throws IOException {
    ElfFile elf =
        new ElfFile(List.of(new ElfSegment(0xF0000, 0xF0000, new byte[500], 500, true)), 0xF0000);
    return Files.write(folder.resolve("bios.elf"), elf.toBytes());
  }

  private Path image() throws IOException {
    Path image = folder.resolve("image.rom");
    assertEquals(0, run("build", image, "--seabios", seabios()), err.toString());
    return image;
  }

  @Test
  void buildsAnImageThatVerifies() throws IOException {
    assertEquals(0, run("verify", image()), out.toString());
  }

  @Test
  void listsFilesAsTextAndJson() throws IOException {
    Path image = image();
    assertEquals(0, run("info", image));
    assertTrue(out.toString().contains("fallback/realpayload"));
    assertEquals(0, run("info", "--json", image));
    assertTrue(out.toString().startsWith("{"));
  }

  @Test
  void addsAndExtractsAFile() throws IOException {
    Path note = Files.writeString(folder.resolve("note"), "a".repeat(1000));
    Path image = folder.resolve("image.rom");
    assertEquals(0, run("build", image, "--seabios", seabios(), "--file", "note=" + note + ",lz4"));
    Path back = folder.resolve("back");
    assertEquals(0, run("extract", image, "note", back));
    assertArrayEquals(Files.readAllBytes(note), Files.readAllBytes(back));
    assertEquals(0, run("extract", "--stored", image, "note", back));
    assertTrue(Files.size(back) < 100);
  }

  @Test
  void aMissingPayloadIsFoundByVerify() {
    Path image = folder.resolve("image.rom");
    assertEquals(0, run("build", image, "--no-seabios"), err.toString());
    assertEquals(1, run("verify", image));
    assertTrue(out.toString().contains("fallback/realpayload"));
  }

  @Test
  void withoutHypervisorTheFirmwareStartsSeabiosItself() throws IOException {
    Path image = folder.resolve("bare.rom");
    assertEquals(
        0, run("build", image, "--hypervisor", "off", "--seabios", seabios()), err.toString());
    assertEquals(0, run("verify", image), out.toString());
    assertEquals(0, run("info", image));
    assertFalse(out.toString().contains("realpayload"), out.toString());
    assertFalse(out.toString().contains("hypervisor.cfg"), out.toString());
    Path back = folder.resolve("payload.elf");
    assertEquals(0, run("extract", image, "fallback/payload", back));
    ElfFile payload = ElfFile.read(Files.readAllBytes(back), "the payload");
    assertEquals(0xF0000, payload.entry());
    Path config = folder.resolve("config");
    assertEquals(0, run("extract", image, "config", config));
    assertTrue(Files.readString(config).contains("hypervisor = off"));
    assertEquals(2, run("build", image, "--hypervisor", "off", "--no-seabios"));
    assertTrue(err.toString().contains("without hypervisor"), err.toString());
  }

  @Test
  void anyElfIsAPayloadAndAnyElfAHypervisor() throws IOException {
    Path image = folder.resolve("own.rom");
    assertEquals(
        0, run("build", image, "--payload", seabios(), "--hypervisor", "off", "--bios-console"));
    Path back = folder.resolve("back");
    assertEquals(0, run("extract", image, "fallback/payload", back));
    assertEquals(0xF0000, ElfFile.read(Files.readAllBytes(back), "the payload").entry());
    assertEquals(0, run("extract", image, "etc/sercon-port", back));
    assertArrayEquals(new byte[] {(byte) 0xF8, 3, 0, 0, 0, 0, 0, 0}, Files.readAllBytes(back));
    assertEquals(0, run("build", image, "--payload", seabios(), "--hypervisor", seabios()));
    for (String name : List.of("fallback/payload", "fallback/realpayload")) {
      assertEquals(0, run("extract", image, name, back));
      assertEquals(0xF0000, ElfFile.read(Files.readAllBytes(back), name).entry());
    }
    assertEquals(2, run("build", image, "--payload", "grub"));
    assertTrue(err.toString().contains("grub.sh"), err.toString());
  }

  @Test
  void configurationOfVirtualMachinesHasItsPrograms() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("two.cfg"), "\n[vm a]\ncores=1\nmemory=2M\npayload=img/a\n");
    Path image = folder.resolve("two.rom");
    List<Object> build =
        List.of("build", image, "--seabios", seabios(), "--hypervisor-config", config);
    assertEquals(2, run(build.toArray()));
    assertTrue(err.toString().contains("two.cfg line 2, VM a: found payload=img/a"), err::toString);
    assertFalse(Files.exists(image));
    List<Object> more = new ArrayList<>(build);
    more.addAll(List.of("--vm-payload", "img/a=" + seabios()));
    assertEquals(0, run(more.toArray()), err::toString);
    assertEquals(0, run("verify", image), out::toString);
    more.addAll(List.of("--hypervisor", "off"));
    assertEquals(2, run(more.toArray()));
    assertTrue(err.toString().contains("found --hypervisor off"), err::toString);
  }

  @Test
  void unusableInputIsExitCodeTwoAndOneSentence() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "hello");
    for (Path bad : List.of(text, folder, folder.resolve("none"))) {
      for (String command : List.of("info", "verify")) {
        assertEquals(2, run(command, bad));
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertTrue(err.toString().contains("expected"), err.toString());
      }
    }
    assertEquals(2, run("build", folder.resolve("x"), "--seabios", text));
    assertFalse(Files.exists(folder.resolve("x")));
    assertEquals(2, run("extract", image(), "nothing", folder.resolve("y")));
  }
}
