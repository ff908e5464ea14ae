package io.github.bitterling.vmx.exec;

import io.github.bitterling.frontend.BlockLifter;
import io.github.bitterling.frontend.CodeSource;
import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.vmx.bus.SystemBus;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.paging.CodeTracker;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * Blocks by physical address, shared by all cores of a machine, and the record of which memory they
 * were made from. A page that holds code is not writable through any TLB; writes come here first
 * and end the blocks whose 64-byte lines they touch.
 */
public final class BlockCache implements CodeTracker {
  private static final int MAX_INSTRUCTIONS = 64;
  private static final long PAGE = -4096L;

  /** Code is found under its name on the bus, but a write to a page counts under both its names. */
  static final long WRITTEN_PAGE = PAGE & ~SystemBus.SMM;

  /** Bytes an operation of a block takes in the heap, with its share of what tier 0 needs. */
  private static final int BYTES_PER_OPERATION = 64;

  private final BlockLifter lifter;
  private final UnaryOperator<IrBlock> passes;
  private final SystemBus bus;
  private final LongConsumer firstCodeInPage;
  private final JumpCache[] jumps;
  private final Long2ObjectHashMap<Block> byPhysical = new Long2ObjectHashMap<>();
  private final Long2ObjectHashMap<PageCode> pages = new Long2ObjectHashMap<>();
  private final long mostOperations;
  private RegionCompiler compiler = RegionCompiler.NONE;
  private Runnable beforeFirstCode = () -> {};
  private long operations;
  private long lifted;

  /**
   * @param passes applied to every block after lifting
   * @param firstCodeInPage told the physical address of a page that now holds code: no TLB may
   *     write it
   */
  public BlockCache(
      BlockLifter lifter,
      UnaryOperator<IrBlock> passes,
      SystemBus bus,
      LongConsumer firstCodeInPage,
      int cores) {
    this(
        lifter,
        passes,
        bus,
        firstCodeInPage,
        cores,
        Runtime.getRuntime().maxMemory() / 8 / BYTES_PER_OPERATION);
  }

  /**
   * @param mostOperations IR operations to keep at most: a guest that runs through all of its
   *     memory must not fill the heap
   */
  BlockCache(
      BlockLifter lifter,
      UnaryOperator<IrBlock> passes,
      SystemBus bus,
      LongConsumer firstCodeInPage,
      int cores,
      long mostOperations) {
    this.mostOperations = mostOperations;
    this.lifter = lifter;
    this.passes = passes;
    this.bus = bus;
    this.firstCodeInPage = firstCodeInPage;
    this.jumps = new JumpCache[cores];
    for (int i = 0; i < cores; i++) {
      jumps[i] = new JumpCache();
    }
  }

  public void setCompiler(RegionCompiler compiler) {
    this.compiler = compiler;
  }

  /**
   * Has something run before the bytes of a page without translated code are translated: from then
   * on nobody else may write them unnoticed.
   */
  public void beforeFirstCode(Runnable action) {
    beforeFirstCode = action;
  }

  /** Blocks made so far. */
  public long blocksLifted() {
    return lifted;
  }

  /** Block at the processor's instruction pointer; null with the fetch fault recorded. */
  public Block lookup(Cpu cpu) {
    long linear = linear(cpu, cpu.rip);
    int slot = JumpCache.slot(linear, cpu.mode);
    JumpCache jump = jumps[cpu.index];
    Block hit = hit(cpu, jump, slot, linear);
    if (hit != null) {
      return hit;
    }
    Block block = find(cpu, cpu.rip, linear);
    if (block != null) {
      jump.block[slot] = block;
      jump.tag[slot] = cpu.codeTag;
      jump.verified[slot] = null;
    }
    return block;
  }

  private static Block hit(Cpu cpu, JumpCache jump, int slot, long linear) {
    Block hit = jump.block[slot];
    boolean fits =
        hit != null
            && jump.tag[slot] == cpu.codeTag
            && hit.linear == linear
            && hit.ip == cpu.rip
            && hit.mode == cpu.mode
            && hit.valid;
    return fits ? hit : null;
  }

  /** As {@link #lookup} if the core's own jump cache has the block, else null. */
  Block known(Cpu cpu) {
    long linear = linear(cpu, cpu.rip);
    return hit(cpu, jumps[cpu.index], JumpCache.slot(linear, cpu.mode), linear);
  }

