package io.github.bitterling.ir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class IrVerifierTests {
  private final IrVerifier verifier = new IrVerifier(helper -> helper == 1);
  private final IrBuilder b = new IrBuilder();

  private List<String> check() {
    return verifier.check(b.finish(0x1000, 0x1004, IrBlock.Flow.PLAIN));
  }

  @Test
  void acceptsLoadThenPut() {
    b.insn(0x1000, 4);
    int v = b.op1(Op.LOAD, Width.W32, b.op0(Op.GET, Width.W64, 3), 0);
    b.op1(Op.PUT, Width.W32, v, 0);
    b.op0(Op.GOTO, Width.W64, 0x1004);
    assertEquals(List.of(), check());
  }

  @Test
  void refusesAPutBeforeSomethingThatFaults() {
    b.insn(0x1000, 4);
    int v = b.op0(Op.GET, Width.W64, 3);
    b.op1(Op.PUT, Width.W64, v, 4);
    b.add(Op.STORE, Width.W64, v, v, 0, 0);
    b.op0(Op.GOTO, Width.W64, 0x1004);
    assertTrue(check().get(0).contains("can fault after operation 2"));
  }

  @Test
  void aNewInstructionMayFaultAfterThePreviousOneWrote() {
    b.insn(0x1000, 2);
    int v = b.op0(Op.GET, Width.W64, 3);
    b.op1(Op.PUT, Width.W64, v, 4);
    b.insn(0x1002, 2);
    b.add(Op.STORE, Width.W64, v, v, 0, 0);
    b.op0(Op.GOTO, Width.W64, 0x1004);
    assertEquals(List.of(), check());
  }

  @Test
  void asksWhetherAHelperCanFault() {
    b.insn(0x1000, 4);
    int v = b.constant(0);
    b.op1(Op.SETFLAGS, Width.W64, v);
    b.helper(0, v, v, v);
    b.op1(Op.SETFLAGS, Width.W64, v);
    b.helper(1, v, v, v);
    b.op0(Op.GOTO, Width.W64, 0x1004);
    List<String> wrong = check();
    assertEquals(1, wrong.size(), wrong.toString());
    assertTrue(wrong.get(0).startsWith("operation 5 HELPER"));
  }

  @Test
  void refusesArgumentsDefinedLaterOrWithoutValue() {
    b.insn(0x1000, 4);
    b.op1(Op.PUT, Width.W64, 5, 0);
    b.op1(Op.PUT, Width.W64, 1, 0);
    b.op0(Op.GOTO, Width.W64, 0x1004);
    List<String> wrong = check();
    assertTrue(wrong.get(0).contains("does not come before"));
    assertTrue(wrong.get(1).contains("has no value"));
  }

  @Test
  void refusesRegistersAndKindsThatDoNotExist() {
    b.insn(0x1000, 4);
    int v = b.op0(Op.GET, Width.W64, 16);
    b.add(Op.FLAGS, Width.W64, v, v, v, 99);
    b.op0(Op.GOTO, Width.W64, 0x1004);
    assertEquals(2, check().size());
  }
}
