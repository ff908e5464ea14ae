package io.github.bitterling.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Blocks as text, one operation a line, and back. A line is {@code [%index =] op.bits %a %b %c
 * #imm}; arguments as many as the operation has, the immediate in hexadecimal and left out when 0.
 * INSN lines are {@code ip length:}. The first line is {@code block ip next flow}.
 */
public final class IrText {
  private IrText() {}

  /** Text of a block. */
  public static String print(IrBlock block) {
    StringBuilder out = new StringBuilder();
    out.append("block ")
        .append(hex(block.ip()))
        .append(' ')
        .append(hex(block.nextIp()))
        .append(' ')
        .append(block.flow());
    for (int i = 0; i < block.size(); i++) {
      out.append('\n');
      line(block, i, out);
    }
    return out.append('\n').toString();
  }

  private static void line(IrBlock block, int i, StringBuilder out) {
    Op op = block.op(i);
    if (op == Op.INSN) {
      out.append("insn ").append(hex(block.imm(i))).append(' ').append(block.a(i));
      return;
    }
    out.append("  ");
    if (op.definesValue()) {
      out.append('%').append(i).append(" = ");
    }
    out.append(op.name().toLowerCase(Locale.ROOT)).append('.').append(Width.bits(block.width(i)));
    for (int k = 0; k < op.arity(); k++) {
      out.append(" %").append(block.arg(i, k));
    }
    if (isFlags(op)) {
      out.append(' ').append(FlagKind.of((int) block.imm(i)));
    } else if (block.imm(i) != 0) {
      out.append(" #").append(hex(block.imm(i)));
    }
  }

  private static boolean isFlags(Op op) {
    return op == Op.FLAGS || op == Op.FLAGSIF;
  }

  private static String hex(long v) {
    return Long.toHexString(v);
  }

  /** Block of a text. */
  public static IrBlock parse(String text) {
    IrBuilder builder = new IrBuilder();
    String[] lines = text.strip().split("\n");
    String[] head = lines[0].strip().split(" +");
    if (head.length != 4 || !head[0].equals("block")) {
      throw bad(1, lines[0], "expected 'block ip next flow'");
    }
    for (int n = 1; n < lines.length; n++) {
      if (!lines[n].isBlank()) {
        parseLine(builder, n + 1, lines[n]);
      }
    }
    return builder.finish(
        Long.parseUnsignedLong(head[1], 16),
        Long.parseUnsignedLong(head[2], 16),
        IrBlock.Flow.valueOf(head[3]));
  }

  private static void parseLine(IrBuilder builder, int number, String line) {
    List<String> words = new ArrayList<>(List.of(line.strip().split(" +")));
    if (words.get(0).equals("insn")) {
      builder.insn(Long.parseUnsignedLong(words.get(1), 16), Integer.parseInt(words.get(2)));
      return;
    }
    if (words.get(0).startsWith("%")) {
      if (Integer.parseInt(words.get(0).substring(1)) != builder.size()) {
        throw bad(number, line, "expected the value %" + builder.size());
      }
      words.subList(0, 2).clear();
    }
    String name = words.get(0);
    int dot = name.indexOf('.');
    if (dot < 0) {
      throw bad(number, line, "expected operation.bits");
    }
    Op op = Op.valueOf(name.substring(0, dot).toUpperCase(Locale.ROOT));
    int w = Width.ofBytes(Integer.parseInt(name.substring(dot + 1)) / 8);
    int[] args = new int[3];
    if (words.size() < 1 + op.arity()) {
      throw bad(number, line, "expected " + op.arity() + " arguments");
    }
    for (int k = 0; k < op.arity(); k++) {
      args[k] = Integer.parseInt(words.get(1 + k).substring(1));
    }
    builder.add(op, w, args[0], args[1], args[2], immediate(op, words));
  }

  private static long immediate(Op op, List<String> words) {
    if (words.size() <= 1 + op.arity()) {
      return 0;
    }
    String last = words.get(1 + op.arity());
    return isFlags(op)
        ? FlagKind.valueOf(last).ordinal()
        : Long.parseUnsignedLong(last.substring(1), 16);
  }

  private static IllegalArgumentException bad(int number, String line, String what) {
    return new IllegalArgumentException("line " + number + ": " + what + ", found: " + line);
  }
}
