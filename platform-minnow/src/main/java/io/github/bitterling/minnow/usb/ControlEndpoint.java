package io.github.bitterling.minnow.usb;

import io.github.bitterling.minnow.bus.Dma;
import java.util.Arrays;

/** Endpoint 0: setup, data and status stages, each a transfer descriptor of its own. */
final class ControlEndpoint extends Endpoint {
  private static final byte[] NOTHING = {};

  private SetupPacket setup;
  private byte[] sent = NOTHING;
  private byte[] answer;
  private int given;
  private boolean asked;

  ControlEndpoint(Dma dma, UsbDevice device, Events events, long context) {
    super(1, dma, device, events, context);
  }

  @Override
  protected void restart() {
    super.restart();
    setup = null;
    sent = NOTHING;
    asked = false;
  }

  @Override
  protected boolean transfer(Trb trb) {
    switch (trb.type()) {
      case Trb.SETUP_STAGE -> setup(trb);
      case Trb.DATA_STAGE, Trb.NORMAL -> data(trb);
      case Trb.STATUS_STAGE -> status(trb);
      default -> fail(trb, trb.length(), Completion.TRB_ERROR);
    }
    return true;
  }

  private void setup(Trb trb) {
    if (!trb.immediate() || trb.length() != 8) {
      fail(trb, trb.length(), Completion.TRB_ERROR);
      return;
    }
    setup = SetupPacket.of(trb.parameter());
    sent = NOTHING;
    asked = false;
    given = 0;
    done(trb, 0, Completion.SUCCESS);
  }

  private byte[] answer() {
    if (!asked) {
      asked = true;
      answer = device.control(setup, sent);
    }
    return answer;
  }

  private void data(Trb trb) {
    if (setup == null) {
      fail(trb, trb.length(), Completion.TRB_ERROR);
    } else if (setup.toHost()) {
      receive(trb);
    } else {
      send(trb);
    }
  }

  private void receive(Trb trb) {
    if (answer() == null) {
      fail(trb, trb.length(), Completion.STALL);
      return;
    }
    int count = Math.min(trb.length(), answer.length - given);
    dma.write(trb.parameter(), answer, given, count);
    given += count;
    counted(count);
    int left = trb.length() - count;
    done(trb, left, left == 0 ? Completion.SUCCESS : Completion.SHORT_PACKET);
  }

  private void send(Trb trb) {
    int room = setup.length() - sent.length;
    int count = Math.min(trb.length(), room);
    byte[] all = Arrays.copyOf(sent, sent.length + count);
    dma.read(trb.parameter(), all, sent.length, count);
    sent = all;
    counted(count);
    done(trb, 0, Completion.SUCCESS);
  }

  private void status(Trb trb) {
    if (setup == null) {
      fail(trb, 0, Completion.TRB_ERROR);
    } else if (answer() == null) {
      fail(trb, 0, Completion.STALL);
    } else {
      setup = null;
      done(trb, 0, Completion.SUCCESS);
    }
  }
}
