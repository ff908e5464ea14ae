package io.github.bitterling.minnow.usb;

/** Completion codes (xHCI 1.0, 6.4.5). */
final class Completion {
  static final int SUCCESS = 1;
  static final int TRANSACTION_ERROR = 4;
  static final int TRB_ERROR = 5;
  static final int STALL = 6;
  static final int NO_SLOTS = 9;
  static final int SLOT_NOT_ENABLED = 11;
  static final int ENDPOINT_NOT_ENABLED = 12;
  static final int SHORT_PACKET = 13;
  static final int PARAMETER_ERROR = 17;
  static final int CONTEXT_STATE = 19;
  static final int EVENT_RING_FULL = 21;
  static final int RING_STOPPED = 24;
  static final int STOPPED = 26;

  private Completion() {}
}