  /** Region that {@link #verify} noted for a block just looked up, or null. */
  CompiledRegion verified(Cpu cpu, Block block) {
    return jumps[cpu.index].verified[JumpCache.slot(block.linear, block.mode)];
  }

  /** Notes that a core may enter the region of a block just looked up, under its current tag. */
  void verify(Cpu cpu, Block block, CompiledRegion region) {
    jumps[cpu.index].verified[JumpCache.slot(block.linear, block.mode)] = region;
  }

  /**
   * Block at an instruction pointer in the current mode if the guest has run it under the current
   * mappings, else null. Has no side effect the guest could see, so that translating ahead changes
   * nothing.
   */
  public Block at(Cpu cpu, long ip) {
    long linear = linear(cpu, ip);
    long physical = cpu.memory.probeFetch(cpu, linear);
    for (Block b = physical < 0 ? null : byPhysical.get(physical); b != null; b = b.sibling) {
      if (b.ip == ip && b.mode == cpu.mode && b.linear == linear && secondPageKnown(cpu, b)) {
        return b;
      }
    }
    return null;
  }

  private static boolean secondPageKnown(Cpu cpu, Block b) {
    return b.secondPage < 0 || cpu.memory.probeFetch(cpu, (b.linear & PAGE) + 4096) == b.secondPage;
  }

  private static long linear(Cpu cpu, long ip) {
    return ModeKey.codeSize(cpu.mode) == ModeKey.CODE64 ? ip : cpu.cs.base + ip & 0xFFFFFFFFL;
  }

  private Block find(Cpu cpu, long ip, long linear) {
    boolean limited = ModeKey.codeSize(cpu.mode) != ModeKey.CODE64;
    if (limited && Long.compareUnsigned(ip, cpu.cs.limit) > 0) {
      cpu.raise(13, 0);
      return null;
    }
    long physical = cpu.memory.fetch(cpu, linear);
    if (physical < 0) {
      return null;
    }
    for (Block b = byPhysical.get(physical); b != null; b = b.sibling) {
      if (b.ip == ip && b.mode == cpu.mode && b.linear == linear && secondPageHolds(cpu, b)) {
        return b;
      }
    }
    return cpu.fault != 0 ? null : make(cpu, ip, linear, physical, limited);
  }

  private static boolean secondPageHolds(Cpu cpu, Block b) {
    return b.secondPage < 0 || cpu.memory.fetch(cpu, (b.linear & PAGE) + 4096) == b.secondPage;
  }

  private Block make(Cpu cpu, long ip, long linear, long physical, boolean limited) {
    long reach = limited ? cpu.cs.limit - ip + 1 : Long.MAX_VALUE;
    int inPage = (int) Math.min(4096 - (linear & 4095), reach);
    boolean cacheable = bus.hostPage(physical, SystemBus.EXECUTE) != 0;
    IrBlock ir =
        lifter.lift(source(physical, inPage), ip, cpu.mode, cacheable ? MAX_INSTRUCTIONS : 1);
    long second = -1;
    if (ir == null) {
      if (inPage == reach) {
        cpu.raise(13, 0);
        return null;
      }
      second = cpu.memory.fetch(cpu, (linear & PAGE) + 4096);
      if (second < 0) {
        return null;
      }
      ir = liftAcross(cpu, ip, physical, second, inPage, reach);
      if (ir == null) {
        cpu.raise(13, 0);
        return null;
      }
    }
    Block block = new Block(passes.apply(ir), linear, cpu.mode, physical, length(ir), second);
    lifted++;
    if (cacheable) {
      enter(block);
    }
    return block;
  }

  private IrBlock liftAcross(Cpu cpu, long ip, long physical, long second, int inPage, long reach) {
    CodeSource first = source(physical, inPage);
    CodeSource rest = source(second, (int) Math.min(15, reach - inPage));
    return lifter.lift(
        i -> i < inPage ? first.byteAt(i) : rest.byteAt(i - inPage), ip, cpu.mode, 1);
  }

  private CodeSource source(long physical, int available) {
    if (!pageHasCode(physical)) {
      beforeFirstCode.run();
    }
    long page = bus.hostPage(physical, SystemBus.EXECUTE);
    if (page == 0) {
      return i -> i < available ? (int) bus.read(physical + i, 1) & 0xFF : -1;
    }
    long host = page + (physical & 4095);
    return i -> i < available ? (int) GuestMemory.get8(host + i) : -1;
  }

