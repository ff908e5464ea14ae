package io.github.bitterling.minnow.usb;

import io.github.bitterling.minnow.bus.Dma;

/** A bulk or interrupt endpoint: each normal block is a buffer in memory. */
final class BulkEndpoint extends Endpoint {
  private final boolean toHost;

  /** The device ended the transfer early; the rest of its blocks move nothing. */
  private boolean skipping;

  private boolean told;

  BulkEndpoint(int number, Dma dma, UsbDevice device, Events events, long context) {
    super(number, dma, device, events, context);
    this.toHost = (number & 1) != 0;
  }

  @Override
  protected void restart() {
    super.restart();
    skipping = told = false;
  }

  @Override
  protected void ended() {
    skipping = told = false;
  }

  @Override
  protected boolean transfer(Trb trb) {
    if (trb.type() != Trb.NORMAL) {
      fail(trb, trb.length(), Completion.TRB_ERROR);
    } else if (skipping) {
      endShort(trb, trb.length());
    } else {
      return move(trb);
    }
    return true;
  }

  /** Of the blocks after a short packet the first that asks is told, once. */
  private void endShort(Trb trb, int left) {
    skipping = true;
    if (told) {
      next(trb);
      return;
    }
    told = trb.interrupts() || trb.interruptOnShort();
    done(trb, left, Completion.SHORT_PACKET);
  }

  private boolean move(Trb trb) {
    int length = trb.length();
    byte[] buffer = new byte[length - partial];
    int count = toHost ? receive(trb, buffer) : send(trb, buffer);
    if (count == UsbDevice.NAK) {
      return false;
    }
    if (count == UsbDevice.STALL) {
      fail(trb, length - partial, Completion.STALL);
      return true;
    }
    counted(count);
    int left = length - partial - count;
    if (left == 0) {
      done(trb, 0, Completion.SUCCESS);
    } else if (toHost) {
      endShort(trb, left);
    } else {
      partial += count;
    }
    return true;
  }

  private int receive(Trb trb, byte[] buffer) {
    int count = device.in(number / 2, buffer, 0, buffer.length);
    if (count > 0) {
      dma.write(trb.parameter() + partial, buffer, 0, count);
    }
    return count;
  }

  private int send(Trb trb, byte[] buffer) {
    if (trb.immediate()) {
      for (int i = 0; i < buffer.length; i++) {
        buffer[i] = (byte) (trb.parameter() >>> 8 * (i + partial & 7));
      }
    } else {
      dma.read(trb.parameter() + partial, buffer, 0, buffer.length);
    }
    return device.out(number / 2, buffer, 0, buffer.length);
  }
}
