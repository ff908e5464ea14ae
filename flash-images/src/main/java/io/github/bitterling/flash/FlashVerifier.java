package io.github.bitterling.flash;

import io.github.bitterling.flash.Finding.Severity;
import io.github.bitterling.flash.cbfs.Cbfs;
import io.github.bitterling.flash.cbfs.CbfsFile;
import io.github.bitterling.flash.cbfs.CbfsType;
import io.github.bitterling.flash.cbfs.MasterHeader;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.data.Slice;
import io.github.bitterling.flash.descriptor.FlashDescriptor;
import io.github.bitterling.flash.descriptor.FlashRegion;
import io.github.bitterling.flash.fmap.Fmap;
import io.github.bitterling.flash.hypervisor.HypervisorConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Runs all checks on one image and collects what they find. */
final class FlashVerifier {
  private static final int RESET_VECTOR_SIZE = 16;
  private static final List<String> BOOT_FILES = List.of("fallback/ramstage", "fallback/payload");

  private final FlashImage image;
  private final Slice flash;
  private final List<Finding> findings = new ArrayList<>();

  FlashVerifier(FlashImage image, Slice flash) {
    this.image = image;
    this.flash = flash;
  }

  List<Finding> findings() {
    attempt(this::checkDescriptor);
    attempt(this::checkFmap);
    attempt(this::checkMasterHeader);
    attempt(this::checkCbfs);
    checkResetVector();
    return List.copyOf(findings);
  }

  private void attempt(Runnable check) {
    try {
      check.run();
    } catch (FlashImageException e) {
      add(Severity.ERROR, e.getMessage());
    }
  }

  private void add(Severity severity, String message) {
    findings.add(new Finding(severity, message));
  }

  private void checkDescriptor() {
    FlashDescriptor descriptor = image.descriptor();
    FlashRegion bios = descriptor.region(FlashRegion.Kind.BIOS);
    if (bios.limit() != flash.length() - 1) {
      add(
          Severity.ERROR,
          String.format(
              "descriptor, BIOS region: found an end at %06X, expected %06X; "
                  + "the reset vector lies in the last bytes of flash",
              bios.limit(), flash.length() - 1));
    }
    if (descriptor.componentSize() * descriptor.components() != flash.length()) {
      add(
          Severity.WARNING,
          "descriptor, part size: found "
              + descriptor.components()
              + " x "
              + descriptor.componentSize()
              + " bytes, expected "
              + flash.length());
    }
  }

  private void checkFmap() {
    Fmap fmap = image.fmap();
    if (fmap.find(FlashLayout.CBFS_AREA).isEmpty()) {
      add(
          Severity.ERROR,
          String.format(
              "offset %06X, FMAP: found no area %s", fmap.offset(), FlashLayout.CBFS_AREA));
    }
  }

  private void checkMasterHeader() {
    MasterHeader header = image.masterHeader();
    if (!flash.startsWith(header.regionOffset(), "LARCHIVE")) {
      add(
          Severity.ERROR,
          String.format(
              "offset %06X, CBFS region of the master header: found no file, expected LARCHIVE; rebuild the image",
              header.regionOffset()));
    }
  }

  private void checkCbfs() {
    Cbfs cbfs = image.cbfs();
    for (CbfsFile file : cbfs.files()) {
      if (!file.isEmpty()) {
        attempt(file::check);
      }
    }
    BOOT_FILES.forEach(name -> require(cbfs, name, "the firmware needs it to boot"));
    cbfs.find(HypervisorConfig.FILE).ifPresent(file -> checkHypervisor(cbfs, file));
    checkBootblock(cbfs);
  }

  private void checkHypervisor(Cbfs cbfs, CbfsFile file) {
    attempt(
        () -> {
          String text = new String(file.contents(), StandardCharsets.UTF_8);
          HypervisorConfig.parse(text, "CBFS file " + HypervisorConfig.FILE)
              .vms()
              .forEach(vm -> require(cbfs, vm.payload(), "VM " + vm.name() + " needs it"));
        });
  }

  private void require(Cbfs cbfs, String name, String why) {
    if (cbfs.find(name).isEmpty()) {
      add(Severity.ERROR, "CBFS file " + name + ": found no such file; " + why);
    }
  }

  private void checkBootblock(Cbfs cbfs) {
    boolean atTop =
        cbfs.files().stream()
            .filter(file -> file.type() == CbfsType.BOOTBLOCK.id())
            .anyMatch(file -> file.data().offsetOf(file.data().length()) == flash.length());
    if (!atTop) {
      add(Severity.WARNING, "CBFS: found no bootblock file that ends where the flash ends");
    }
  }

  private void checkResetVector() {
    int at = flash.length() - RESET_VECTOR_SIZE;
    int code = RESET_VECTOR_SIZE - 4;
    if (flash.isFilled(at, code, 0xFF) || flash.isFilled(at, code, 0)) {
      add(
          Severity.ERROR,
          String.format(
              "offset %06X, reset vector: found erased flash, expected code; rebuild the image",
              at));
    }
  }
}
