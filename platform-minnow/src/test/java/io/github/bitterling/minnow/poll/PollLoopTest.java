package io.github.bitterling.minnow.poll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.bus.AccessLog;
import io.github.bitterling.minnow.bus.AccessLog.Space;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PollLoopTest {
  private final AccessLog log = new AccessLog();
  private int core;

  PollLoopTest() {
    log.origin(
        new AccessLog.Origin() {
          @Override
          public int core() {
            return core;
          }

          @Override
          public long instruction() {
            return 0x1000;
          }
        });
  }

  private Optional<PollLoop> found() {
    return PollLoop.in(log.of(0));
  }

  @Test
  void oneRegisterThatNeverChanges() {
    for (int i = 0; i < 31; i++) {
      log.read(Space.PORT, 0x64, 1, 0x1C);
    }
    assertTrue(found().isEmpty(), "not yet");
    log.read(Space.PORT, 0x64, 1, 0x1C);
    PollLoop loop = found().orElseThrow();
    assertEquals(0x64, loop.register().address());
    assertEquals(0x1C, loop.register().value());
    assertEquals(1, loop.period());
  }

  @Test
  void registerThatChangesIsAClock() {
    for (int i = 0; i < 100; i++) {
      log.read(Space.PORT, 0x408, 4, i);
    }
    assertTrue(found().isEmpty());
  }

  @Test
  void clockBesideTheRegisterIsNotWhatIsWaitedFor() {
    for (int i = 0; i < 1000; i++) {
      log.read(Space.PORT, 0x408, 4, i);
      log.read(Space.MEMORY, 0xFED0_1004L, 2, 0x20);
    }
    PollLoop loop = found().orElseThrow();
    assertEquals(0xFED0_1004L, loop.register().address());
    assertEquals(2, loop.period());
  }

  @Test
  void messageIsNamedAndNotTheAccessesThatCarryIt() {
    for (int i = 0; i < 20; i++) {
      log.write(Space.PORT, 0xCF8, 4, 0x8000_00D0L);
      log.write(Space.PORT, 0xCFC, 4, 0x0604_39F0);
      log.read(Space.SIDEBAND, 0x400_0039, 4, 0);
      log.write(Space.PORT, 0xCF8, 4, 0x8000_00D4L);
      log.read(Space.CONFIGURATION, 0xD4, 4, 0);
      log.read(Space.PORT, 0xCFC, 4, 0);
    }
    assertEquals(Space.SIDEBAND, found().orElseThrow().register().space());
  }

  @Test
  void otherCoresDoNotDisturb() {
    for (int i = 0; i < 200; i++) {
      core = i & 3;
      log.read(Space.PORT, 0x60 + core, 1, core == 0 ? 5 : i);
    }
    assertEquals(0x60, found().orElseThrow().register().address());
    assertTrue(PollLoop.in(log.of(1)).isEmpty());
  }

  @Test
  void workIsNoLoop() {
    for (int i = 0; i < 600; i++) {
      log.read(Space.MEMORY, 0xFED0_0000L + 4 * i, 4, 0);
    }
    assertTrue(found().isEmpty());
  }

  private static Optional<String> tested(int... code) {
    return TestedBits.in(i -> i < code.length ? code[i] : -1, 1);
  }

  @Test
  void comparisonBeforeTheJump() {
    assertEquals(
        "test al,2", tested(0xE4, 0x64, 0xA8, 2, 0x74, 0xFA).orElseThrow().replace("0x", ""));
    assertTrue(tested(0xE4, 0x64, 0xA8, 2, 0xC3).isEmpty(), "the caller looks at it");
    assertTrue(tested(0xE4, 0x64).isEmpty());
    assertTrue(tested(0xE4, 0x64, 0x74, 0xFC).isEmpty(), "no comparison");
  }
}
