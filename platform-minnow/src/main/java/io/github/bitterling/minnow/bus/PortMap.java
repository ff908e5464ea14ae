package io.github.bitterling.minnow.bus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** I/O ports by number. Fixed ranges may not overlap; movable ones give way to fixed ones. */
final class PortMap {
  private static final int PORTS = 0x10000;

  private final PortMapping[] owner = new PortMapping[PORTS];
  private final List<PortMapping> mappings = new ArrayList<>();

  PortMapping fixed(String name, int base, int size, PortDevice device) {
    for (int port = base; port < base + size; port++) {
      if (owner[port] != null) {
        throw new IllegalStateException(
            String.format("%s: port %04Xh already belongs to %s", name, port, owner[port]));
      }
    }
    PortMapping mapping = new PortMapping(this, name, base, size, true, device);
    mapping.enabled = true;
    mappings.add(mapping);
    rebuild();
    return mapping;
  }

  PortMapping movable(String name, int size, PortDevice device) {
    PortMapping mapping = new PortMapping(this, name, 0, size, false, device);
    mappings.add(mapping);
    return mapping;
  }

  void rebuild() {
    Arrays.fill(owner, null);
    for (PortMapping m : mappings) {
      claim(m);
    }
  }

  private void claim(PortMapping m) {
    if (!m.enabled) {
      return;
    }
    for (int port = m.base; port < Math.min(m.base + m.size, PORTS); port++) {
      if (owner[port] == null || m.fixed && !owner[port].fixed) {
        owner[port] = m;
      }
    }
  }

  int read(int port, int width) {
    PortMapping m = owner[port];
    if (whole(m, port, width)) {
      return m.device.readPort(port - m.base, width);
    }
    int value = 0;
    for (int i = 0; i < width; i++) {
      value |= readByte(port + i & 0xFFFF) << 8 * i;
    }
    return value;
  }

  void write(int port, int width, int value) {
    PortMapping m = owner[port];
    if (whole(m, port, width)) {
      m.device.writePort(port - m.base, width, value);
      return;
    }
    for (int i = 0; i < width; i++) {
      writeByte(port + i & 0xFFFF, value >>> 8 * i & 0xFF);
    }
  }

  private static boolean whole(PortMapping m, int port, int width) {
    return m != null && port - m.base + width <= m.size && m.device.accepts(port - m.base, width);
  }

  private int readByte(int port) {
    PortMapping m = owner[port];
    return m == null ? 0xFF : m.device.readPort(port - m.base, 1) & 0xFF;
  }

  private void writeByte(int port, int value) {
    PortMapping m = owner[port];
    if (m != null) {
      m.device.writePort(port - m.base, 1, value);
    }
  }

  String ownerName(int port) {
    return owner[port] == null ? "nothing" : owner[port].name;
  }

  List<PortMapping> all() {
    return mappings;
  }
}
