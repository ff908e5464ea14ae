package io.github.bitterling.minnow.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class SerialMonitorTest {
  private long instructions;
  private final MilestoneRecorder recorder =
      new MilestoneRecorder(
          new Progress() {
            @Override
            public double guestSeconds() {
              return instructions / 1e9;
            }

            @Override
            public long instructions() {
              return instructions;
            }
          },
          () -> 1.0);

  private SerialMonitor monitor(String until) {
    return new SerialMonitor(Console.NONE, recorder, Optional.ofNullable(until));
  }

  private void send(SerialMonitor monitor, String text) {
    for (char c : text.toCharArray()) {
      instructions++;
      monitor.accept(c);
    }
  }

  @Test
  void milestonesAreTakenAtTheirLastCharacterAndOnce() {
    SerialMonitor m = monitor(null);
    send(m, "xxSeaBIOS (version 1)\nSeaBIOS (version 2)\n");
    assertEquals(1, recorder.milestones().size());
    assertEquals(new Milestone("SeaBIOS banner", 18e-9, 1.0, 18), recorder.milestones().get(0));
  }

  @Test
  void untilTextMayContainLineEnds() {
    SerialMonitor m = monitor("one\r\ntwo");
    send(m, "one\r\ntw");
    assertFalse(m.untilSeen());
    send(m, "o");
    assertTrue(m.untilSeen());
  }

  @Test
  void textSplitByOtherTextIsNotFound() {
    SerialMonitor m = monitor("login:");
    send(m, "log-in: logi");
    assertFalse(m.untilSeen());
    send(m, "n:");
    assertTrue(m.untilSeen());
  }

  @Test
  void lastLineIgnoresEmptyOnes() {
    SerialMonitor m = monitor(null);
    send(m, "first\r\nsecond\r\n\r\n");
    assertEquals("second", m.lastLine());
    send(m, "thi");
    assertEquals("thi", m.lastLine());
  }

  @Test
  void coresInVmxHaveTheirOwnMilestones() {
    recorder.vmxOperation(0);
    recorder.vmxOperation(1);
    recorder.vmxOperation(0);
    assertEquals(2, recorder.milestones().size());
  }
}
