package io.github.bitterling.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.IrBuilder;
import io.github.bitterling.ir.Op;
import io.github.bitterling.vmx.exec.CompiledRegion;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every operation without memory at every width over edge operands, read back at every width. */
class OperationsTest {
  private static final long IP = 0x1000;
  private final TranslationStore store = new TranslationStore();

  @ParameterizedTest
  @EnumSource(
      value = Op.class,
      names = {
        "ADD", "SUB", "AND", "OR", "XOR", "NOT", "NEG", "MUL", "UMULH", "SMULH", "SHL", "SHR",
        "SAR", "ROL", "ROR", "SEXT", "ZEXT", "BSWAP", "CTZ", "CLZ", "POPCNT", "EQ", "NE", "ULT",
        "ULE", "SLT", "SLE", "SELECT", "UDIV", "UREM", "SDIV", "SREM"
      })
  void everyWidth(Op op) {
    for (int w = op == Op.BSWAP ? 2 : 0; w < 4; w++) {
      for (int read = 0; read < 4; read++) {
        for (int put = 0; put < 4; put++) {
          check(op, w, read, put);
        }
      }
    }
  }

  private void check(Op op, int w, int read, int put) {
    IrBuilder b = new IrBuilder();
    b.insn(IP, 4);
    int x = b.op0(Op.GET, read, 0);
    int y = b.op0(Op.GET, read, 1);
    boolean shift = op == Op.SHL || op == Op.SHR || op == Op.SAR;
    int second = shift ? b.op2(Op.AND, 0, y, b.constant(w == 2 ? 31 : 63)) : y;
    int z = b.op0(Op.GET, read, 2);
    int v = b.op3(op, w, x, second, z);
    b.add(Op.PUT, put, v, 0, 0, 3);
    b.insn(IP + 4, 4);
    b.add(Op.PUT, 3, b.op2(op == Op.ADD ? Op.XOR : Op.ADD, w, v, x), 0, 0, 4);
    b.op1(Op.BRANCH, 0, v, 0x2000);
    IrBlock block = b.finish(IP, IP + 8, IrBlock.Flow.PLAIN);
    CompiledRegion region = store.region(List.of(block), Rig::pure);
    try (Rig plain = new Rig(List.of(block));
        Rig compiled = new Rig(List.of(block)).with(region)) {
      for (long a : RandomCode.EDGES) {
        for (long c : RandomCode.EDGES) {
          String what = op + " width " + w + " of " + read + " into " + put;
          assertEquals(run(plain, a, c), run(compiled, a, c), what);
        }
      }
    }
  }

  private static List<Object> run(Rig rig, long a, long b) {
    rig.cpu.r[0] = a;
    rig.cpu.r[1] = b;
    rig.cpu.r[2] = a * 7 + b;
    rig.cpu.r[3] = 0x1111_2222_3333_4444L;
    rig.cpu.rip = IP;
    rig.cpu.retired = 0;
    rig.cpu.fault = 0;
    rig.run(2);
    return List.of(a, b, rig.cpu.rip, rig.cpu.retired, rig.cpu.fault, rig.cpu.r[3], rig.cpu.r[4]);
  }
}
