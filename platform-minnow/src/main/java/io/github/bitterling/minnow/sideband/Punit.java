package io.github.bitterling.minnow.sideband;

/** The power unit (sideband port 04h): power gates follow at once what is asked of them. */
public final class Punit {
  private static final int PORT = 0x04;
  private static final int PWRGT_CONTROL = 0x60;
  private static final int PWRGT_STATUS = 0x61;

  private Punit() {}

  /** Plugs the unit into the network. */
  public static void plug(Sideband sideband) {
    SidebandUnit unit = new SidebandUnit("PUNIT");
    unit.register("PWRGT_CONTROL", PWRGT_CONTROL);
    unit.register("PWRGT_STATUS", PWRGT_STATUS).onRead(stored -> unit.get(PWRGT_CONTROL));
    sideband.plug(PORT, unit);
  }
}
