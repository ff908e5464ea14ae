package io.github.bitterling.minnow.fake;

import io.github.bitterling.vmx.bus.BusListener;
import io.github.bitterling.vmx.bus.InterruptFabric;
import io.github.bitterling.vmx.bus.MachineControl;
import java.util.ArrayList;
import java.util.List;

/** Writes down what the board tells processors and machine. */
public final class FakeProcessors implements InterruptFabric, BusListener, MachineControl {
  public final List<String> messages = new ArrayList<>();
  public final List<String> notifications = new ArrayList<>();
  public final List<String> requests = new ArrayList<>();
  public boolean intr;

  @Override
  public void message(int destination, boolean logical, int mode, int vector, boolean level) {
    messages.add(
        String.format(
            "%s%X mode=%d vector=%02X %s",
            logical ? "L" : "P", destination, mode, vector, level ? "level" : "edge"));
  }

  @Override
  public void setIntr(boolean asserted) {
    intr = asserted;
  }

  @Override
  public void nmi() {
    messages.add("NMI");
  }

  @Override
  public void smi() {
    messages.add("SMI");
  }

  @Override
  public void mappingChanged(long start, long length) {
    notifications.add(String.format("map %X+%X", start, length));
  }

  @Override
  public void memoryWritten(long start, long length) {
    notifications.add(String.format("written %X+%X", start, length));
  }

  @Override
  public void powerOff() {
    requests.add("power off");
  }

  @Override
  public void reset(String source, boolean cold) {
    requests.add((cold ? "cold" : "warm") + " reset by " + source);
  }

  @Override
  public void debugExit(int value) {
    requests.add("exit " + value);
  }
}
