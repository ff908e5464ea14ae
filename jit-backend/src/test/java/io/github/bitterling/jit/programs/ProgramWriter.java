package io.github.bitterling.jit.programs;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Writes a random program: blocks of instructions of any row with branches, calls, returns,
 * indirect jumps, loops, stores of every size into code, string stores over code, single steps,
 * and, in 64-bit mode, pages that come, go and change places.
 */
final class ProgramWriter {
  private static final int BLOCKS = 40;

  /** Instructions without operands that may stand anywhere. */
  private static final int[] FILLERS = {0x90, 0xF8, 0xF9, 0xF5, 0x98, 0x99, 0xFC};

  /** A page of the code area with a second copy elsewhere. */
  static final int TWIN_PAGE = 0x21000;

  static final int TWIN_COPY = 0x51000;

  /** A place in a piece that takes an address or a distance. */
  private record Fixup(int piece, int offset, int bytes, int block, boolean relative) {}

  /** A place in a piece that a store may change: its bytes are no more than data or a digit. */
  private record Soft(int piece, int offset, int bytes) {}

  /** A store whose target is known when all places are. */
  private record Store(int piece, int offset, Soft to) {}

  private final ProgramMode mode;
  private final long seed;
  private final Random random;
  private final RowCode rows;
  private final List<byte[]> pieces = new ArrayList<>();
  private final List<Fixup> fixups = new ArrayList<>();
  private final List<Soft> soft = new ArrayList<>();
  private final List<Integer> pads = new ArrayList<>();
  private final List<Store> stores = new ArrayList<>();
  private final List<int[]> padUses = new ArrayList<>();
  private final int[] blockPiece = new int[BLOCKS];
  private final int word;

  ProgramWriter(ProgramMode mode, long seed) {
    this.mode = mode;
    this.seed = seed;
    random = new Random(seed);
    rows = new RowCode(random, mode);
    word = mode.bits == 16 ? 2 : 4;
  }

  Program write() {
    for (int block = 0; block < BLOCKS; block++) {
      blockPiece[block] = pieces.size();
      int items = 2 + random.nextInt(9);
      for (int k = 0; k < items; k++) {
        item();
      }
      end();
    }
    return assemble();
  }

  private byte[] bytes(int... values) {
    byte[] b = new byte[values.length];
    for (int i = 0; i < b.length; i++) {
      b[i] = (byte) values[i];
    }
    return b;
  }

  private int add(byte[] piece) {
    pieces.add(piece);
    return pieces.size() - 1;
  }

  /** An instruction that ends in a word to be filled in. */
  private byte[] withWord(int... values) {
    return Arrays.copyOf(bytes(values), values.length + word);
  }

  private void item() {
    switch (random.nextInt(32)) {
      case 0 -> branch(0x0F, 0x80 + random.nextInt(16));
      case 1 -> branch(0xE8);
      case 2, 3 -> immediate();
      case 4 -> digit();
      case 5 -> patch();
      case 6 -> pad();
      case 7 -> stringStore();
      case 8 -> loop();
      case 9 -> reset();
      case 10 -> indirect();
      case 11 -> rare();
      default -> add(rows.next());
    }
  }

  private void rare() {
    switch (random.nextInt(8)) {
      case 0 -> singleSteps();
      case 1 -> pages();
      case 2 -> twin();
      case 3 -> add(bytes(0xDB, 0xE3));
      case 4 -> garbage();
      case 5 -> stackShadow();
      case 6 -> add(bytes(0x0F, 0x0B));
      default -> add(bytes(0x9C));
    }
  }

  private void end() {
    switch (random.nextInt(8)) {
      case 0, 1 -> add(bytes(0xC3));
      case 2, 3 -> branch(0xE9);
      case 4 -> indirect();
      default -> branch(0x0F, 0x80 + random.nextInt(16));
    }
  }

  private void branch(int... opcode) {
    int piece = add(withWord(opcode));
    fixups.add(new Fixup(piece, opcode.length, word, random.nextInt(BLOCKS), true));
  }

  /** MOV of an immediate to a register: what stores into code change most. */
  private void immediate() {
    byte[] b = withWord(0xB8 + random.nextInt(4));
    int piece = add(b);
    int value = random.nextInt();
    for (int k = 0; k < word; k++) {
      b[1 + k] = (byte) (value >> 8 * k);
    }
    soft.add(new Soft(piece, 1, word));
  }

  /** ADD to CMP of a byte to a register: a store into the ModRM byte makes another of them. */
  private void digit() {
    int piece =
        add(bytes(0x83, 0xC0 | random.nextInt(8) << 3 | random.nextInt(4), random.nextInt(256)));
    soft.add(new Soft(piece, 2, 1));
    soft.add(new Soft(piece, 1, -1));
  }

