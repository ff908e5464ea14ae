package io.github.bitterling.vmx.model;

/** Atom E3825 (Intel document 538136): the slower sibling of the E3845, for memory at 1066. */
final class E3825 {
  private E3825() {}

  static final String TEXT =
      """
      like            e3845
      name            e3825
      summary         Atom E3825 of the MinnowBoard MAX: 1.33 GHz, memory at 1066
      brand           Intel(R) Atom(TM) CPU  E3825  @ 1.33GHz
      ratio           16
      """;
}
