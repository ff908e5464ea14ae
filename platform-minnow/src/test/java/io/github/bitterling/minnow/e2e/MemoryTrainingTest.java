package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.minnow.dram.BoardSkew;
import io.github.bitterling.minnow.dram.DramSetup;
import io.github.bitterling.minnow.dram.LaneSkew;
import io.github.bitterling.minnow.dram.Window;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Our firmware finds the middle of every window of every board, or says which lane has none. */
class MemoryTrainingTest {
  private static final byte[] FLASH = FlashImageBuilder.withDefaults().build().bytes();
  private static final int BOARDS = 20;

  /** Memory was written and read back at many places. */
  private static final String PROBED = "MiB above";

  /** The ramstage runs from trained memory. */
  private static final String IN_MEMORY = "fw: ramstage: ";

  private static Run.Plan on(BoardSkew board) {
    return Run.of(Setup.flashOnly(FLASH)).cpus(1).dram(new DramSetup(board, true)).until(IN_MEMORY);
  }

  @ParameterizedTest
  @CsvSource({"e3845, 1024, 1333", "e3845, 2048, 1333", "e3825, 1024, 1066", "e3825, 2048, 1066"})
  void findsTheMiddleOfEveryWindow(String cpu, int memoryMib, int speed) {
    for (int seed = 1; seed <= BOARDS; seed++) {
      BoardSkew board = BoardSkew.random(seed);
      Run run = on(board).cpu(cpu).memoryMib(memoryMib).until(PROBED).run();
      String story = "seed " + seed + ": " + run.story();
      assertEquals(Outcome.UNTIL_TEXT, run.outcome(), story);
      assertTrue(run.serial().contains("memory DDR3-" + speed + " trained"), story);
      assertTrue(run.serial().contains("ram " + memoryMib + " MiB below"), story);
      assertTrained(board, run, story);
    }
  }

  private static void assertTrained(BoardSkew board, Run run, String story) {
    assertLine(board, "rcven", lane -> lane.receiveEnable() - 64, run, story);
    assertLine(board, "wdqs", LaneSkew::writeStrobe, run, story);
    assertLine(board, "wdq", l -> l.writeStrobe() - middle(l.writeData()), run, story);
    assertLine(board, "rdqs", lane -> middle(lane.readStrobe()), run, story);
    assertLine(board, "vref", lane -> middle(lane.vref()), run, story);
  }

  private static int middle(Window window) {
    return (window.low() + window.high()) / 2;
  }

  private static void assertLine(
      BoardSkew board, String name, ToIntFunction<LaneSkew> expected, Run run, String story) {
    String values =
        board.lanes().stream()
            .map(lane -> " " + expected.applyAsInt(lane))
            .collect(Collectors.joining());
    assertTrue(run.serial().contains("fw:   " + name + values + "\r\n"), name + values + story);
  }

  @ParameterizedTest
  @EnumSource(EngineKind.class)
  void isTheSameOnEveryEngine(EngineKind engine) {
    BoardSkew board = BoardSkew.random(99);
    Run expected = on(board).run();
    Run found = on(board).engine(engine).run();
    assertEquals(expected.serial(), found.serial());
    assertEquals(expected.result().guestInstructions(), found.result().guestInstructions());
    assertEquals(expected.result().guestSeconds(), found.result().guestSeconds());
    assertEquals(expected.result().registers(), found.result().registers());
  }

  private static BoardSkew with(int lane, UnaryOperator<LaneSkew> change) {
    List<LaneSkew> lanes = new ArrayList<>(BoardSkew.TURBOT.lanes());
    lanes.set(lane, change.apply(lanes.get(lane)));
    return new BoardSkew(lanes);
  }

  private static LaneSkew deadReads(LaneSkew l) {
    return new LaneSkew(l.receiveEnable(), l.writeStrobe(), Window.DEAD, l.vref(), l.writeData());
  }

  private static LaneSkew deadWrites(LaneSkew l) {
    return new LaneSkew(l.receiveEnable(), l.writeStrobe(), l.readStrobe(), l.vref(), Window.DEAD);
  }

  private static void assertFails(BoardSkew board, String message) {
    Run run = on(board).run();
    assertEquals(Outcome.DEBUG_EXIT, run.outcome(), run.story());
    assertEquals(OptionalInt.of(0x31), run.result().debugExit());
    assertEquals("fw: ERROR " + message, run.result().lastSerialLine());
    assertEquals("value 31h on port F4h, POST code E8h", run.result().detail());
  }

  @Test
  void aLaneThatDoesNotReadIsNamed() {
    assertFails(
        with(3, MemoryTrainingTest::deadReads),
        "memory lane 3: no window in read training (RDQS, VREF)");
  }

  @Test
  void aLaneThatDoesNotWriteIsNamed() {
    assertFails(
        with(6, MemoryTrainingTest::deadWrites),
        "memory lane 6: no window in write training (WDQS, WDQ)");
  }

  @Test
  void theEccLaneIsTrainedToo() {
    assertFails(
        with(8, MemoryTrainingTest::deadReads),
        "memory lane 8: no window in read training (RDQS, VREF)");
  }

  @Test
  void severalLanesAreNamedTogether() {
    List<LaneSkew> dead =
        BoardSkew.TURBOT.lanes().stream().map(MemoryTrainingTest::deadReads).toList();
    assertFails(
        new BoardSkew(dead),
        "memory lane 0 1 2 3 4 5 6 7 8: no window in read training (RDQS, VREF)");
  }

  /** Eyes away from where training starts, as narrow as its steps allow. */
  @Test
  void narrowEyesFarOutAreFound() {
    Window narrow = new Window(60, 70);
    Window high = new Window(14, 31);
    BoardSkew board =
        with(5, l -> new LaneSkew(l.receiveEnable(), 500, narrow, high, new Window(72, 84)));
    Run run = on(board).run();
    assertEquals(Outcome.UNTIL_TEXT, run.outcome(), run.story());
    assertTrained(board, run, run.story());
  }
}