  /** A store of 1, 2 or 4 bytes into code, here or anywhere. */
  private void patch() {
    if (soft.isEmpty()) {
      return;
    }
    boolean here = random.nextInt(3) == 0;
    Soft to = here ? soft.getLast() : soft.get(random.nextInt(soft.size()));
    int bytes = to.bytes < 0 ? 1 : 1 << random.nextInt(to.bytes == 4 ? 3 : to.bytes == 2 ? 2 : 1);
    store(to, bytes, to.bytes < 0 ? 0xC0 | random.nextInt(32) : random.nextInt());
  }

  private void store(Soft to, int bytes, int value) {
    ByteArrayOutputStream b = new ByteArrayOutputStream();
    if (mode.bits == 16) {
      b.write(0x2E);
    }
    if (bytes == 2 && mode.bits != 16 || bytes == 4 && mode.bits == 16) {
      b.write(0x66);
    }
    b.write(bytes == 1 ? 0xC6 : 0xC7);
    if (mode.bits == 64) {
      b.write(0x04);
      b.write(0x25);
    } else {
      b.write(mode.bits == 32 ? 0x05 : 0x06);
    }
    int offset = b.size();
    for (int k = 0; k < word; k++) {
      b.write(0);
    }
    for (int k = 0; k < bytes; k++) {
      b.write(value >> 8 * k);
    }
    stores.add(new Store(add(b.toByteArray()), offset, to));
  }

  /** Any byte anywhere in the code so far, if there is some; a piece can be empty. */
  private void garbage() {
    if (pieces.isEmpty()) {
      return;
    }
    int piece = random.nextInt(pieces.size());
    if (pieces.get(piece).length == 0) {
      return;
    }
    store(new Soft(piece, random.nextInt(pieces.get(piece).length), 1), 1, random.nextInt());
  }

  /** One-byte instructions in a row, as a place for string stores. */
  private void pad() {
    byte[] b = new byte[4 + random.nextInt(16)];
    for (int i = 0; i < b.length; i++) {
      b[i] = (byte) FILLERS[random.nextInt(FILLERS.length)];
    }
    pads.add(add(b));
  }

  /** REP STOSB or REP MOVSB over a pad; ES is CS meanwhile in real mode. */
  private void stringStore() {
    if (pads.isEmpty()) {
      return;
    }
    int to = pads.get(random.nextInt(pads.size()));
    int count = 1 + random.nextInt(pieces.get(to).length);
    boolean real = mode == ProgramMode.REAL;
    if (real) {
      add(bytes(0x06, 0x0E, 0x07));
    }
    counter(count);
    padUse(0xBF, to);
    if (!real && random.nextBoolean()) {
      int from = pads.get(random.nextInt(pads.size()));
      padUse(0xBE, from);
      add(bytes(0xF3, 0xA4));
    } else {
      add(bytes(0xB0, FILLERS[random.nextInt(FILLERS.length)]));
      add(bytes(0xF3, 0xAA));
    }
    if (real) {
      add(bytes(0x07));
    }
    reset();
  }

  private void padUse(int opcode, int pad) {
    padUses.add(new int[] {add(withWord(opcode)), pad});
  }

  private void counter(int value) {
    byte[] b = withWord(0xB9);
    b[1] = (byte) value;
    add(b);
  }

  /** A loop of a few instructions, which may spoil its counter. */
  private void loop() {
    counter(2 + random.nextInt(12));
    int first = pieces.size();
    int items = 1 + random.nextInt(3);
    for (int k = 0; k < items; k++) {
      if (random.nextInt(4) == 0) {
        patch();
      } else {
        add(rows.next());
      }
    }
    add(mode.bits == 64 ? bytes(0xFF, 0xC9) : bytes(0x49));
    int length = 0;
    for (int k = first; k < pieces.size(); k++) {
      length += pieces.get(k).length;
    }
    byte[] back = withWord(0x0F, 0x85);
    int distance = -(length + back.length);
    for (int k = 0; k < word; k++) {
      back[2 + k] = (byte) (distance >> 8 * k);
    }
    add(back);
  }

  /** Base registers back to the data area. */
  private void reset() {
    int data = ProgramMode.DATA + mode.dataBase();
    for (int opcode : new int[] {0xBE, 0xBF}) {
      byte[] b = withWord(opcode);
      for (int k = 0; k < word; k++) {
        b[1 + k] = (byte) (data >> 8 * k);
      }
      add(b);
    }
    add(bytes(0xFC));
  }

  /** A jump or call through a register or the table of blocks. */
  private void indirect() {
    int call = random.nextInt(3) == 0 ? 0x10 : 0x20;
    if (mode != ProgramMode.REAL && random.nextBoolean()) {
      add(bytes(0x83, 0xE1, 0x0F));
      byte[] b = withWord(0xFF, 0x04 | call, 0xCD);
      b[3] = (byte) ProgramMode.TARGETS;
      b[4] = (byte) (ProgramMode.TARGETS >> 8);
      add(b);
      return;
    }
    int piece = add(withWord(0xB8));
    fixups.add(new Fixup(piece, 1, word, random.nextInt(BLOCKS), false));
    add(bytes(0xFF, 0xC0 | call));
  }

