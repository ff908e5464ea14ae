package io.github.bitterling.flash.hypervisor;

import io.github.bitterling.flash.data.FlashImageException;
import java.util.ArrayList;
import java.util.List;

/** Lines to virtual machines. */
final class ConfigParser {
  private static final int NAME_LENGTH = 15;
  private static final int PAYLOAD_LENGTH = 63;
  private static final String KEYS =
      "payload, cores, memory, ports, mmio, restart, violation, console or selftest";

  private final String source;
  private final List<Section> sections = new ArrayList<>();
  private int line;

  ConfigParser(String source) {
    this.source = source;
    Section primary = new Section("primary", 1);
    primary.payload = HypervisorConfig.DEFAULT_PAYLOAD;
    sections.add(primary);
  }

  HypervisorConfig parse(String text) {
    for (String raw : text.split("\n", -1)) {
      line++;
      String content = raw.strip();
      if (!content.isEmpty() && !content.startsWith("#")) {
        parseLine(content);
      }
    }
    return new HypervisorConfig(sections.stream().map(Section::finish).toList());
  }

  private FlashImageException wrong(String found, String expected) {
    return new FlashImageException(
        FlashImageException.NO_OFFSET,
        source + " line " + line,
        found,
        expected,
        "see docs/hypervisor.md");
  }

  private void parseLine(String content) {
    if (content.startsWith("[vm ") && content.endsWith("]")) {
      begin(content.substring(4, content.length() - 1).strip());
      return;
    }
    int equals = content.indexOf('=');
    if (equals < 0) {
      throw wrong(content, "key=value or [vm NAME]");
    }
    set(content.substring(0, equals).strip(), content.substring(equals + 1).strip());
  }

  private void begin(String name) {
    if (sections.size() == HypervisorConfig.MAX_VMS) {
      throw wrong("[vm " + name + "]", "at most 8 VMs with the primary one");
    }
    if (name.isEmpty() || name.length() > NAME_LENGTH) {
      throw wrong("[vm " + name + "]", "a name of 1 to 15 characters");
    }
    if (sections.stream().anyMatch(s -> s.name.equals(name))) {
      throw wrong("[vm " + name + "]", "a name that no other VM has");
    }
    sections.add(new Section(name, line));
  }

  private void set(String key, String value) {
    Section section = sections.getLast();
    boolean primary = sections.size() == 1;
    require(section.isFirst(key), key + "=" + value, "each key once in a section");
    switch (key) {
      case "payload" -> section.payload = payload(value);
      case "console" -> choose(key, value, primary, "guest", "hypervisor");
      case "selftest" -> choose(key, value, primary, "on", "off");
      case "restart" -> choose(key, value, true, primary ? "board" : "never", "vm");
      case "violation" -> choose(key, value, !primary, "stop", "ignore");
      case "cores", "memory", "ports", "mmio" -> {
        require(!primary, key + "=" + value, key + " in the section of a VM");
        section.set(key, new Values(value, expected -> wrong(value, expected)));
      }
      default -> throw wrong(key, KEYS);
    }
  }

  private String payload(String value) {
    require(
        !value.isEmpty() && value.length() <= PAYLOAD_LENGTH,
        value.isEmpty() ? "nothing" : value,
        "a CBFS file name of 1 to 63 characters");
    return value;
  }

  private void choose(String key, String value, boolean here, String first, String second) {
    require(here, key + "=" + value, "this key elsewhere: see the list of keys");
    require(
        value.equals(first) || value.equals(second), key + "=" + value, first + " or " + second);
  }

  private void require(boolean met, String found, String expected) {
    if (!met) {
      throw wrong(found, expected);
    }
  }
}
