package io.github.bitterling.jit;

import io.github.bitterling.ir.IrBlock;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * Region classes by the code they were made from. Classes hold no machine state, so machines of one
 * JVM that share a store share them, with everything HotSpot has learnt about them. Safe for use by
 * several threads.
 */
public final class TranslationStore {
  /** HotSpot compiles nothing above 8,000 bytes of bytecode and does badly long before. */
  public static final int MAX_METHOD_BYTES = 4000;

  /**
   * Classes kept at most. A guest that writes its code anew all the time makes classes without end;
   * those that are not in use go with the map's entries.
   */
  private static final int MAX_CLASSES = 20_000;

  private final Map<ByteBuffer, RegionClass> classes = new HashMap<>();
  private long bytecodeBytes;
  private long nanos;

  /** A single block that is larger is still better off compiled than interpreted. */
  static final int MAX_BLOCK_BYTES = 7900;

  /** A class and the tables its instances need. */
  record RegionClass(Constructor<? extends RegionCode> make, ExitTable exits, int methodBytes) {
    RegionCode instance() {
      try {
        RegionCode code = make.newInstance();
        code.bind(exits);
        return code;
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("a region class cannot be instantiated", e);
      }
    }
  }

  /** Classes defined so far. */
  public synchronized int classes() {
    return classes.size();
  }

  /** Bytes of all run methods. */
  public synchronized long bytecodeBytes() {
    return bytecodeBytes;
  }

  /** Host time spent on writing and defining classes. */
  public synchronized long milliseconds() {
    return nanos / 1_000_000;
  }

  /** Instance of the region of these blocks, or null when it would exceed the method size. */
  RegionCode region(List<IrBlock> blocks, IntPredicate pureHelper) {
    return members(
        blocks.stream().map(ir -> new RegionPlan.Member(ir, List.of())).toList(), pureHelper);
  }

  /** As {@link #region}, with what is known of indirect jumps. */
  synchronized RegionCode members(List<RegionPlan.Member> blocks, IntPredicate pureHelper) {
    ByteBuffer key = key(blocks);
    RegionClass known = classes.get(key);
    if (known == null) {
      long start = System.nanoTime();
      known = define(new RegionPlan(blocks), pureHelper);
      nanos += System.nanoTime() - start;
      if (known == null) {
        return null;
      }
      if (classes.size() >= MAX_CLASSES) {
        classes.clear();
      }
      classes.put(key, known);
      bytecodeBytes += known.methodBytes();
    }
    return known.instance();
  }

  private static RegionClass define(RegionPlan plan, IntPredicate pureHelper) {
    RegionWriter writer = new RegionWriter(plan, pureHelper);
    byte[] bytes;
    try {
      bytes = writer.write();
    } catch (org.objectweb.asm.MethodTooLargeException e) {
      return null;
    }
    if (writer.methodBytes() > (plan.size() == 1 ? MAX_BLOCK_BYTES : MAX_METHOD_BYTES)) {
      return null;
    }
    try {
      Class<? extends RegionCode> type =
          MethodHandles.lookup()
              .defineHiddenClass(bytes, true)
              .lookupClass()
              .asSubclass(RegionCode.class);
      return new RegionClass(type.getConstructor(), writer.exits(), writer.methodBytes());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a region class cannot be defined", e);
    }
  }

  /** Digest over the IR, which says everything the class depends on. */
  private static ByteBuffer key(List<RegionPlan.Member> blocks) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (RegionPlan.Member member : blocks) {
        digest.update(bytes(member.ir()));
        digest.update(member.targets().toString().getBytes(StandardCharsets.US_ASCII));
      }
      return ByteBuffer.wrap(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static byte[] bytes(IrBlock block) {
    ByteBuffer buffer = ByteBuffer.allocate(24 + block.size() * 22);
    buffer.putLong(block.ip()).putLong(block.nextIp());
    buffer.putInt(block.size()).putInt(block.flow().ordinal());
    for (int i = 0; i < block.size(); i++) {
      buffer.put((byte) block.op(i).ordinal()).put((byte) block.width(i));
      buffer.putInt(block.a(i)).putInt(block.b(i)).putInt(block.c(i)).putLong(block.imm(i));
    }
    return buffer.array();
  }
}
