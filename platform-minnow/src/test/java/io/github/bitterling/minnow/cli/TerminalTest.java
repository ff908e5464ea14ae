package io.github.bitterling.minnow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.Test;

class TerminalTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private Terminal typing(int... keys) {
    byte[] bytes = new byte[keys.length];
    for (int i = 0; i < keys.length; i++) {
      bytes[i] = (byte) keys[i];
    }
    return Terminal.reading(new ByteArrayInputStream(bytes), out);
  }

  @Test
  void keysReachTheGuestInOrder() {
    Terminal t = typing('a', 3, 'b');
    assertEquals('a', t.input());
    assertEquals(3, t.input());
    assertEquals('b', t.input());
    assertEquals(-1, t.input());
    assertFalse(t.quitRequested());
  }

  @Test
  void escapeThenXQuits() {
    Terminal t = typing(1, 'x');
    assertTrue(t.quitRequested());
    assertEquals(-1, t.input());
  }

  @Test
  void escapeTwiceSendsIt() {
    Terminal t = typing(1, 1, 'x');
    assertEquals(1, t.input());
    assertEquals('x', t.input());
    assertFalse(t.quitRequested());
  }

  @Test
  void closedOutputQuitsInsteadOfFailing() {
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("broken pipe");
          }
        };
    Terminal t = Terminal.reading(new ByteArrayInputStream(new byte[0]), closed);
    t.output('x');
    assertTrue(t.quitRequested());
    t.close();
  }

  @Test
  void outputKeepsBytesAsTheyAre() {
    Terminal t = typing();
    t.output(0xE9);
    t.output('\n');
    t.close();
    assertEquals(2, out.size());
    assertEquals((byte) 0xE9, out.toByteArray()[0]);
  }
}
