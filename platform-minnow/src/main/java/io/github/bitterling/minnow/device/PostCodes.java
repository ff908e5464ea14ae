package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.PortDevice;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Ports 80h-8Fh: the POST code at 80h (8, 16 or 32 bits wide) and the DMA page registers, which are
 * plain storage on a board without an 8237. The last codes are kept for reports.
 */
public final class PostCodes implements PortDevice {
  private static final int KEPT = 32;

  private final byte[] pages = new byte[16];
  private final ArrayDeque<Integer> codes = new ArrayDeque<>();
  private final IntConsumer listener;

  /**
   * @param listener hears every code as it is written
   */
  public PostCodes(IntConsumer listener) {
    this.listener = listener;
  }

  public void reset() {
    java.util.Arrays.fill(pages, (byte) 0);
  }

  @Override
  public boolean accepts(int offset, int width) {
    return width == 1 || offset == 0;
  }

  @Override
  public int readPort(int offset, int width) {
    int value = 0;
    for (int i = 0; i < width; i++) {
      value |= (pages[offset + i] & 0xFF) << 8 * i;
    }
    return value;
  }

  @Override
  public void writePort(int offset, int width, int value) {
    for (int i = 0; i < width; i++) {
      pages[offset + i] = (byte) (value >>> 8 * i);
    }
    if (offset == 0) {
      remember(value);
    }
  }

  private void remember(int code) {
    if (codes.size() == KEPT) {
      codes.removeFirst();
    }
    codes.addLast(code);
    listener.accept(code);
  }

  /** The last codes, oldest first; they survive a reset of the board. */
  public List<Integer> last() {
    return List.copyOf(codes);
  }
}
