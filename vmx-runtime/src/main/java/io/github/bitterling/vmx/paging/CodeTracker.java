package io.github.bitterling.vmx.paging;

/**
 * What the translation cache tells and hears about writes to code. Pages with code never get a
 * write tag in a TLB, so every store to them comes through {@link Mmu} and is reported here.
 */
public interface CodeTracker {
  /** A tracker for processors without translations (tests, tools). */
  CodeTracker NONE =
      new CodeTracker() {
        @Override
        public boolean pageHasCode(long physicalPage) {
          return false;
        }

        @Override
        public boolean lineHasCode(long physical, int bytes) {
          return false;
        }

        @Override
        public void written(long physical, long bytes) {}
      };

  /** True when a translation was made from any byte of the 4 KiB page. */
  boolean pageHasCode(long physicalPage);

  /** True when a 64-byte line touched by the range holds translated code. */
  boolean lineHasCode(long physical, int bytes);

  /** Bytes of a page with code were written: translations of those bytes are stale. */
  void written(long physical, long bytes);
}
