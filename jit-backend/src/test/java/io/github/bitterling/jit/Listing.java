package io.github.bitterling.jit;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The run method of a region class as text, an instruction a line. */
final class Listing {
  private final Map<Label, String> labels = new HashMap<>();
  private final StringBuilder out = new StringBuilder();

  private Listing() {}

  static String of(byte[] classFile) {
    CodeModel code =
        ClassFile.of().parse(classFile).methods().stream()
            .filter(m -> m.methodName().equalsString("run"))
            .findFirst()
            .orElseThrow()
            .code()
            .orElseThrow();
    Listing listing = new Listing();
    // Only labels that are jumped to; numbered in the order of their places.
    Map<Label, Boolean> used = new HashMap<>();
    code.forEach(e -> use(e, used));
    code.forEach(
        e -> {
          if (e instanceof LabelTarget target && used.containsKey(target.label())) {
            listing.labels.put(target.label(), "L" + listing.labels.size());
          }
        });
    code.forEach(listing::element);
    return listing.out.toString();
  }

  private static void use(CodeElement element, Map<Label, Boolean> used) {
    if (element instanceof BranchInstruction branch) {
      used.put(branch.target(), true);
    }
  }

  private void element(CodeElement element) {
    if (element instanceof LabelTarget target && labels.containsKey(target.label())) {
      out.append(labels.get(target.label())).append(":\n");
    } else if (element instanceof Instruction instruction) {
      String name =
          instruction.opcode().name().toLowerCase(Locale.ROOT).replaceFirst("_m?[0-9]$", "");
      out.append("  ").append((name + " " + operands(instruction)).strip()).append('\n');
    }
  }

  private String operands(Instruction instruction) {
    return switch (instruction) {
      case LoadInstruction load -> Integer.toString(load.slot());
      case StoreInstruction store -> Integer.toString(store.slot());
      case IncrementInstruction inc -> inc.slot() + " " + inc.constant();
      case BranchInstruction branch -> labels.get(branch.target());
      case ConstantInstruction constant ->
          constant.constantValue() instanceof Long value
              ? "0x" + Long.toHexString(value)
              : constant.constantValue().toString();
      case FieldInstruction field -> simple(field.owner().asInternalName()) + "." + field.name();
      case InvokeInstruction call ->
          simple(call.owner().asInternalName()) + "." + call.name() + call.type().stringValue();
      default -> "";
    };
  }

  private static String simple(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }
}
