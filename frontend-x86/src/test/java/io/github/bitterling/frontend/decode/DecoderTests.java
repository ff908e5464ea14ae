package io.github.bitterling.frontend.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Feature;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecoderTests {
  private final Decoder decoder = new Decoder();

  private Insn decode(int size, String hex) {
    byte[] b = HexFormat.of().parseHex(hex.replace(" ", ""));
    return decoder.decode(p -> p < b.length ? b[p] & 0xFF : -1, 0, size);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2|48 01 c8|add rax,rcx",
        "2|40 b4 12|mov spl,0x12",
        "2|b4 12|mov ah,0x12",
        "2|8b 05 10 00 00 00|mov eax,DWORD PTR [rip+0x10] # 0x16",
        "1|8b 05 10 00 00 00|mov eax,DWORD PTR ds:0x10",
        "0|8b 46 fe|mov ax,WORD PTR [bp-0x2]",
        "0|67 8b 04 24|mov ax,WORD PTR [esp]",
        "0|66 ea 00 00 01 00 08 00|jmp 0x8:0x10000",
        "2|48 b8 01 02 03 04 05 06 07 08|mov rax,0x807060504030201",
        "2|48 81 c0 ff ff ff ff|add rax,0xffffffffffffffff",
        "2|f0 0f b1 0a|lock cmpxchg DWORD PTR [rdx],ecx",
        "2|f3 48 a5|rep movs QWORD PTR es:[rdi],QWORD PTR ds:[rsi]",
        "1|64 a1 10 00 00 00|mov eax,fs:0x10",
        "2|42 8b 44 a5 00|mov eax,DWORD PTR [rbp+r12*4]",
        "2|0f 20 c0|mov rax,cr0",
        "2|44 0f 20 c0|mov rax,cr8",
        "2|66 0f 6f 00|movdqa xmm0,XMMWORD PTR [rax]",
        "2|f3 0f 6f 00|movdqu xmm0,XMMWORD PTR [rax]",
        "2|0f 6f c1|movq mm0,mm1",
        "2|90|nop",
        "2|41 90|xchg r8d,eax",
        "2|f3 90|pause",
        "2|66 e9 00 00 00 00|jmp 0x6",
        "1|66 e9 00 00|jmp 0x4",
      })
  void textOf(int size, String hex, String text) {
    assertEquals(text, Disassembler.text(decode(size, hex), 0));
  }

  @Test
  void aSixteenthByteIsTooMany() {
    assertEquals(Insn.Status.OK, decode(2, "66".repeat(13) + "01c8").status());
    assertEquals(Insn.Status.TOO_LONG, decode(2, "66".repeat(14) + "01c8").status());
    assertEquals(Insn.Status.TOO_LONG, decode(1, "f0".repeat(40)).status());
  }

  @Test
  void lockNeedsAMemoryDestinationAndARowThatAllowsIt() {
    assertEquals(Insn.Status.OK, decode(2, "f0 01 08").status());
    assertEquals(Insn.Status.INVALID, decode(2, "f0 01 c8").status());
    assertEquals(Insn.Status.INVALID, decode(2, "f0 03 08").status());
    assertEquals(Insn.Status.INVALID, decode(2, "f0 39 08").status());
    assertEquals(Insn.Status.INVALID, decode(2, "f0 90").status());
  }

  @Test
  void missingBytesAreSaid() {
    for (String hex :
        new String[] {"", "48", "0f", "0f38", "8b", "8b04", "8b80", "8b8000", "b8000000", "66"}) {
      assertEquals(Insn.Status.NEED_BYTES, decode(2, hex).status(), hex);
    }
  }

  @Test
  void anExchangeWithR8IsNoPause() {
    assertEquals("pause", Disassembler.text(decode(2, "f3 90"), 0));
    assertEquals(Sem.XCHG_RAX, decode(2, "f3 49 90").semantics());
    assertEquals(Sem.XCHG_RAX, decode(2, "41 90").semantics());
  }

  /** SDM volume 2, 2.3.11: 15 bytes at most; whatever the bytes are, no more are looked at. */
  @Test
  void atMostFifteenBytesAreLookedAt() {
    Random random = new Random(7);
    byte[] code = new byte[32];
    int[] prefixes = {0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x2E, 0x64, 0x48, 0x0F, 0x38, 0x3A, 0xC4, 0xC5};
    Decoder decoder = new Decoder();
    for (int n = 0; n < 3_000_000; n++) {
      random.nextBytes(code);
      int many = random.nextInt(4) == 0 ? random.nextInt(20) : random.nextInt(3);
      for (int k = 0; k < many; k++) {
        code[k] = (byte) prefixes[random.nextInt(prefixes.length)];
      }
      int offered = random.nextInt(3) == 0 ? random.nextInt(16) : 32;
      int[] furthest = {-1};
      Insn i =
          decoder.decode(
              p -> {
                furthest[0] = Math.max(furthest[0], p);
                return p < offered ? code[p] & 0xFF : -1;
              },
              0,
              n % 3);
      assertTrue(furthest[0] < 15, "looked at byte " + furthest[0]);
      assertTrue(i.length() <= 15, "length " + i.length());
      assertTrue(
          i.status() != Insn.Status.NEED_BYTES || furthest[0] == offered,
          "asks for bytes that are there");
      assertTrue(i.status() != Insn.Status.OK || i.length() <= offered);
    }
  }

  @Test
  void aRexPrefixBeforeAnotherPrefixDoesNotCount() {
    assertEquals("add ax,cx", Disassembler.text(decode(2, "48 66 01 c8"), 0));
  }

  @Test
  void instructionsOfOtherModesAreInvalid() {
    assertEquals(Insn.Status.INVALID, decode(2, "27").status());
    assertEquals(Insn.Status.INVALID, decode(2, "06").status());
    assertEquals(Insn.Status.INVALID, decode(1, "0f 05").status());
    assertEquals(Insn.Status.INVALID, decode(1, "0f 01 f8").status());
  }

  @Test
  void vexExistsWithItsFeaturesOnly() {
    byte[] b = {(byte) 0xC5, (byte) 0xF8, 0x77};
    assertEquals("vzeroupper", Disassembler.text(decode(2, "c5 f8 77"), 0));
    Decoder without = new Decoder(EnumSet.of(Feature.SSE42));
    assertEquals(Insn.Status.INVALID, without.decode(p -> b[p] & 0xFF, 0, 2).status());
    assertEquals("lds eax,FWORD PTR [eax]", Disassembler.text(decode(1, "c5 00"), 0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2|c5 ec 58 c3|vaddps ymm0,ymm2,ymm3",
        "2|c4 41 2c 58 c3|vaddps ymm8,ymm10,ymm11",
        "2|c4 c1 4a 58 44 8f 10|vaddss xmm0,xmm6,DWORD PTR [r15+rcx*4+0x10]",
        "2|c4 e3 69 4a c3 50|vblendvps xmm0,xmm2,xmm3,xmm5",
        "1|c4 e3 69 4a c3 d0|vblendvps xmm0,xmm2,xmm3,xmm5",
        "2|c4 e2 ed 90 04 61|vpgatherdq ymm0,QWORD PTR [rcx+xmm4*2],ymm2",
        "2|c4 e2 6d 91 04 61|vpgatherqd xmm0,DWORD PTR [rcx+ymm4*2],xmm2",
        "2|c5 f1 72 d2 05|vpsrld xmm1,xmm2,0x5",
        "2|c4 e2 7d 20 00|vpmovsxbw ymm0,XMMWORD PTR [rax]",
        "2|c4 e2 f8 f3 d9|blsi rax,rcx",
        "1|c4 e2 f8 f3 d9|blsi eax,ecx",
        "2|c4 e3 fb f0 c1 07|rorx rax,rcx,0x7",
        // vvvv that no operand uses, VEX.L of the other length, VEX.W of the other instruction
        "2|c5 e8 28 c1|(bad)",
        "2|c5 fc 12 c1|(bad)",
        "2|c4 e3 7d 00 c1 00|(bad)",
        // Prefixes before VEX, a map that is not there
        "2|66 c5 f8 77|(bad)",
        "2|f3 c5 f8 77|(bad)",
        "2|f0 c5 f8 77|(bad)",
        "2|48 c5 f8 77|(bad)",
        "2|c4 e4 7d 00 c1|(bad)",
        // Gathers: no SIB byte, the same register twice
        "2|c4 e2 ed 90 01|(bad)",
        "2|c4 e2 ed 90 04 51|(bad)",
      })
  void vexInstructions(int mode, String bytes, String text) {
    assertEquals(text, Disassembler.text(decode(mode, bytes), 0));
  }

  /** Bounded and without exceptions, whatever the bytes. */
  @Test
  void everySequenceDecodesToSomething() {
    Random random = new Random(7);
    byte[] b = new byte[16];
    for (int n = 0; n < 200_000; n++) {
      random.nextBytes(b);
      int available = random.nextInt(17);
      Insn i = decoder.decode(p -> p < available ? b[p] & 0xFF : -1, 0, n % 3);
      assertTrue(i.length() <= 15);
      assertNotNull(Disassembler.text(i, 0x1000));
    }
  }

  /** Everything of two opcode bytes in all modes, with a ModRM of each form. */
  @Test
  void everyOpcodeDecodesToSomething() {
    for (int size = 0; size < 3; size++) {
      for (int map = 0; map < 4; map++) {
        for (int opcode = 0; opcode < 256; opcode++) {
          for (int modrm = 0; modrm < 256; modrm++) {
            byte[] b = {
              0x0F,
              map == 2 ? 0x38 : (byte) 0x3A,
              (byte) opcode,
              (byte) modrm,
              1,
              2,
              3,
              4,
              5,
              6,
              7,
              8,
              9,
              10,
              11,
              12
            };
            int from = map == 0 ? 2 : map == 1 ? 1 : 0;
            if (map == 1) {
              b[1] = 0x0F;
            }
            Insn i = decoder.decode(p -> p < b.length ? b[p] & 0xFF : -1, from, size);
            assertTrue(i.status() != Insn.Status.NEED_BYTES);
          }
        }
      }
    }
  }
}
