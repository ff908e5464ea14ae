package io.github.bitterling.vmx.bare;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * A case with the outcome the oracle gave, as a line for bare-replay.txt: its name, then both,
 * deflated, in base 64. So it can be run where there is no oracle.
 */
record BareReplay(BareCase example, BareOutcome expected) {
  String line() throws IOException {
    ByteBuffer b =
        ByteBuffer.allocate(example.size() + BareOutcome.MOST_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    example.write(b);
    expected.write(b);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
      out.write(b.array(), 0, b.position());
    }
    return example.name.replace(' ', '_')
        + " "
        + Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  static BareReplay parse(String line) throws IOException {
    String[] parts = line.split(" ");
    ByteArrayInputStream in = new ByteArrayInputStream(Base64.getDecoder().decode(parts[1]));
    ByteBuffer b =
        ByteBuffer.wrap(new InflaterInputStream(in).readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
    BareCase example = BareCase.read(parts[0].replace('_', ' '), b);
    return new BareReplay(example, BareOutcome.read(b));
  }

  /** The cases of bare-replay.txt. */
  static List<BareReplay> stored() throws IOException {
    List<BareReplay> all = new ArrayList<>();
    try (var in = BareReplay.class.getResourceAsStream("bare-replay.txt")) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        if (!line.startsWith("#")) {
          all.add(parse(line));
        }
      }
    }
    return all;
  }
}
