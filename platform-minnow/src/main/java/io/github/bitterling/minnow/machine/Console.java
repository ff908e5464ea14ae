package io.github.bitterling.minnow.machine;

/**
 * The far end of the serial port. All methods but the reader's own thread are called by the
 * machine.
 */
public interface Console {
  /** Takes a byte that the guest sent. */
  void output(int b);

  /** The next byte typed, or -1. */
  int input();

  /** Whether anybody can type: only then the machine polls {@link #input} on a timer. */
  boolean interactive();

  /** Whether the user pressed the escape sequence; asked between slices. */
  boolean quitRequested();

  /** Swallows output and types nothing. */
  Console NONE =
      new Console() {
        @Override
        public void output(int b) {}

        @Override
        public int input() {
          return -1;
        }

        @Override
        public boolean interactive() {
          return false;
        }

        @Override
        public boolean quitRequested() {
          return false;
        }
      };
}
