package io.github.bitterling.vmx.vt;

/** Guest segment fields by index: ES 0, CS, SS, DS, FS, GS, LDTR 6, TR 7. */
final class SegmentFields {
  static final Field[] SELECTOR = from(Field.GUEST_ES_SELECTOR);
  static final Field[] BASE = from(Field.GUEST_ES_BASE);
  static final Field[] LIMIT = from(Field.GUEST_ES_LIMIT);
  static final Field[] RIGHTS = from(Field.GUEST_ES_ACCESS_RIGHTS);

  private SegmentFields() {}

  private static Field[] from(Field first) {
    Field[] all = new Field[8];
    for (int i = 0; i < all.length; i++) {
      all[i] = first.plus(i);
    }
    return all;
  }
}
