package io.github.bitterling.vmx.system;

import io.github.bitterling.jit.TestCompilers;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;

/** The same on compiled code. */
class JitAddressTagTest extends AddressTagTests {
  @Override
  protected RegionCompiler compiler(BlockCache cache) {
    return TestCompilers.second(cache);
  }
}
