package io.github.bitterling.vmx.silicon;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.BlockAccess;
import io.github.bitterling.vmx.exec.Interpreter;

/** What runs the one instruction of a trial. */
interface Engine {
  /** Tier 0. */
  Engine INTERPRETER =
      new Engine() {
        @Override
        public String label() {
          return "interpreter";
        }

        @Override
        public void run(Cpu cpu, IrBlock ir) {
          Interpreter.run(cpu, BlockAccess.of(ir, cpu.mode), 1);
        }
      };

  String label();

  /** Runs a block of one instruction. */
  void run(Cpu cpu, IrBlock ir);
}
