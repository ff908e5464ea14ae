package io.github.bitterling.vmx.vt;

/** The programs of {@link EntryProgramTests} as compiled regions. */
class JitEntryProgramTest extends EntryProgramTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
