package io.github.bitterling.vmx.silicon;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.BlockAccess;
import io.github.bitterling.vmx.exec.Interpreter;
import java.util.List;

/** What runs the instructions of a trial. */
interface Engine {
  /** Tier 0. */
  Engine INTERPRETER =
      new Engine() {
        @Override
        public String label() {
          return "interpreter";
        }

        @Override
        public void run(Cpu cpu, List<IrBlock> blocks, int budget) {
          Interpreter.run(cpu, BlockAccess.of(blocks.getFirst(), cpu.mode), budget);
        }
      };

  String label();

  /**
   * Runs at least the first of some blocks.
   *
   * @param blocks the block at {@code cpu.rip} and others that it can lead to
   * @param budget instructions to run at most; the first block has no more
   */
  void run(Cpu cpu, List<IrBlock> blocks, int budget);
}