  private void singleSteps() {
    if (mode != ProgramMode.REAL) {
      byte[] b = mode.bits == 64 ? withWord(0xC7, 0x04, 0x25) : withWord(0xC7, 0x05);
      b[b.length - 4] = (byte) ProgramMode.STEPS;
      b[b.length - 3] = (byte) (ProgramMode.STEPS >> 8);
      b = Arrays.copyOf(b, b.length + 4);
      b[b.length - 4] = (byte) random.nextInt(12);
      add(b);
      add(bytes(0x9C));
      add(bytes(0x80, 0x4C, 0x24, 1, 1));
    } else {
      add(bytes(0x9C, 0x58, 0x80, 0xCC, 1, 0x50));
    }
    add(bytes(0x9D));
  }

  /** Takes a page of the data area away; the handler brings it back. */
  private void pages() {
    if (mode != ProgramMode.LONG) {
      return;
    }
    int page = ProgramMode.DATA + random.nextInt(4) * 4096;
    entry(0x83, 4, page, 0xFE);
    invalidate(page);
  }

  private void entry(int opcode, int digit, int page, int... immediate) {
    int at = ProgramMode.PAGE_TABLE + (page >> 12) * 8;
    byte[] b = new byte[7 + immediate.length];
    b[0] = (byte) opcode;
    b[1] = (byte) (0x04 | digit << 3);
    b[2] = 0x25;
    b[3] = (byte) at;
    b[4] = (byte) (at >> 8);
    b[5] = (byte) (at >> 16);
    for (int k = 0; k < immediate.length; k++) {
      b[7 + k] = (byte) immediate[k];
    }
    add(b);
  }

  private void invalidate(int page) {
    add(bytes(0x0F, 0x01, 0x3C, 0x25, page, page >> 8, page >> 16, 0));
  }

  /** Has a page of the code area change places with its copy. */
  private void twin() {
    if (mode != ProgramMode.LONG) {
      return;
    }
    int change = TWIN_PAGE ^ TWIN_COPY;
    entry(0x81, 6, TWIN_PAGE, change, change >> 8, change >> 16, 0);
    invalidate(TWIN_PAGE);
  }

  /** A load of SS, which holds single-step traps off for an instruction. */
  private void stackShadow() {
    if (mode == ProgramMode.LONG || mode == ProgramMode.FLAT) {
      add(bytes(0x8C, 0xD0));
      add(bytes(0x8E, 0xD0));
    } else if (mode == ProgramMode.REAL) {
      add(bytes(0x16));
      add(bytes(0x17));
    }
  }

  private Program assemble() {
    int[] at = new int[pieces.size() + 1];
    for (int k = 0; k < pieces.size(); k++) {
      at[k + 1] = at[k] + pieces.get(k).length;
    }
    if (at[pieces.size()] > ProgramMode.CODE_BYTES) {
      throw new IllegalStateException("a program of " + at[pieces.size()] + " bytes");
    }
    // The rest of the area is spread in front, so that page ends fall into the program
    int gap = random.nextInt(ProgramMode.CODE_BYTES - at[pieces.size()]) & 0x0FFF;
    byte[] code = new byte[ProgramMode.CODE_BYTES];
    Arrays.fill(code, (byte) 0x90);
    List<Integer> starts = new ArrayList<>();
    for (int k = 0; k < pieces.size(); k++) {
      at[k] += gap;
      starts.add(at[k]);
      System.arraycopy(pieces.get(k), 0, code, at[k], pieces.get(k).length);
    }
    at[pieces.size()] += gap;
    starts.add(at[pieces.size()]);
    link(code, at);
    int[] targets = new int[16];
    for (int i = 0; i < 16; i++) {
      targets[i] = at[blockPiece[random.nextInt(BLOCKS)]];
    }
    return new Program(mode, seed, code, targets, starts);
  }

  private void link(byte[] code, int[] at) {
    int base = ProgramMode.CODE + mode.codeBase();
    for (Fixup f : fixups) {
      int target = at[blockPiece[f.block]];
      put(
          code,
          at[f.piece] + f.offset,
          f.bytes,
          f.relative ? target - at[f.piece + 1] : base + target);
    }
    for (Store s : stores) {
      put(code, at[s.piece] + s.offset, word, base + at[s.to.piece] + s.to.offset);
    }
    for (int[] use : padUses) {
      put(code, at[use[0]] + 1, word, base + at[use[1]]);
    }
  }

  private static void put(byte[] code, int at, int bytes, int value) {
    for (int k = 0; k < bytes; k++) {
      code[at + k] = (byte) (value >> 8 * k);
    }
  }
}
