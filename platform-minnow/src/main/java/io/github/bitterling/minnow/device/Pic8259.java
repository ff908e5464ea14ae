package io.github.bitterling.minnow.device;

/** One 8259A interrupt controller (Intel 8259A datasheet); {@link PicPair} wires two of them. */
final class Pic8259 {
  private static final int NONE = 8;

  private int requests;
  private int inService;
  private int mask;
  private int inputs;
  private int levelTriggered;
  private int vectorBase;
  private int lowestPriority = 7;
  private int initStep;
  private boolean fourthWord;
  private boolean autoEoi;
  private boolean rotateOnAutoEoi;
  private boolean specialMask;
  private boolean specialNested;
  private boolean readInService;
  private boolean poll;

  void reset() {
    requests = inService = inputs = levelTriggered = vectorBase = initStep = 0;
    mask = 0xFF;
    lowestPriority = 7;
    fourthWord =
        autoEoi = rotateOnAutoEoi = specialMask = specialNested = readInService = poll = false;
  }

  void input(int irq, boolean asserted) {
    int bit = 1 << irq;
    boolean rising = asserted && (inputs & bit) == 0;
    inputs = asserted ? inputs | bit : inputs & ~bit;
    if ((levelTriggered & bit) != 0) {
      requests = asserted ? requests | bit : requests & ~bit;
    } else if (rising) {
      requests |= bit;
    }
  }

  void edgeLevel(int bits) {
    levelTriggered = bits;
    requests = requests & ~bits | inputs & bits;
  }

  int edgeLevel() {
    return levelTriggered;
  }

  /** Whether INT is asserted. */
  boolean requesting() {
    return pending() != NONE;
  }

  /** The request line that wins, or 8. */
  private int pending() {
    int candidate = highest(requests & ~mask);
    if (candidate == NONE) {
      return NONE;
    }
    int blockers = specialMask ? inService & ~mask : inService;
    if (specialNested) {
      blockers &= ~(1 << candidate);
    }
    int current = highest(blockers);
    return current == NONE || rank(candidate) < rank(current) ? candidate : NONE;
  }

  private int highest(int bits) {
    for (int i = 1; i <= 8; i++) {
      int irq = lowestPriority + i & 7;
      if ((bits & 1 << irq) != 0) {
        return irq;
      }
    }
    return NONE;
  }

  private int rank(int irq) {
    return irq - lowestPriority - 1 & 7;
  }

  /** INTA: the winning line, moved into service; line 7 when the request has gone (spurious). */
  int acknowledge() {
    int irq = pending();
    if (irq == NONE) {
      return 7;
    }
    int bit = 1 << irq;
    if ((levelTriggered & bit) == 0) {
      requests &= ~bit;
    }
    if (!autoEoi) {
      inService |= bit;
    } else if (rotateOnAutoEoi) {
      lowestPriority = irq;
    }
    return irq;
  }

  int vector(int irq) {
    return vectorBase | irq;
  }

  int read(int offset) {
    if (poll) {
      poll = false;
      return requesting() ? 0x80 | acknowledge() : 0;
    }
    if (offset == 1) {
      return mask;
    }
    return readInService ? inService : requests;
  }

  void write(int offset, int value) {
    if (offset == 0) {
      command(value);
    } else {
      data(value);
    }
  }

  private void command(int value) {
    if ((value & 0x10) != 0) {
      initialize(value);
    } else if ((value & 8) != 0) {
      operationWord3(value);
    } else {
      operationWord2(value);
    }
  }

  private void initialize(int icw1) {
    int keepInputs = inputs;
    int keepLevel = levelTriggered;
    reset();
    mask = 0;
    inputs = keepInputs;
    edgeLevel(keepLevel);
    fourthWord = (icw1 & 1) != 0;
    initStep = 2;
  }

  private void operationWord3(int value) {
    if ((value & 0x40) != 0) {
      specialMask = (value & 0x20) != 0;
    }
    poll = (value & 4) != 0;
    if ((value & 2) != 0) {
      readInService = (value & 1) != 0;
    }
  }

  private void operationWord2(int value) {
    int irq = value & 7;
    switch (value >>> 5) {
      case 0 -> rotateOnAutoEoi = false;
      case 4 -> rotateOnAutoEoi = true;
      case 1 -> endOfInterrupt(highest(inService), false);
      case 5 -> endOfInterrupt(highest(inService), true);
      case 3 -> endOfInterrupt(irq, false);
      case 7 -> endOfInterrupt(irq, true);
      case 6 -> lowestPriority = irq;
      default -> {}
    }
  }

  private void endOfInterrupt(int irq, boolean rotate) {
    if (irq == NONE) {
      return;
    }
    inService &= ~(1 << irq);
    if (rotate) {
      lowestPriority = irq;
    }
  }

  private void data(int value) {
    switch (initStep) {
      case 2 -> {
        vectorBase = value & 0xF8;
        initStep = 3;
      }
      case 3 -> initStep = fourthWord ? 4 : 0;
      case 4 -> {
        autoEoi = (value & 2) != 0;
        specialNested = (value & 0x10) != 0;
        initStep = 0;
      }
      default -> mask = value;
    }
  }

  void dump(String name, StringBuilder out) {
    out.append(
        String.format(
            "%s IRR=%02X ISR=%02X IMR=%02X level=%02X base=%02X%n",
            name, requests, inService, mask, levelTriggered, vectorBase));
  }
}
