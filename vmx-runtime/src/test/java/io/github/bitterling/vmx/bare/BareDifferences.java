package io.github.bitterling.vmx.bare;

/** Where an AMD processor or KVM differs from the Intel processor that is modelled. */
final class BareDifferences {
  private BareDifferences() {}

  /** KVM refused the state or did not bring the case to an end. */
  static boolean incomparable(BareOutcome host) {
    return host.end != BareOutcome.HALT && host.end != BareOutcome.SHUTDOWN;
  }

  /** Why a difference is none, or null. */
  static String explain(BareCase c, BareOutcome host, BareOutcome ours) {
    return null;
  }
}