  private static int length(IrBlock ir) {
    int bytes = 0;
    for (int i = 0; i < ir.size(); i++) {
      bytes += ir.op(i) == Op.INSN ? ir.a(i) : 0;
    }
    return bytes;
  }

  private void enter(Block block) {
    if (operations + block.ir.size() > mostOperations) {
      endAll();
    }
    operations += block.ir.size();
    block.sibling = byPhysical.get(block.physical);
    byPhysical.put(block.physical, block);
    int offset = (int) (block.physical & 4095);
    int here = Math.min(block.bytes, 4096 - offset);
    page(block.physical & WRITTEN_PAGE).add(block, offset, here);
    if (block.secondPage >= 0) {
      page(block.secondPage & WRITTEN_PAGE).add(block, 0, block.bytes - here);
    }
  }

  private PageCode page(long address) {
    PageCode page = pages.get(address);
    if (page == null) {
      page = new PageCode();
      pages.put(address, page);
      firstCodeInPage.accept(address);
    }
    return page;
  }

  /** True when the page of a physical address holds translated code. */
  @Override
  public boolean pageHasCode(long physical) {
    return pages.containsKey(physical & WRITTEN_PAGE);
  }

  /** True when a write would end a block. */
  @Override
  public boolean lineHasCode(long physical, int bytes) {
    PageCode page = pages.get(physical & WRITTEN_PAGE);
    return page != null && page.touches((int) (physical & 4095), bytes);
  }

  /** Memory changed: ends the blocks made from it. The range may span pages. */
  @Override
  public void written(long physical, long bytes) {
    if (bytes > 1L << 22) {
      writtenWide(physical, bytes);
      return;
    }
    long start = physical & ~SystemBus.SMM;
    long end = start + bytes;
    for (long at = start; at < end; at = (at & PAGE) + 4096) {
      PageCode page = pages.get(at & PAGE);
      int length = (int) (Math.min(end, (at & PAGE) + 4096) - at);
      if (page != null && page.touches((int) (at & 4095), length)) {
        endBlocks(page, at & PAGE, (int) (at & 4095), length);
      }
    }
  }

  private void writtenWide(long physical, long bytes) {
    List<Long> hit = new ArrayList<>();
    pages.forEach(
        (address, code) -> {
          if (address + 4096 > physical && address < physical + bytes) {
            hit.add(address);
          }
        });
    for (long address : hit) {
      PageCode code = pages.get(address);
      if (code != null) {
        endBlocks(code, address, 0, 4096);
      }
    }
  }

  /** Ends the blocks whose bytes lie in a range. */
  private void endBlocks(PageCode page, long address, int offset, int bytes) {
    List<Block> hit = null;
    for (int i = 0; i < page.blocks.size(); i++) {
      Block b = page.blocks.get(i);
      if (PageCode.overlaps(b, address, offset, bytes)) {
        hit = hit == null ? new ArrayList<>() : hit;
        hit.add(b);
      }
    }
    if (hit != null) {
      hit.forEach(this::end);
    }
  }

  /** Starts anew; the guest sees nothing of it. */
  private void endAll() {
    for (long address : List.copyOf(pages.keySet())) {
      PageCode code = pages.get(address);
      if (code != null) {
        endBlocks(code, address, 0, 4096);
      }
    }
    for (JumpCache jump : jumps) {
      jump.clear();
    }
  }

  private void end(Block block) {
    block.valid = false;
    operations -= block.ir.size();
    compiler.invalidated(block);
    block.region = null;
    leave(block, block.physical & WRITTEN_PAGE);
    if (block.secondPage >= 0) {
      leave(block, block.secondPage & WRITTEN_PAGE);
    }
    unlink(block);
  }

  private void leave(Block block, long address) {
    PageCode page = pages.get(address);
    if (page != null) {
      page.blocks.remove(block);
      page.recompute(address);
      if (page.blocks.isEmpty()) {
        pages.remove(address);
      }
    }
  }

  private void unlink(Block block) {
    Block head = byPhysical.get(block.physical);
    if (head == block) {
      if (block.sibling == null) {
        byPhysical.remove(block.physical);
      } else {
        byPhysical.put(block.physical, block.sibling);
      }
      return;
    }
    for (Block b = head; b != null; b = b.sibling) {
      if (b.sibling == block) {
        b.sibling = block.sibling;
        return;
      }
    }
  }
}
