package io.github.bitterling.minnow.usb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.MemoryDisk;
import io.github.bitterling.minnow.scsi.ScsiDisk;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The cases of bulk-only transport 1.0, 6.7: what host and device expect of the data. */
class BulkOnlyTest {
  private static final int READ_TWO = 2;

  private final MemoryDisk disk = new MemoryDisk(100);
  private final BulkOnly transport = new BulkOnly(new ScsiDisk(disk));
  private final byte[] buffer = new byte[4096];

  @BeforeEach
  void takeAttention() {
    command(0, true, 0x00, 0);
    assertEquals(1, status());
  }

  private int command(int expected, boolean toHost, int operation, int blocks) {
    ByteBuffer b = ByteBuffer.allocate(31).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(0x4342_5355).putInt(5).putInt(expected).put((byte) (toHost ? 0x80 : 0)).put((byte) 0);
    b.put((byte) 10).put((byte) operation).put(23, (byte) blocks);
    return transport.fromHost(b.array(), 0, 31);
  }

  /** Residue in bits 31:8, status in bits 7:0. */
  private int status() {
    assertEquals(13, transport.toHost(buffer, 0, 13));
    ByteBuffer b = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(0x5342_5355, b.getInt(0));
    assertEquals(5, b.getInt(4));
    return b.getInt(8) << 8 | b.get(12);
  }

  @Test
  void nothingMoves() {
    assertEquals(31, command(0, true, 0x00, 0));
    assertEquals(0, status());
  }

  @Test
  void hostExpectsNothingOrLessThanTheDeviceHas() {
    command(0, true, 0x28, READ_TWO);
    assertEquals(2, status());
    command(512, true, 0x28, READ_TWO);
    assertEquals(UsbDevice.STALL, transport.toHost(buffer, 0, 512));
    assertEquals(512 << 8 | 2, status());
  }

  @Test
  void hostExpectsMoreThanTheDeviceHas() {
    command(4096, true, 0x28, READ_TWO);
    assertEquals(1024, transport.toHost(buffer, 0, 4096));
    assertEquals(3072 << 8, status());
    command(4096, true, 0x28, READ_TWO);
    assertEquals(1024, transport.toHost(buffer, 0, 1024));
    assertEquals(UsbDevice.STALL, transport.toHost(buffer, 0, 1024));
    assertEquals(3072 << 8, status());
    command(512, true, 0x00, 0);
    assertEquals(UsbDevice.STALL, transport.toHost(buffer, 0, 512));
    assertEquals(512 << 8, status());
  }

  @Test
  void bothExpectTheSame() {
    command(1024, true, 0x28, READ_TWO);
    assertEquals(1000, transport.toHost(buffer, 0, 1000));
    assertEquals(24, transport.toHost(buffer, 0, 24));
    assertEquals(0, status());
    command(1024, false, 0x2A, READ_TWO);
    buffer[0] = 77;
    assertEquals(1024, transport.fromHost(buffer, 0, 1024));
    assertEquals(0, status());
    assertEquals(77, disk.data[0]);
  }

  @Test
  void directionsDisagree() {
    command(1024, false, 0x28, READ_TWO);
    assertEquals(UsbDevice.STALL, transport.fromHost(buffer, 0, 1024));
    assertEquals(1024 << 8 | 2, status());
    command(1024, true, 0x2A, READ_TWO);
    assertEquals(UsbDevice.STALL, transport.toHost(buffer, 0, 1024));
    assertEquals(1024 << 8 | 2, status());
  }

  @Test
  void hostSendsMoreThanTheDeviceTakes() {
    command(2048, false, 0x2A, READ_TWO);
    assertEquals(UsbDevice.STALL, transport.fromHost(buffer, 0, 2048));
    assertEquals(1024 << 8, status());
    command(512, false, 0x00, 0);
    assertEquals(UsbDevice.STALL, transport.fromHost(buffer, 0, 512));
    assertEquals(512 << 8, status());
  }

  @Test
  void wrongOrderWaits() {
    assertEquals(UsbDevice.NAK, transport.toHost(buffer, 0, 13));
    command(512, true, 0x28, 1);
    assertEquals(UsbDevice.NAK, transport.fromHost(buffer, 0, 31));
  }

  @Test
  void wrapperThatIsNotValidNeedsAReset() {
    assertEquals(UsbDevice.STALL, transport.fromHost(buffer, 0, 30));
    assertTrue(transport.invalid());
    assertEquals(UsbDevice.STALL, command(0, true, 0x00, 0));
    assertEquals(UsbDevice.STALL, transport.toHost(buffer, 0, 13));
    transport.reset();
    assertEquals(31, command(0, true, 0x00, 0));
    assertEquals(0, status());
  }
}
