package io.github.bitterling.minnow.scsi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.MemoryDisk;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The drive's commands, as bytes. */
class CdRomTest {
  private final CdRom drive = new CdRom(new MemoryDisk(402));

  @BeforeEach
  void takeAttention() {
    assertEquals(6, run(0x00).sense().key());
  }

  private Transfer run(int... cdb) {
    byte[] bytes = new byte[12];
    for (int i = 0; i < cdb.length; i++) {
      bytes[i] = (byte) cdb[i];
    }
    Transfer transfer = drive.execute(bytes);
    drive.ended(transfer);
    return transfer;
  }

  private byte[] data(int... cdb) {
    Transfer transfer = run(cdb);
    assertFalse(transfer.failed(), transfer.sense().toString());
    byte[] data = new byte[(int) transfer.length()];
    assertEquals(data.length, transfer.toHost(data, 0, data.length));
    return data;
  }

  private static byte[] bytes(int... values) {
    byte[] all = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      all[i] = (byte) values[i];
    }
    return all;
  }

  @Test
  void resetIsReportedOnceToCommandsThatTestTheUnit() {
    drive.reset();
    assertEquals(5, data(0x12, 0, 0, 0, 36)[0]);
    assertEquals(new Sense(6, 0x29, 0), run(0x00).sense());
    byte[] sense = data(0x03, 0, 0, 0, 18);
    assertEquals(6, sense[2]);
    assertEquals(0x29, sense[12]);
    assertEquals(0, data(0x03, 0, 0, 0, 18)[2]);
    assertFalse(run(0x00).failed());
  }

  @Test
  void capacityIsInBlocksOf2048Bytes() {
    assertArrayEquals(bytes(0, 0, 0, 100, 0, 0, 8, 0), data(0x25));
  }

  @Test
  void readGivesBlocksWhateverThePieces() {
    Transfer transfer = run(0x28, 0, 0, 0, 0, 3, 0, 0, 2);
    byte[] data = new byte[4096];
    for (int at = 0; at < 4096; at += 1000) {
      transfer.toHost(data, at, Math.min(1000, 4096 - at));
    }
    assertEquals(0, transfer.left());
    assertEquals(12, data[0]);
    assertEquals(15, data[2047]);
    assertEquals(19, data[4095]);
    assertEquals(0, transfer.toHost(data, 0, 10));
  }

  @Test
  void outsideTheDiscIsRefused() {
    assertEquals(new Sense(5, 0x21, 0), run(0x28, 0, 0, 0, 0, 100, 0, 0, 2).sense());
    assertEquals(new Sense(5, 0x21, 0), run(0xA8, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1).sense());
    assertEquals(new Sense(5, 0x20, 0), run(0x2A).sense(), "no WRITE");
  }

  @Test
  void contentsAreOneDataTrack() {
    byte[] blocks = {0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, (byte) 0xAA, 0, 0, 0, 0, 101};
    assertArrayEquals(blocks, data(0x43, 0, 0, 0, 0, 0, 0, 1, 0));
    byte[] minutes = data(0x43, 2, 0, 0, 0, 0, 0, 1, 0);
    assertArrayEquals(bytes(0, 0, 2, 0), Arrays.copyOfRange(minutes, 8, 12));
    assertArrayEquals(bytes(0, 0, 3, 26), Arrays.copyOfRange(minutes, 16, 20));
    assertArrayEquals(Arrays.copyOf(blocks, 12), data(0x43, 0, 0, 0, 0, 0, 0, 0, 12));
    assertEquals(5, run(0x43, 0, 0, 0, 0, 0, 2, 0, 12).sense().key());
  }

  @Test
  void featuresSayWhatItIs() {
    byte[] all = data(0x46, 0, 0, 0, 0, 0, 0, 1, 0);
    assertEquals(all.length - 4, all[3]);
    assertEquals(8, all[7]);
    byte[] one = data(0x46, 2, 0, 0x1E, 0, 0, 0, 1, 0);
    assertArrayEquals(bytes(0, 0x1E, 9, 4, 0, 0, 0, 0), Arrays.copyOfRange(one, 8, 16));
  }

  @Test
  void modePagesAndEvents() {
    byte[] capabilities = data(0x5A, 0, 0x2A, 0, 0, 0, 0, 1, 0);
    assertEquals(0x2A, capabilities[8]);
    assertEquals(capabilities.length - 2, capabilities[1]);
    assertEquals(5, run(0x5A, 0, 0x2F, 0, 0, 0, 0, 1, 0).sense().key());
    assertArrayEquals(bytes(0, 6, 4, 0x10, 0, 2, 0, 0), data(0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8));
    assertTrue(run(0x4A, 0, 0, 0, 0x10, 0, 0, 0, 8).failed());
  }
}
