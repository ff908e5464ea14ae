package io.github.bitterling.vmx.vt;

/** IA32_FEATURE_CONTROL, MSR 3Ah (SDM volume 3, 24.7): firmware enables VMX and locks. */
final class FeatureControl {
  private static final long LOCK = 1;

  /** Lock and VMX outside SMX: this model has no SMX, SGX or LMCE. */
  private static final long WRITABLE = 5;

  private long value;

  long value() {
    return value;
  }

  /** False = #GP: locked, or a reserved bit. */
  boolean write(long v) {
    if ((value & LOCK) != 0 || (v & ~WRITABLE) != 0) {
      return false;
    }
    value = v;
    return true;
  }

  boolean vmxAllowed(long bits) {
    return (value & bits) == bits;
  }

  /** Kept until power is lost. */
  void powerOn() {
    value = 0;
  }
}
