package io.github.bitterling.minnow.dram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.bitterling.minnow.fake.BoardFixture;
import io.github.bitterling.vmx.bus.SystemBus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What processors and bus masters find in memory that is not, or wrongly, trained. */
class ColdMemoryTest {
  private static final int INIT_COMPLETE = 1 << 31;
  private static final int OWNED_BY_HTE = 1 << 28;

  private final BoardSkew skew = BoardSkew.TURBOT;
  private final MemoryRig rig = new MemoryRig(skew);
  private final SystemBus bus = rig.board.bus;

  @AfterEach
  void close() {
    rig.close();
  }

  private void train() {
    rig.wakeDrams();
    rig.fit(skew);
    rig.dco(INIT_COMPLETE);
  }

  @Test
  void nothingIsThereBeforeInitialisationIsComplete() {
    bus.write(0x1000, 4, 0x1234);
    assertEquals(0xFFFF_FFFFL, bus.read(0x1000, 4));
    assertEquals(0, bus.hostPage(0x1000, SystemBus.READ));
    train();
    assertEquals(0, bus.read(0x1000, 4));
    bus.write(0x1000, 4, 0x1234);
    assertEquals(0x1234, bus.read(0x1000, 4));
    assertNotEquals(0, bus.hostPage(0x1000, SystemBus.WRITE));
  }

  @Test
  void theEngineTakesMemoryAwayFromTheProcessors() {
    train();
    bus.write(0x1000, 4, 0x1234);
    rig.dco(INIT_COMPLETE | OWNED_BY_HTE);
    assertEquals(0xFFFF_FFFFL, bus.read(0x1000, 4));
    rig.dco(INIT_COMPLETE);
    assertEquals(0x1234, bus.read(0x1000, 4));
  }

  @Test
  void oneByteOfEightIsWrongWhereALaneDoesNotRead() {
    train();
    bus.write(0x1000, 8, 0x1122_3344_5566_7788L);
    rig.readStrobe(2, 0);
    assertEquals(0x1122_3344_55FF_7788L, bus.read(0x1000, 8));
    assertEquals(0x55FF, bus.read(0x1002, 2));
    rig.fit(skew);
    assertEquals(0x1122_3344_5566_7788L, bus.read(0x1000, 8));
  }

  @Test
  void oneByteOfEightIsNotWrittenWhereALaneDoesNotWrite() {
    train();
    rig.writeStrobe(7, skew.lane(7).writeStrobe() + 64);
    bus.write(0x1000, 8, 0x1122_3344_5566_7788L);
    assertEquals(0x0022_3344_5566_7788L, bus.read(0x1000, 8));
  }

  @Test
  void theEccLaneHasNoPartInIt() {
    train();
    rig.readStrobe(8, 0);
    bus.write(0x1000, 4, 0x1234);
    assertEquals(0x1234, bus.read(0x1000, 4));
  }

  @Test
  void busMastersFindNothing() {
    train();
    bus.write(0x1000, 4, 0x1234);
    rig.dco(0);
    assertEquals(0xFFFF_FFFFL, rig.board.dma().read32(0x1000));
    rig.dco(INIT_COMPLETE);
    assertEquals(0x1234, rig.board.dma().read32(0x1000));
  }

  @Test
  void resetMakesItColdAgain() {
    train();
    bus.write(0x1000, 4, 0x1234);
    rig.board.board.reset(false);
    assertEquals(0xFFFF_FFFFL, bus.read(0x1000, 4));
    train();
    assertEquals(0x1234, bus.read(0x1000, 4), "a warm reset keeps what is in memory");
  }

  /** For images without memory training. */
  @Test
  void withoutTheOptionMemoryWorksUntilItsSetUpBegins() {
    try (BoardFixture warm = new BoardFixture()) {
      warm.bus.write(0x1000, 4, 0x1234);
      assertEquals(0x1234, warm.bus.read(0x1000, 4));
      warm.sidebandWrite(0x07, DdrPhy.PORT, 0x70, 0);
      assertEquals(0xFFFF_FFFFL, warm.bus.read(0x1000, 4));
      warm.board.reset(false);
      assertEquals(0x1234, warm.bus.read(0x1000, 4));
    }
  }
}
