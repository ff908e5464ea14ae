package io.github.bitterling.vmx.vt;

/** The programs of {@link GuestBoundsTests} as compiled regions. */
class JitGuestBoundsTest extends GuestBoundsTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
