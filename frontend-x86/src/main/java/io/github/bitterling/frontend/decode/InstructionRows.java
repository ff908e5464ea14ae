package io.github.bitterling.frontend.decode;

/**
 * The instruction table as text: one row per encoding, {@code opcode mnemonic operands attributes}.
 * Constants of a class, not a resource, because they are there 10 ms earlier.
 *
 * <ul>
 *   <li>opcode: [prefix.]hex[+8|+c][/digit][m|r|=modrm]; prefix NP (none of 66 F2 F3), 66, F3, F2
 *       or N6 (none or 66); +8 stands for eight opcodes with a register, +c for sixteen with a
 *       condition; m and r: memory or register form only; =XX: exactly this ModRM byte. The first
 *       row that fits counts.
 *   <li>mnemonic: a/b/c are the names at operand size 16, 32, 64; cc is the condition.
 *   <li>operands: {@link Operand}, letters as in the SDM, volume 2, appendix A; "-" for none.
 *   <li>attributes: those of {@link Attr}; w:/r:/u: flags written, read, left undefined; cpu: CPUID
 *       feature; vmx: intercept; sem: key of the semantics when it is not the mnemonic. A line
 *       with @ gives attributes of all following rows until the next @.
 * </ul>
 */
final class InstructionRows {
  private InstructionRows() {}

  static final String INTEGER =
      """
      @
      # Arithmetic
      00             add                    Eb,Gb          lock w:oszapc
      01             add                    Ev,Gv          lock w:oszapc
      02             add                    Gb,Eb          w:oszapc
      03             add                    Gv,Ev          w:oszapc
      04             add                    AL,Ib          w:oszapc
      05             add                    rAX,Iz         w:oszapc
      08             or                     Eb,Gb          lock w:oszpc u:a
      09             or                     Ev,Gv          lock w:oszpc u:a
      0A             or                     Gb,Eb          w:oszpc u:a
      0B             or                     Gv,Ev          w:oszpc u:a
      0C             or                     AL,Ib          w:oszpc u:a
      0D             or                     rAX,Iz         w:oszpc u:a
      10             adc                    Eb,Gb          lock w:oszapc r:c
      11             adc                    Ev,Gv          lock w:oszapc r:c
      12             adc                    Gb,Eb          w:oszapc r:c
      13             adc                    Gv,Ev          w:oszapc r:c
      14             adc                    AL,Ib          w:oszapc r:c
      15             adc                    rAX,Iz         w:oszapc r:c
      18             sbb                    Eb,Gb          lock w:oszapc r:c
      19             sbb                    Ev,Gv          lock w:oszapc r:c
      1A             sbb                    Gb,Eb          w:oszapc r:c
      1B             sbb                    Gv,Ev          w:oszapc r:c
      1C             sbb                    AL,Ib          w:oszapc r:c
      1D             sbb                    rAX,Iz         w:oszapc r:c
      20             and                    Eb,Gb          lock w:oszpc u:a
      21             and                    Ev,Gv          lock w:oszpc u:a
      22             and                    Gb,Eb          w:oszpc u:a
      23             and                    Gv,Ev          w:oszpc u:a
      24             and                    AL,Ib          w:oszpc u:a
      25             and                    rAX,Iz         w:oszpc u:a
      28             sub                    Eb,Gb          lock w:oszapc
      29             sub                    Ev,Gv          lock w:oszapc
      2A             sub                    Gb,Eb          w:oszapc
      2B             sub                    Gv,Ev          w:oszapc
      2C             sub                    AL,Ib          w:oszapc
      2D             sub                    rAX,Iz         w:oszapc
      30             xor                    Eb,Gb          lock w:oszpc u:a
      31             xor                    Ev,Gv          lock w:oszpc u:a
      32             xor                    Gb,Eb          w:oszpc u:a
      33             xor                    Gv,Ev          w:oszpc u:a
      34             xor                    AL,Ib          w:oszpc u:a
      35             xor                    rAX,Iz         w:oszpc u:a
      38             cmp                    Eb,Gb          w:oszapc
      39             cmp                    Ev,Gv          w:oszapc
      3A             cmp                    Gb,Eb          w:oszapc
      3B             cmp                    Gv,Ev          w:oszapc
      3C             cmp                    AL,Ib          w:oszapc
      3D             cmp                    rAX,Iz         w:oszapc
      80/0           add                    Eb,Ib          lock w:oszapc
      80/1           or                     Eb,Ib          lock w:oszpc u:a
      80/2           adc                    Eb,Ib          lock w:oszapc r:c
      80/3           sbb                    Eb,Ib          lock w:oszapc r:c
      80/4           and                    Eb,Ib          lock w:oszpc u:a
      80/5           sub                    Eb,Ib          lock w:oszapc
      80/6           xor                    Eb,Ib          lock w:oszpc u:a
      80/7           cmp                    Eb,Ib          w:oszapc
      81/0           add                    Ev,Iz          lock w:oszapc
      81/1           or                     Ev,Iz          lock w:oszpc u:a
      81/2           adc                    Ev,Iz          lock w:oszapc r:c
      81/3           sbb                    Ev,Iz          lock w:oszapc r:c
      81/4           and                    Ev,Iz          lock w:oszpc u:a
      81/5           sub                    Ev,Iz          lock w:oszapc
      81/6           xor                    Ev,Iz          lock w:oszpc u:a
      81/7           cmp                    Ev,Iz          w:oszapc
      82/0           add                    Eb,Ib          i64 lock w:oszapc
      82/1           or                     Eb,Ib          i64 lock w:oszpc u:a
      82/2           adc                    Eb,Ib          i64 lock w:oszapc r:c
      82/3           sbb                    Eb,Ib          i64 lock w:oszapc r:c
      82/4           and                    Eb,Ib          i64 lock w:oszpc u:a
      82/5           sub                    Eb,Ib          i64 lock w:oszapc
      82/6           xor                    Eb,Ib          i64 lock w:oszpc u:a
      82/7           cmp                    Eb,Ib          i64 w:oszapc
      83/0           add                    Ev,Is          lock w:oszapc
      83/1           or                     Ev,Is          lock w:oszpc u:a
      83/2           adc                    Ev,Is          lock w:oszapc r:c
      83/3           sbb                    Ev,Is          lock w:oszapc r:c
      83/4           and                    Ev,Is          lock w:oszpc u:a
      83/5           sub                    Ev,Is          lock w:oszapc
      83/6           xor                    Ev,Is          lock w:oszpc u:a
      83/7           cmp                    Ev,Is          w:oszapc
      40+8           inc                    Zv             i64 w:oszap
      48+8           dec                    Zv             i64 w:oszap
      FE/0           inc                    Eb             lock w:oszap
      FE/1           dec                    Eb             lock w:oszap
      FF/0           inc                    Ev             lock w:oszap
      FF/1           dec                    Ev             lock w:oszap
      F6/0           test                   Eb,Ib          w:oszpc u:a
      F6/1           test                   Eb,Ib          w:oszpc u:a
      F6/2           not                    Eb             lock
      F6/3           neg                    Eb             lock w:oszapc
      F6/4           mul                    Eb             w:oc u:szap
      F6/5           imul                   Eb             w:oc u:szap sem:IMUL1
      F6/6           div                    Eb             u:oszapc
      F6/7           idiv                   Eb             u:oszapc
      F7/0           test                   Ev,Iz          w:oszpc u:a
      F7/1           test                   Ev,Iz          w:oszpc u:a
      F7/2           not                    Ev             lock
      F7/3           neg                    Ev             lock w:oszapc
      F7/4           mul                    Ev             w:oc u:szap
      F7/5           imul                   Ev             w:oc u:szap sem:IMUL1
      F7/6           div                    Ev             u:oszapc
      F7/7           idiv                   Ev             u:oszapc
      84             test                   Eb,Gb          w:oszpc u:a
      85             test                   Ev,Gv          w:oszpc u:a
      A8             test                   AL,Ib          w:oszpc u:a
      A9             test                   rAX,Iz         w:oszpc u:a
      69             imul                   Gv,Ev,Iz       w:oc u:szap
      6B             imul                   Gv,Ev,Is       w:oc u:szap
      0FAF           imul                   Gv,Ev          w:oc u:szap
      27             daa                    -              i64 w:szapc u:o r:ac
      2F             das                    -              i64 w:szapc u:o r:ac
      37             aaa                    -              i64 w:ac u:oszp r:a
      3F             aas                    -              i64 w:ac u:oszp r:a
      D4             aam                    Ib             i64 w:szp u:oac
      D5             aad                    Ib             i64 w:szp u:oac
      98             cbw/cwde/cdqe          -              sem:CBW
      99             cwd/cdq/cqo            -              sem:CWD
      # Moves
      88             mov                    Eb,Gb
      89             mov                    Ev,Gv
      8A             mov                    Gb,Eb
      8B             mov                    Gv,Ev
      8C             mov                    Ev,Sw          sem:MOV_FROM_SEG
      8E             mov                    Sw,Ew          sem:MOV_TO_SEG
      A0             mov                    AL,Ob
      A1             mov                    rAX,Ov
      A2             mov                    Ob,AL
      A3             mov                    Ov,rAX
      B0+8           mov                    Zb,Ib
      B8+8           mov                    Zv,Iv          sem:MOV
      C6/0           mov                    Eb,Ib
      C7/0           mov                    Ev,Iz
      8D             lea                    Gv,M
      86             xchg                   Eb,Gb          lock
      87             xchg                   Ev,Gv          lock
      F3.90          pause                  -              vmx:PAUSE
      90+8           xchg                   Zv,rAX         sem:XCHG_RAX
      63             movsxd                 Gv,Ed          o64
      63             arpl                   Ew,Gw          i64 pm w:z
      0FB6           movzx                  Gv,Eb
      0FB7           movzx                  Gv,Ew
      0FBE           movsx                  Gv,Eb
      0FBF           movsx                  Gv,Ew
      0F40+c         cmovcc                 Gv,Ev          r:oszpc cpu:CMOV
      0F90+c         setcc                  Eb             r:oszpc
      0FC8+8         bswap                  Zv
      N6.0F38F0      movbe                  Gv,Mv          cpu:MOVBE sem:MOVBE_LOAD
      N6.0F38F1      movbe                  Mv,Gv          cpu:MOVBE sem:MOVBE_STORE mw
      F2.0F38F0      crc32                  Gy,Eb          cpu:SSE42
      F2.0F38F1      crc32                  Gy,Ev          cpu:SSE42
      NP.0FC3m       movnti                 My,Gy          cpu:SSE2 mw sem:MOV
      D7             xlat                   -
      C4m            les                    Gz,Mp          i64
      C5m            lds                    Gz,Mp          i64
      0FB2           lss                    Gv,Mp
      0FB4           lfs                    Gv,Mp
      0FB5           lgs                    Gv,Mp
      # Atomics
      0FB0           cmpxchg                Eb,Gb          lock w:oszapc
      0FB1           cmpxchg                Ev,Gv          lock w:oszapc
      0FC0           xadd                   Eb,Gb          lock w:oszapc
      0FC1           xadd                   Ev,Gv          lock w:oszapc
      0FC7/1m        cmpxchg8b/cmpxchg8b/cmpxchg16b M              lock w:z cpu:CX8 mw sem:CMPXCHG8B
      # Shifts and bits
      C0/0           rol                    Eb,Ib          w:oc
      C0/1           ror                    Eb,Ib          w:oc
      C0/2           rcl                    Eb,Ib          w:oc r:c
      C0/3           rcr                    Eb,Ib          w:oc r:c
      C0/4           shl                    Eb,Ib          w:oszpc u:a
      C0/5           shr                    Eb,Ib          w:oszpc u:a
      C0/6           shl                    Eb,Ib          w:oszpc u:a
      C0/7           sar                    Eb,Ib          w:oszpc u:a
      C1/0           rol                    Ev,Ib          w:oc
      C1/1           ror                    Ev,Ib          w:oc
      C1/2           rcl                    Ev,Ib          w:oc r:c
      C1/3           rcr                    Ev,Ib          w:oc r:c
      C1/4           shl                    Ev,Ib          w:oszpc u:a
      C1/5           shr                    Ev,Ib          w:oszpc u:a
      C1/6           shl                    Ev,Ib          w:oszpc u:a
      C1/7           sar                    Ev,Ib          w:oszpc u:a
      D0/0           rol                    Eb,1           w:oc
      D0/1           ror                    Eb,1           w:oc
      D0/2           rcl                    Eb,1           w:oc r:c
      D0/3           rcr                    Eb,1           w:oc r:c
      D0/4           shl                    Eb,1           w:oszpc u:a
      D0/5           shr                    Eb,1           w:oszpc u:a
      D0/6           shl                    Eb,1           w:oszpc u:a
      D0/7           sar                    Eb,1           w:oszpc u:a
      D1/0           rol                    Ev,1           w:oc
      D1/1           ror                    Ev,1           w:oc
      D1/2           rcl                    Ev,1           w:oc r:c
      D1/3           rcr                    Ev,1           w:oc r:c
      D1/4           shl                    Ev,1           w:oszpc u:a
      D1/5           shr                    Ev,1           w:oszpc u:a
      D1/6           shl                    Ev,1           w:oszpc u:a
      D1/7           sar                    Ev,1           w:oszpc u:a
      D2/0           rol                    Eb,CL          w:oc
      D2/1           ror                    Eb,CL          w:oc
      D2/2           rcl                    Eb,CL          w:oc r:c
      D2/3           rcr                    Eb,CL          w:oc r:c
      D2/4           shl                    Eb,CL          w:oszpc u:a
      D2/5           shr                    Eb,CL          w:oszpc u:a
      D2/6           shl                    Eb,CL          w:oszpc u:a
      D2/7           sar                    Eb,CL          w:oszpc u:a
      D3/0           rol                    Ev,CL          w:oc
      D3/1           ror                    Ev,CL          w:oc
      D3/2           rcl                    Ev,CL          w:oc r:c
      D3/3           rcr                    Ev,CL          w:oc r:c
      D3/4           shl                    Ev,CL          w:oszpc u:a
      D3/5           shr                    Ev,CL          w:oszpc u:a
      D3/6           shl                    Ev,CL          w:oszpc u:a
      D3/7           sar                    Ev,CL          w:oszpc u:a
      0FA4           shld                   Ev,Gv,Ib       w:oszpc u:a
      0FA5           shld                   Ev,Gv,CL       w:oszpc u:a
      0FAC           shrd                   Ev,Gv,Ib       w:oszpc u:a
      0FAD           shrd                   Ev,Gv,CL       w:oszpc u:a
      0FA3           bt                     Ev,Gv          w:c u:oszap
      0FAB           bts                    Ev,Gv          lock w:c u:oszap
      0FB3           btr                    Ev,Gv          lock w:c u:oszap
      0FBB           btc                    Ev,Gv          lock w:c u:oszap
      0FBA/4         bt                     Ev,Ib          w:c u:oszap
      0FBA/5         bts                    Ev,Ib          lock w:c u:oszap
      0FBA/6         btr                    Ev,Ib          lock w:c u:oszap
      0FBA/7         btc                    Ev,Ib          lock w:c u:oszap
      F3.0FBC        tzcnt                  Gv,Ev          cpu:BMI1 w:zc u:osap
      F3.0FBD        lzcnt                  Gv,Ev          cpu:LZCNT w:zc u:osap
      0FBC           bsf                    Gv,Ev          w:z u:oszapc
      0FBD           bsr                    Gv,Ev          w:z u:oszapc
      F3.0FB8        popcnt                 Gv,Ev          w:oszapc cpu:POPCNT
      # Stack
      06             push                   ES             i64 sem:PUSH_SEG
      07             pop                    ES             i64 sem:POP_SEG
      0E             push                   CS             i64 sem:PUSH_SEG
      16             push                   SS             i64 sem:PUSH_SEG
      17             pop                    SS             i64 sem:POP_SEG
      1E             push                   DS             i64 sem:PUSH_SEG
      1F             pop                    DS             i64 sem:POP_SEG
      0FA0           push                   FS             d64 sem:PUSH_SEG
      0FA1           pop                    FS             d64 sem:POP_SEG
      0FA8           push                   GS             d64 sem:PUSH_SEG
      0FA9           pop                    GS             d64 sem:POP_SEG
      50+8           push                   Zv             d64
      58+8           pop                    Zv             d64
      68             push                   Iz             d64
      6A             push                   Is             d64
      FF/6           push                   Ev             d64
      8F/0           pop                    Ev             d64
      60             pusha                  -              i64
      61             popa                   -              i64
      9C             pushf                  -              d64
      9D             popf                   -              d64 w:oszapc
      C8             enter                  Iw,Ib          d64
      C9             leave                  -              d64
      # Control transfer
      70+c           jcc                    Jb             f64 r:oszpc
      0F80+c         jcc                    Jz             f64 r:oszpc
      EB             jmp                    Jb             f64 sem:JMP_REL
      E9             jmp                    Jz             f64 sem:JMP_REL
      E8             call                   Jz             f64 sem:CALL_REL
      FF/2           call                   Ev             f64 sem:CALL_IND
      FF/4           jmp                    Ev             f64 sem:JMP_IND
      FF/3m          call                   Mp             sem:CALL_FAR_IND
      FF/5m          jmp                    Mp             sem:JMP_FAR_IND
      9A             call                   Ap             i64 sem:CALL_FAR
      EA             jmp                    Ap             i64 sem:JMP_FAR
      C2             ret                    Iw             f64
      C3             ret                    -              f64
      CA             retf                   Iw
      CB             retf                   -
      E0             loopne                 Jb             f64 r:z
      E1             loope                  Jb             f64 r:z
      E2             loop                   Jb             f64
      E3             jcxz/jecxz/jrcxz       Jb             f64 sem:JCXZ
      CC             int3                   -
      CD             int                    Ib
      CE             into                   -              i64 r:o
      F1             int1                   -
      CF             iret/iretd/iretq       -              sem:IRET w:oszapc
      62m            bound                  Gv,Ma          i64
      0F05           syscall                -              o64 cpu:SYSCALL
      0F07           sysret                 -              o64 cpl0 cpu:SYSCALL
      0F34           sysenter               -              cpu:SEP
      0F35           sysexit                -              cpl0 cpu:SEP
      0F0B           ud2                    -
      0FB9           ud1                    Gv,Ev          sem:UD2
      0FFF           ud0                    Gv,Ev          sem:UD2
      # Strings
      A4             movs                   Yb,Xb
      A5             movs                   Yv,Xv
      A6             cmps                   Xb,Yb          w:oszapc
      A7             cmps                   Xv,Yv          w:oszapc
      AA             stos                   Yb,AL
      AB             stos                   Yv,rAX
      AC             lods                   AL,Xb
      AD             lods                   rAX,Xv
      AE             scas                   AL,Yb          w:oszapc
      AF             scas                   rAX,Yv         w:oszapc
      6C             ins                    Yb,DX          iopl vmx:IO
      6D             ins                    Yz,DX          iopl vmx:IO
      6E             outs                   DX,Xb          iopl vmx:IO
      6F             outs                   DX,Xz          iopl vmx:IO
      # Ports
      E4             in                     AL,Ib          iopl vmx:IO
      E5             in                     zAX,Ib         iopl vmx:IO
      E6             out                    Ib,AL          iopl vmx:IO
      E7             out                    Ib,zAX         iopl vmx:IO
      EC             in                     AL,DX          iopl vmx:IO
      ED             in                     zAX,DX         iopl vmx:IO
      EE             out                    DX,AL          iopl vmx:IO
      EF             out                    DX,zAX         iopl vmx:IO
      # Flags
      F5             cmc                    -              w:c r:c
      F8             clc                    -              w:c
      F9             stc                    -              w:c
      FA             cli                    -              iopl
      FB             sti                    -              iopl
      FC             cld                    -
      FD             std                    -
      9E             sahf                   -              w:szapc
      9F             lahf                   -              r:szapc
      D6             salc                   -              i64 r:c
      # System
      0F00/0         sldt                   Ev             pm vmx:DT sem:SLDT mw
      0F00/1         str                    Ev             pm vmx:DT mw
      0F00/2         lldt                   Ew             pm cpl0 vmx:DT
      0F00/3         ltr                    Ew             pm cpl0 vmx:DT
      0F00/4         verr                   Ew             pm w:z
      0F00/5         verw                   Ew             pm w:z
      NP.0F01=C1     vmcall                 -              vmx:ALWAYS cpu:VMX
      NP.0F01=C2     vmlaunch               -              vmx:ALWAYS cpu:VMX
      NP.0F01=C3     vmresume               -              vmx:ALWAYS cpu:VMX
      NP.0F01=C4     vmxoff                 -              vmx:ALWAYS cpu:VMX
      NP.0F01=C8     monitor                -              cpl0 vmx:MONITOR cpu:MONITOR
      NP.0F01=C9     mwait                  -              cpl0 vmx:MWAIT cpu:MONITOR
      NP.0F01=CA     clac                   -              cpl0 cpu:SMAP
      NP.0F01=CB     stac                   -              cpl0 cpu:SMAP
      NP.0F01=D0     xgetbv                 -              cpu:XSAVE
      NP.0F01=D1     xsetbv                 -              cpl0 vmx:ALWAYS cpu:XSAVE
      NP.0F01=D4     vmfunc                 -              vmx:VMFUNC cpu:VMX
      0F01=F8        swapgs                 -              o64 cpl0
      0F01=F9        rdtscp                 -              vmx:RDTSC cpu:RDTSCP
      0F01/0m        sgdt                   Ms             vmx:DT mw
      0F01/1m        sidt                   Ms             vmx:DT mw
      0F01/2m        lgdt                   Ms             cpl0 vmx:DT
      0F01/3m        lidt                   Ms             cpl0 vmx:DT
      0F01/4         smsw                   Ev             vmx:CR0 mw
      0F01/6         lmsw                   Ew             cpl0 vmx:CR0
      0F01/7m        invlpg                 M              cpl0 vmx:INVLPG
      0F02           lar                    Gv,Ew          pm w:z
      0F03           lsl                    Gv,Ew          pm w:z
      0F06           clts                   -              cpl0 vmx:CR0
      0F08           invd                   -              cpl0 vmx:ALWAYS
      0F09           wbinvd                 -              cpl0 vmx:WBINVD
      0F20           mov                    Rq,Cq          f64 cpl0 vmx:CR sem:MOV_FROM_CR
      0F22           mov                    Cq,Rq          f64 cpl0 vmx:CR sem:MOV_TO_CR
      0F21           mov                    Rq,Dq          f64 cpl0 vmx:DR sem:MOV_FROM_DR
      0F23           mov                    Dq,Rq          f64 cpl0 vmx:DR sem:MOV_TO_DR
      0F30           wrmsr                  -              cpl0 vmx:MSR cpu:MSR
      0F31           rdtsc                  -              vmx:RDTSC cpu:TSC
      0F32           rdmsr                  -              cpl0 vmx:MSR cpu:MSR
      0F33           rdpmc                  -              vmx:RDPMC
      0F37           getsec                 -              vmx:ALWAYS cpu:SMX
      0FA2           cpuid                  -              vmx:ALWAYS
      0FAA           rsm                    -              w:oszapc
      F4             hlt                    -              cpl0 vmx:HLT
      NP.0F78        vmread                 Ey,Gy          f64 pm cpl0 vmx:ALWAYS cpu:VMX mw
      NP.0F79        vmwrite                Gy,Ey          f64 pm cpl0 vmx:ALWAYS cpu:VMX
      NP.0FC7/6m     vmptrld                Mq             pm cpl0 vmx:ALWAYS cpu:VMX
      66.0FC7/6m     vmclear                Mq             pm cpl0 vmx:ALWAYS cpu:VMX
      F3.0FC7/6m     vmxon                  Mq             pm cpl0 vmx:ALWAYS cpu:VMX
      NP.0FC7/7m     vmptrst                Mq             pm cpl0 vmx:ALWAYS cpu:VMX mw
      N6.0FC7/6r     rdrand                 Ev             w:oszapc vmx:RDRAND cpu:RDRAND
      N6.0FC7/7r     rdseed                 Ev             w:oszapc vmx:RDSEED cpu:RDSEED
      66.0F3880m     invept                 Gy,Mx          f64 pm cpl0 vmx:ALWAYS cpu:VMX
      66.0F3881m     invvpid                Gy,Mx          f64 pm cpl0 vmx:ALWAYS cpu:VMX
      66.0F3882m     invpcid                Gy,Mx          f64 cpl0 vmx:INVPCID cpu:INVPCID
      # No operation, cache control
      0F0D/1m        prefetchw              Mb             sem:NOP cpu:PREFETCHW
      0F0Dm          prefetch               Mb             sem:NOP cpu:PREFETCHW
      0F18/0m        prefetchnta            Mb             sem:NOP
      0F18/1m        prefetcht0             Mb             sem:NOP
      0F18/2m        prefetcht1             Mb             sem:NOP
      0F18/3m        prefetcht2             Mb             sem:NOP
      0F18           nop                    Ev
      0F19           nop                    Ev
      NP.0F1Am       bndldx                 Bnd,M          cpu:MPX
      66.0F1Am       bndmov                 Bnd,M          cpu:MPX sem:BNDMOV_LOAD
      66.0F1Ar       bndmov                 Bnd,Ubnd       cpu:MPX sem:BNDMOV_LOAD
      F3.0F1Am       bndcl                  Bnd,M          cpu:MPX
      F3.0F1Ar       bndcl                  Bnd,Ey         f64 cpu:MPX
      F2.0F1Am       bndcu                  Bnd,M          cpu:MPX
      F2.0F1Ar       bndcu                  Bnd,Ey         f64 cpu:MPX
      0F1A           nop                    Ev
      NP.0F1Bm       bndstx                 M,Bnd          cpu:MPX
      66.0F1Bm       bndmov                 M,Bnd          mw cpu:MPX sem:BNDMOV_STORE
      66.0F1Br       bndmov                 Ubnd,Bnd       cpu:MPX sem:BNDMOV_STORE
      F3.0F1Bm       bndmk                  Bnd,M          cpu:MPX
      F2.0F1Bm       bndcn                  Bnd,M          cpu:MPX
      F2.0F1Br       bndcn                  Bnd,Ey         f64 cpu:MPX
      0F1B           nop                    Ev
      0F1C           nop                    Ev
      0F1D           nop                    Ev
      F3.0F1E=FA     endbr64                -              sem:NOP
      F3.0F1E=FB     endbr32                -              sem:NOP
      0F1E           nop                    Ev
      0F1F           nop                    Ev
      NP.0FAE/5r     lfence                 -              sem:NOP cpu:SSE2
      NP.0FAE/6r     mfence                 -              sem:MFENCE cpu:SSE2
      NP.0FAE/7r     sfence                 -              sem:NOP cpu:SSE
      NP.0FAE/7m     clflush                Mb             cpu:CLFSH
      NP.0FAE/0m     fxsave                 Mn512          mw cpu:FXSR
      NP.0FAE/1m     fxrstor                Mn512          cpu:FXSR
      NP.0FAE/2m     ldmxcsr                Md             cpu:SSE
      NP.0FAE/3m     stmxcsr                Md             mw cpu:SSE
      NP.0FAE/4m     xsave/xsave/xsave64    M              mw cpu:XSAVE sem:XSAVE
      NP.0FAE/5m     xrstor/xrstor/xrstor64 M              cpu:XSAVE sem:XRSTOR
      NP.0FAE/6m     xsaveopt/xsaveopt/xsaveopt64 M        mw cpu:XSAVEOPT sem:XSAVEOPT
      NP.0FC7/4m     xsavec/xsavec/xsavec64 M              mw cpu:XSAVEC sem:XSAVEC
      NP.0FC7/5m     xsaves/xsaves/xsaves64 M              mw cpl0 vmx:XSAVES cpu:XSAVES sem:XSAVES
      NP.0FC7/3m     xrstors/xrstors/xrstors64 M           cpl0 vmx:XRSTORS cpu:XSAVES sem:XRSTORS
      F3.0FAE/0r     rdfsbase               Ey             o64 cpu:FSGSBASE
      F3.0FAE/1r     rdgsbase               Ey             o64 cpu:FSGSBASE
      F3.0FAE/2r     wrfsbase               Ey             o64 cpu:FSGSBASE
      F3.0FAE/3r     wrgsbase               Ey             o64 cpu:FSGSBASE
      """;

  static final String X87 =
      """
      @ sem:X87 cpu:FPU
      # x87
      9B             fwait                  -              sem:FWAIT
      D8/0m          fadd                   Md
      D8/0r          fadd                   ST0,STi
      DA/0m          fiadd                  Md
      DC/0m          fadd                   Mq
      DE/0m          fiadd                  Mw
      D8/1m          fmul                   Md
      D8/1r          fmul                   ST0,STi
      DA/1m          fimul                  Md
      DC/1m          fmul                   Mq
      DE/1m          fimul                  Mw
      D8/2m          fcom                   Md
      D8/2r          fcom                   ST0,STi
      DA/2m          ficom                  Md
      DC/2m          fcom                   Mq
      DE/2m          ficom                  Mw
      D8/3m          fcomp                  Md
      D8/3r          fcomp                  ST0,STi
      DA/3m          ficomp                 Md
      DC/3m          fcomp                  Mq
      DE/3m          ficomp                 Mw
      D8/4m          fsub                   Md
      D8/4r          fsub                   ST0,STi
      DA/4m          fisub                  Md
      DC/4m          fsub                   Mq
      DE/4m          fisub                  Mw
      D8/5m          fsubr                  Md
      D8/5r          fsubr                  ST0,STi
      DA/5m          fisubr                 Md
      DC/5m          fsubr                  Mq
      DE/5m          fisubr                 Mw
      D8/6m          fdiv                   Md
      D8/6r          fdiv                   ST0,STi
      DA/6m          fidiv                  Md
      DC/6m          fdiv                   Mq
      DE/6m          fidiv                  Mw
      D8/7m          fdivr                  Md
      D8/7r          fdivr                  ST0,STi
      DA/7m          fidivr                 Md
      DC/7m          fdivr                  Mq
      DE/7m          fidivr                 Mw
      DC/0r          fadd                   STi,ST0
      DC/1r          fmul                   STi,ST0
      DC/2r          fcom                   STi
      DC/3r          fcomp                  STi
      DC/4r          fsubr                  STi,ST0
      DC/5r          fsub                   STi,ST0
      DC/6r          fdivr                  STi,ST0
      DC/7r          fdiv                   STi,ST0
      D9/0m          fld                    Md
      D9/2m          fst                    Md             mw
      D9/3m          fstp                   Md             mw
      D9/4m          fldenv                 Men
      D9/5m          fldcw                  Mw
      D9/6m          fnstenv                Men            mw
      D9/7m          fnstcw                 Mw             mw
      D9/0r          fld                    STi
      D9/1r          fxch                   STi
      D9=D0          fnop                   -
      D9/3r          fstp1                  STi
      D9=E0          fchs                   -
      D9=E1          fabs                   -
      D9=E4          ftst                   -
      D9=E5          fxam                   -
      D9=E8          fld1                   -
      D9=E9          fldl2t                 -
      D9=EA          fldl2e                 -
      D9=EB          fldpi                  -
      D9=EC          fldlg2                 -
      D9=ED          fldln2                 -
      D9=EE          fldz                   -
      D9=F0          f2xm1                  -
      D9=F1          fyl2x                  -
      D9=F2          fptan                  -
      D9=F3          fpatan                 -
      D9=F4          fxtract                -
      D9=F5          fprem1                 -
      D9=F6          fdecstp                -
      D9=F7          fincstp                -
      D9=F8          fprem                  -
      D9=F9          fyl2xp1                -
      D9=FA          fsqrt                  -
      D9=FB          fsincos                -
      D9=FC          frndint                -
      D9=FD          fscale                 -
      D9=FE          fsin                   -
      D9=FF          fcos                   -
      DA/0r          fcmovb                 ST0,STi        cpu:CMOV r:zpc
      DB/0r          fcmovnb                ST0,STi        cpu:CMOV r:zpc
      DA/1r          fcmove                 ST0,STi        cpu:CMOV r:zpc
      DB/1r          fcmovne                ST0,STi        cpu:CMOV r:zpc
      DA/2r          fcmovbe                ST0,STi        cpu:CMOV r:zpc
      DB/2r          fcmovnbe               ST0,STi        cpu:CMOV r:zpc
      DA/3r          fcmovu                 ST0,STi        cpu:CMOV r:zpc
      DB/3r          fcmovnu                ST0,STi        cpu:CMOV r:zpc
      DA=E9          fucompp                -
      DB/0m          fild                   Md
      DB/1m          fisttp                 Md             mw cpu:SSE3
      DB/2m          fist                   Md             mw
      DB/3m          fistp                  Md             mw
      DB/5m          fld                    Mt
      DB/7m          fstp                   Mt             mw
      DB=E0          fneni                  -
      DB=E1          fndisi                 -
      DB=E2          fnclex                 -
      DB=E3          fninit                 -
      DB=E4          fnsetpm                -
      DB=E5          frstpm                 -
      DB/5r          fucomi                 ST0,STi        w:zpc
      DB/6r          fcomi                  ST0,STi        w:zpc
      DD/0m          fld                    Mq
      DD/1m          fisttp                 Mq             mw cpu:SSE3
      DD/2m          fst                    Mq             mw
      DD/3m          fstp                   Mq             mw
      DD/4m          frstor                 Msv
      DD/6m          fnsave                 Msv            mw
      DD/7m          fnstsw                 Mw             mw
      DD/0r          ffree                  STi
      DD/1r          fxch4                  STi
      DD/2r          fst                    STi
      DD/3r          fstp                   STi
      DD/4r          fucom                  STi
      DD/5r          fucomp                 STi
      DE/0r          faddp                  STi,ST0
      DE/1r          fmulp                  STi,ST0
      DE/2r          fcomp5                 STi
      DE/4r          fsubrp                 STi,ST0
      DE/5r          fsubp                  STi,ST0
      DE/6r          fdivrp                 STi,ST0
      DE/7r          fdivp                  STi,ST0
      DE=D9          fcompp                 -
      DF/0m          fild                   Mw
      DF/1m          fisttp                 Mw             mw cpu:SSE3
      DF/2m          fist                   Mw             mw
      DF/3m          fistp                  Mw             mw
      DF/4m          fbld                   Mt
      DF/5m          fild                   Mq
      DF/6m          fbstp                  Mt             mw
      DF/7m          fistp                  Mq             mw
      DF/0r          ffreep                 STi
      DF/1r          fxch7                  STi
      DF/2r          fstp8                  STi
      DF/3r          fstp9                  STi
      DF=E0          fnstsw                 AX
      DF/5r          fucomip                ST0,STi        w:zpc
      DF/6r          fcomip                 ST0,STi        w:zpc
      """;

  static final String SIMD =
      """
      @
      # MMX and SSE moves
      NP.0F10        movups                 Vx,Wx          cpu:SSE sem:MOVU
      66.0F10        movupd                 Vx,Wx          cpu:SSE2 sem:MOVU
      F3.0F10        movss                  Vx,Wd          cpu:SSE sem:MOVSS_LOAD
      F2.0F10        movsd                  Vx,Wq          cpu:SSE2 sem:MOVSD_LOAD
      NP.0F11        movups                 Wx,Vx          cpu:SSE sem:MOVU
      66.0F11        movupd                 Wx,Vx          cpu:SSE2 sem:MOVU
      F3.0F11        movss                  Wd,Vx          cpu:SSE sem:MOVSS_STORE
      F2.0F11        movsd                  Wq,Vx          cpu:SSE2 sem:MOVSD_STORE
      NP.0F12r       movhlps                Vx,Ux          cpu:SSE
      NP.0F12m       movlps                 Vx,Mq          cpu:SSE sem:MOVLPS_LOAD
      66.0F12m       movlpd                 Vx,Mq          cpu:SSE2 sem:MOVLPS_LOAD
      F2.0F12        movddup                Vx,Wq          cpu:SSE3
      F3.0F12        movsldup               Vx,Wx          cpu:SSE3
      NP.0F13m       movlps                 Mq,Vx          cpu:SSE sem:MOVLPS_STORE mw
      66.0F13m       movlpd                 Mq,Vx          cpu:SSE2 sem:MOVLPS_STORE mw
      NP.0F14        unpcklps               Vx,Wx          cpu:SSE sem:PUNPCKL
      66.0F14        unpcklpd               Vx,Wx          cpu:SSE2 sem:PUNPCKLQDQ
      NP.0F15        unpckhps               Vx,Wx          cpu:SSE sem:PUNPCKH
      66.0F15        unpckhpd               Vx,Wx          cpu:SSE2 sem:PUNPCKHQDQ
      NP.0F16r       movlhps                Vx,Ux          cpu:SSE
      NP.0F16m       movhps                 Vx,Mq          cpu:SSE sem:MOVHPS_LOAD
      66.0F16m       movhpd                 Vx,Mq          cpu:SSE2 sem:MOVHPS_LOAD
      F3.0F16        movshdup               Vx,Wx          cpu:SSE3
      NP.0F17m       movhps                 Mq,Vx          cpu:SSE sem:MOVHPS_STORE mw
      66.0F17m       movhpd                 Mq,Vx          cpu:SSE2 sem:MOVHPS_STORE mw
      NP.0F28        movaps                 Vx,Wx          cpu:SSE sem:MOVA
      66.0F28        movapd                 Vx,Wx          cpu:SSE2 sem:MOVA
      NP.0F29        movaps                 Wx,Vx          cpu:SSE sem:MOVA
      66.0F29        movapd                 Wx,Vx          cpu:SSE2 sem:MOVA
      NP.0F2Bm       movntps                Mx,Vx          cpu:SSE sem:MOVA mw
      66.0F2Bm       movntpd                Mx,Vx          cpu:SSE2 sem:MOVA mw
      NP.0F6E        movd/movd/movq         Pq,Ey          cpu:MMX sem:MOVD_TO_MMX
      66.0F6E        movd/movd/movq         Vx,Ey          cpu:SSE2 sem:MOVD_TO_XMM
      NP.0F7E        movd/movd/movq         Ey,Pq          cpu:MMX sem:MOVD_FROM_MMX
      66.0F7E        movd/movd/movq         Ey,Vx          cpu:SSE2 sem:MOVD_FROM_XMM
      F3.0F7E        movq                   Vx,Wq          cpu:SSE2 sem:MOVQ_LOAD
      NP.0F6F        movq                   Pq,Qq          cpu:MMX sem:MOVQ_MMX
      66.0F6F        movdqa                 Vx,Wx          cpu:SSE2 sem:MOVA
      F3.0F6F        movdqu                 Vx,Wx          cpu:SSE2 sem:MOVU
      NP.0F7F        movq                   Qq,Pq          cpu:MMX sem:MOVQ_MMX_STORE
      66.0F7F        movdqa                 Wx,Vx          cpu:SSE2 sem:MOVA
      F3.0F7F        movdqu                 Wx,Vx          cpu:SSE2 sem:MOVU
      66.0FD6        movq                   Wq,Vx          cpu:SSE2 sem:MOVQ_STORE
      F3.0FD6r       movq2dq                Vx,Nq          cpu:SSE2
      F2.0FD6r       movdq2q                Pq,Ux          cpu:SSE2
      NP.0FE7m       movntq                 Mq,Pq          cpu:SSE sem:MOVQ_MMX_STORE mw
      66.0FE7m       movntdq                Mx,Vx          cpu:SSE2 sem:MOVA mw
      F2.0FF0m       lddqu                  Vx,Mx          cpu:SSE3 sem:MOVU
      66.0F382Am     movntdqa               Vx,Mx          cpu:SSE41 sem:MOVA
      NP.0F50r       movmskps               Gy,Ux          cpu:SSE
      66.0F50r       movmskpd               Gy,Ux          cpu:SSE2
      NP.0FD7r       pmovmskb               Gy,Nq          cpu:SSE sem:PMOVMSKB_MMX
      66.0FD7r       pmovmskb               Gy,Ux          cpu:SSE2 sem:PMOVMSKB
      NP.0FF7r       maskmovq               Pq,Nq          cpu:SSE sem:MASKMOV
      66.0FF7r       maskmovdqu             Vx,Ux          cpu:SSE2 sem:MASKMOV
      NP.0F77        emms                   -              cpu:MMX
      # Logic and packed integers
      NP.0F54        andps                  Vx,Wx          cpu:SSE sem:PAND
      66.0F54        andpd                  Vx,Wx          cpu:SSE2 sem:PAND
      NP.0F55        andnps                 Vx,Wx          cpu:SSE sem:PANDN
      66.0F55        andnpd                 Vx,Wx          cpu:SSE2 sem:PANDN
      NP.0F56        orps                   Vx,Wx          cpu:SSE sem:POR
      66.0F56        orpd                   Vx,Wx          cpu:SSE2 sem:POR
      NP.0F57        xorps                  Vx,Wx          cpu:SSE sem:PXOR
      66.0F57        xorpd                  Vx,Wx          cpu:SSE2 sem:PXOR
      NP.0FDB        pand                   Pq,Qq          cpu:MMX sem:PAND_MMX
      66.0FDB        pand                   Vx,Wx          cpu:SSE2 sem:PAND
      NP.0FDF        pandn                  Pq,Qq          cpu:MMX sem:PANDN_MMX
      66.0FDF        pandn                  Vx,Wx          cpu:SSE2 sem:PANDN
      NP.0FEB        por                    Pq,Qq          cpu:MMX sem:POR_MMX
      66.0FEB        por                    Vx,Wx          cpu:SSE2 sem:POR
      NP.0FEF        pxor                   Pq,Qq          cpu:MMX sem:PXOR_MMX
      66.0FEF        pxor                   Vx,Wx          cpu:SSE2 sem:PXOR
      NP.0F64        pcmpgtb                Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0F64        pcmpgtb                Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0F65        pcmpgtw                Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0F65        pcmpgtw                Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0F66        pcmpgtd                Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0F66        pcmpgtd                Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0F74        pcmpeqb                Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0F74        pcmpeqb                Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0F75        pcmpeqw                Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0F75        pcmpeqw                Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0F76        pcmpeqd                Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0F76        pcmpeqd                Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FD5        pmullw                 Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FD5        pmullw                 Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FD8        psubusb                Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FD8        psubusb                Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FD9        psubusw                Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FD9        psubusw                Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FDC        paddusb                Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FDC        paddusb                Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FDD        paddusw                Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FDD        paddusw                Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FE5        pmulhw                 Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FE5        pmulhw                 Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FE8        psubsb                 Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FE8        psubsb                 Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FE9        psubsw                 Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FE9        psubsw                 Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FEC        paddsb                 Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FEC        paddsb                 Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FED        paddsw                 Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FED        paddsw                 Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FF5        pmaddwd                Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FF5        pmaddwd                Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FF8        psubb                  Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FF8        psubb                  Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FF9        psubw                  Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FF9        psubw                  Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FFA        psubd                  Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FFA        psubd                  Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FFC        paddb                  Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FFC        paddb                  Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FFD        paddw                  Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FFD        paddw                  Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FFE        paddd                  Pq,Qq          cpu:MMX sem:PACKED_MMX
      66.0FFE        paddd                  Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FD4        paddq                  Pq,Qq          cpu:SSE2 sem:PACKED_MMX
      66.0FD4        paddq                  Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FDA        pminub                 Pq,Qq          cpu:SSE sem:PACKED_MMX
      66.0FDA        pminub                 Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FDE        pmaxub                 Pq,Qq          cpu:SSE sem:PACKED_MMX
      66.0FDE        pmaxub                 Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FE0        pavgb                  Pq,Qq          cpu:SSE sem:PACKED_MMX
      66.0FE0        pavgb                  Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FE3        pavgw                  Pq,Qq          cpu:SSE sem:PACKED_MMX
      66.0FE3        pavgw                  Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FE4        pmulhuw                Pq,Qq          cpu:SSE sem:PACKED_MMX
      66.0FE4        pmulhuw                Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FEA        pminsw                 Pq,Qq          cpu:SSE sem:PACKED_MMX
      66.0FEA        pminsw                 Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FEE        pmaxsw                 Pq,Qq          cpu:SSE sem:PACKED_MMX
      66.0FEE        pmaxsw                 Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FF4        pmuludq                Pq,Qq          cpu:SSE2 sem:PACKED_MMX
      66.0FF4        pmuludq                Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FF6        psadbw                 Pq,Qq          cpu:SSE sem:PACKED_MMX
      66.0FF6        psadbw                 Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0FFB        psubq                  Pq,Qq          cpu:SSE2 sem:PACKED_MMX
      66.0FFB        psubq                  Vx,Wx          cpu:SSE2 sem:PACKED
      NP.0F60        punpcklbw              Pq,Qd          cpu:MMX sem:PUNPCKL_MMX
      66.0F60        punpcklbw              Vx,Wx          cpu:SSE2 sem:PUNPCKL
      NP.0F61        punpcklwd              Pq,Qd          cpu:MMX sem:PUNPCKL_MMX
      66.0F61        punpcklwd              Vx,Wx          cpu:SSE2 sem:PUNPCKL
      NP.0F62        punpckldq              Pq,Qd          cpu:MMX sem:PUNPCKL_MMX
      66.0F62        punpckldq              Vx,Wx          cpu:SSE2 sem:PUNPCKL
      NP.0F68        punpckhbw              Pq,Qq          cpu:MMX sem:PUNPCKH_MMX
      66.0F68        punpckhbw              Vx,Wx          cpu:SSE2 sem:PUNPCKH
      NP.0F69        punpckhwd              Pq,Qq          cpu:MMX sem:PUNPCKH_MMX
      66.0F69        punpckhwd              Vx,Wx          cpu:SSE2 sem:PUNPCKH
      NP.0F6A        punpckhdq              Pq,Qq          cpu:MMX sem:PUNPCKH_MMX
      66.0F6A        punpckhdq              Vx,Wx          cpu:SSE2 sem:PUNPCKH
      NP.0F63        packsswb               Pq,Qq          cpu:MMX sem:PACK_MMX
      66.0F63        packsswb               Vx,Wx          cpu:SSE2 sem:PACK
      NP.0F67        packuswb               Pq,Qq          cpu:MMX sem:PACK_MMX
      66.0F67        packuswb               Vx,Wx          cpu:SSE2 sem:PACK
      NP.0F6B        packssdw               Pq,Qq          cpu:MMX sem:PACK_MMX
      66.0F6B        packssdw               Vx,Wx          cpu:SSE2 sem:PACK
      66.0F6C        punpcklqdq             Vx,Wx          cpu:SSE2
      66.0F6D        punpckhqdq             Vx,Wx          cpu:SSE2
      NP.0FD1        psrlw                  Pq,Qq          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0FD1        psrlw                  Vx,Wx          cpu:SSE2 sem:PACKED_SHIFT
      NP.0FD2        psrld                  Pq,Qq          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0FD2        psrld                  Vx,Wx          cpu:SSE2 sem:PACKED_SHIFT
      NP.0FD3        psrlq                  Pq,Qq          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0FD3        psrlq                  Vx,Wx          cpu:SSE2 sem:PACKED_SHIFT
      NP.0FE1        psraw                  Pq,Qq          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0FE1        psraw                  Vx,Wx          cpu:SSE2 sem:PACKED_SHIFT
      NP.0FE2        psrad                  Pq,Qq          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0FE2        psrad                  Vx,Wx          cpu:SSE2 sem:PACKED_SHIFT
      NP.0FF1        psllw                  Pq,Qq          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0FF1        psllw                  Vx,Wx          cpu:SSE2 sem:PACKED_SHIFT
      NP.0FF2        pslld                  Pq,Qq          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0FF2        pslld                  Vx,Wx          cpu:SSE2 sem:PACKED_SHIFT
      NP.0FF3        psllq                  Pq,Qq          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0FF3        psllq                  Vx,Wx          cpu:SSE2 sem:PACKED_SHIFT
      NP.0F71/2r     psrlw                  Nq,Ib          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0F71/2r     psrlw                  Ux,Ib          cpu:SSE2 sem:PACKED_SHIFT
      NP.0F71/4r     psraw                  Nq,Ib          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0F71/4r     psraw                  Ux,Ib          cpu:SSE2 sem:PACKED_SHIFT
      NP.0F71/6r     psllw                  Nq,Ib          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0F71/6r     psllw                  Ux,Ib          cpu:SSE2 sem:PACKED_SHIFT
      NP.0F72/2r     psrld                  Nq,Ib          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0F72/2r     psrld                  Ux,Ib          cpu:SSE2 sem:PACKED_SHIFT
      NP.0F72/4r     psrad                  Nq,Ib          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0F72/4r     psrad                  Ux,Ib          cpu:SSE2 sem:PACKED_SHIFT
      NP.0F72/6r     pslld                  Nq,Ib          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0F72/6r     pslld                  Ux,Ib          cpu:SSE2 sem:PACKED_SHIFT
      NP.0F73/2r     psrlq                  Nq,Ib          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0F73/2r     psrlq                  Ux,Ib          cpu:SSE2 sem:PACKED_SHIFT
      NP.0F73/6r     psllq                  Nq,Ib          cpu:MMX sem:PACKED_SHIFT_MMX
      66.0F73/6r     psllq                  Ux,Ib          cpu:SSE2 sem:PACKED_SHIFT
      66.0F73/3r     psrldq                 Ux,Ib          cpu:SSE2
      66.0F73/7r     pslldq                 Ux,Ib          cpu:SSE2
      NP.0F70        pshufw                 Pq,Qq,Ib       cpu:SSE sem:PSHUFW
      66.0F70        pshufd                 Vx,Wx,Ib       cpu:SSE2
      F3.0F70        pshufhw                Vx,Wx,Ib       cpu:SSE2
      F2.0F70        pshuflw                Vx,Wx,Ib       cpu:SSE2
      NP.0FC4        pinsrw                 Pq,Ew,Ib       cpu:SSE sem:PINSRW_MMX
      66.0FC4        pinsrw                 Vx,Ew,Ib       cpu:SSE2 sem:PINSR
      NP.0FC5r       pextrw                 Gy,Nq,Ib       cpu:SSE sem:PEXTRW_MMX
      66.0FC5r       pextrw                 Gy,Ux,Ib       cpu:SSE2
      NP.0FC6        shufps                 Vx,Wx,Ib       cpu:SSE
      66.0FC6        shufpd                 Vx,Wx,Ib       cpu:SSE2
      @ sem:FLOAT
      # SSE floating point
      NP.0F51        sqrtps                 Vx,Wx          cpu:SSE
      66.0F51        sqrtpd                 Vx,Wx          cpu:SSE2
      F3.0F51        sqrtss                 Vx,Wd          cpu:SSE
      F2.0F51        sqrtsd                 Vx,Wq          cpu:SSE2
      NP.0F52        rsqrtps                Vx,Wx          cpu:SSE
      F3.0F52        rsqrtss                Vx,Wd          cpu:SSE
      NP.0F53        rcpps                  Vx,Wx          cpu:SSE
      F3.0F53        rcpss                  Vx,Wd          cpu:SSE
      NP.0F58        addps                  Vx,Wx          cpu:SSE
      66.0F58        addpd                  Vx,Wx          cpu:SSE2
      F3.0F58        addss                  Vx,Wd          cpu:SSE
      F2.0F58        addsd                  Vx,Wq          cpu:SSE2
      NP.0F59        mulps                  Vx,Wx          cpu:SSE
      66.0F59        mulpd                  Vx,Wx          cpu:SSE2
      F3.0F59        mulss                  Vx,Wd          cpu:SSE
      F2.0F59        mulsd                  Vx,Wq          cpu:SSE2
      NP.0F5C        subps                  Vx,Wx          cpu:SSE
      66.0F5C        subpd                  Vx,Wx          cpu:SSE2
      F3.0F5C        subss                  Vx,Wd          cpu:SSE
      F2.0F5C        subsd                  Vx,Wq          cpu:SSE2
      NP.0F5D        minps                  Vx,Wx          cpu:SSE
      66.0F5D        minpd                  Vx,Wx          cpu:SSE2
      F3.0F5D        minss                  Vx,Wd          cpu:SSE
      F2.0F5D        minsd                  Vx,Wq          cpu:SSE2
      NP.0F5E        divps                  Vx,Wx          cpu:SSE
      66.0F5E        divpd                  Vx,Wx          cpu:SSE2
      F3.0F5E        divss                  Vx,Wd          cpu:SSE
      F2.0F5E        divsd                  Vx,Wq          cpu:SSE2
      NP.0F5F        maxps                  Vx,Wx          cpu:SSE
      66.0F5F        maxpd                  Vx,Wx          cpu:SSE2
      F3.0F5F        maxss                  Vx,Wd          cpu:SSE
      F2.0F5F        maxsd                  Vx,Wq          cpu:SSE2
      NP.0FC2        cmpps                  Vx,Wx,Ib       cpu:SSE
      66.0FC2        cmppd                  Vx,Wx,Ib       cpu:SSE2
      F3.0FC2        cmpss                  Vx,Wd,Ib       cpu:SSE
      F2.0FC2        cmpsd                  Vx,Wq,Ib       cpu:SSE2
      NP.0F2A        cvtpi2ps               Vx,Qq          cpu:SSE
      66.0F2A        cvtpi2pd               Vx,Qq          cpu:SSE2
      F3.0F2A        cvtsi2ss               Vx,Ey          cpu:SSE
      F2.0F2A        cvtsi2sd               Vx,Ey          cpu:SSE2
      NP.0F2C        cvttps2pi              Pq,Wq          cpu:SSE
      66.0F2C        cvttpd2pi              Pq,Wx          cpu:SSE2
      F3.0F2C        cvttss2si              Gy,Wd          cpu:SSE
      F2.0F2C        cvttsd2si              Gy,Wq          cpu:SSE2
      NP.0F2D        cvtps2pi               Pq,Wq          cpu:SSE
      66.0F2D        cvtpd2pi               Pq,Wx          cpu:SSE2
      F3.0F2D        cvtss2si               Gy,Wd          cpu:SSE
      F2.0F2D        cvtsd2si               Gy,Wq          cpu:SSE2
      NP.0F2E        ucomiss                Vx,Wd          cpu:SSE w:oszapc
      66.0F2E        ucomisd                Vx,Wq          cpu:SSE2 w:oszapc
      NP.0F2F        comiss                 Vx,Wd          cpu:SSE w:oszapc
      66.0F2F        comisd                 Vx,Wq          cpu:SSE2 w:oszapc
      NP.0F5A        cvtps2pd               Vx,Wq          cpu:SSE2
      66.0F5A        cvtpd2ps               Vx,Wx          cpu:SSE2
      F3.0F5A        cvtss2sd               Vx,Wd          cpu:SSE2
      F2.0F5A        cvtsd2ss               Vx,Wq          cpu:SSE2
      NP.0F5B        cvtdq2ps               Vx,Wx          cpu:SSE2
      66.0F5B        cvtps2dq               Vx,Wx          cpu:SSE2
      F3.0F5B        cvttps2dq              Vx,Wx          cpu:SSE2
      F3.0FE6        cvtdq2pd               Vx,Wq          cpu:SSE2
      F2.0FE6        cvtpd2dq               Vx,Wx          cpu:SSE2
      66.0FE6        cvttpd2dq              Vx,Wx          cpu:SSE2
      66.0F7C        haddpd                 Vx,Wx          cpu:SSE3
      F2.0F7C        haddps                 Vx,Wx          cpu:SSE3
      66.0F7D        hsubpd                 Vx,Wx          cpu:SSE3
      F2.0F7D        hsubps                 Vx,Wx          cpu:SSE3
      66.0FD0        addsubpd               Vx,Wx          cpu:SSE3
      F2.0FD0        addsubps               Vx,Wx          cpu:SSE3
      @
      # SSSE3
      NP.0F3800      pshufb                 Pq,Qq          cpu:SSSE3 sem:PSHUFB_MMX
      66.0F3800      pshufb                 Vx,Wx          cpu:SSSE3 sem:PSHUFB
      NP.0F3801      phaddw                 Pq,Qq          cpu:SSSE3 sem:PACK_MMX
      66.0F3801      phaddw                 Vx,Wx          cpu:SSSE3 sem:PACK
      NP.0F3802      phaddd                 Pq,Qq          cpu:SSSE3 sem:PACK_MMX
      66.0F3802      phaddd                 Vx,Wx          cpu:SSSE3 sem:PACK
      NP.0F3803      phaddsw                Pq,Qq          cpu:SSSE3 sem:PACK_MMX
      66.0F3803      phaddsw                Vx,Wx          cpu:SSSE3 sem:PACK
      NP.0F3804      pmaddubsw              Pq,Qq          cpu:SSSE3 sem:PACKED_MMX
      66.0F3804      pmaddubsw              Vx,Wx          cpu:SSSE3 sem:PACKED
      NP.0F3805      phsubw                 Pq,Qq          cpu:SSSE3 sem:PACK_MMX
      66.0F3805      phsubw                 Vx,Wx          cpu:SSSE3 sem:PACK
      NP.0F3806      phsubd                 Pq,Qq          cpu:SSSE3 sem:PACK_MMX
      66.0F3806      phsubd                 Vx,Wx          cpu:SSSE3 sem:PACK
      NP.0F3807      phsubsw                Pq,Qq          cpu:SSSE3 sem:PACK_MMX
      66.0F3807      phsubsw                Vx,Wx          cpu:SSSE3 sem:PACK
      NP.0F3808      psignb                 Pq,Qq          cpu:SSSE3 sem:PACKED_MMX
      66.0F3808      psignb                 Vx,Wx          cpu:SSSE3 sem:PACKED
      NP.0F3809      psignw                 Pq,Qq          cpu:SSSE3 sem:PACKED_MMX
      66.0F3809      psignw                 Vx,Wx          cpu:SSSE3 sem:PACKED
      NP.0F380A      psignd                 Pq,Qq          cpu:SSSE3 sem:PACKED_MMX
      66.0F380A      psignd                 Vx,Wx          cpu:SSSE3 sem:PACKED
      NP.0F380B      pmulhrsw               Pq,Qq          cpu:SSSE3 sem:PACKED_MMX
      66.0F380B      pmulhrsw               Vx,Wx          cpu:SSSE3 sem:PACKED
      NP.0F381C      pabsb                  Pq,Qq          cpu:SSSE3 sem:PACKED_MMX
      66.0F381C      pabsb                  Vx,Wx          cpu:SSSE3 sem:PACKED
      NP.0F381D      pabsw                  Pq,Qq          cpu:SSSE3 sem:PACKED_MMX
      66.0F381D      pabsw                  Vx,Wx          cpu:SSSE3 sem:PACKED
      NP.0F381E      pabsd                  Pq,Qq          cpu:SSSE3 sem:PACKED_MMX
      66.0F381E      pabsd                  Vx,Wx          cpu:SSSE3 sem:PACKED
      NP.0F3A0F      palignr                Pq,Qq,Ib       cpu:SSSE3 sem:PALIGNR_MMX
      66.0F3A0F      palignr                Vx,Wx,Ib       cpu:SSSE3
      # SSE4.1, SSE4.2, AES, PCLMULQDQ
      66.0F3810      pblendvb               Vx,Wx,H        cpu:SSE41 sem:BLENDV
      66.0F3814      blendvps               Vx,Wx,H        cpu:SSE41 sem:BLENDV
      66.0F3815      blendvpd               Vx,Wx,H        cpu:SSE41 sem:BLENDV
      66.0F3817      ptest                  Vx,Wx          cpu:SSE41 w:oszapc
      66.0F3820      pmovsxbw               Vx,Wq          cpu:SSE41 sem:PMOVX
      66.0F3830      pmovzxbw               Vx,Wq          cpu:SSE41 sem:PMOVX
      66.0F3821      pmovsxbd               Vx,Wd          cpu:SSE41 sem:PMOVX
      66.0F3831      pmovzxbd               Vx,Wd          cpu:SSE41 sem:PMOVX
      66.0F3822      pmovsxbq               Vx,Ww          cpu:SSE41 sem:PMOVX
      66.0F3832      pmovzxbq               Vx,Ww          cpu:SSE41 sem:PMOVX
      66.0F3823      pmovsxwd               Vx,Wq          cpu:SSE41 sem:PMOVX
      66.0F3833      pmovzxwd               Vx,Wq          cpu:SSE41 sem:PMOVX
      66.0F3824      pmovsxwq               Vx,Wd          cpu:SSE41 sem:PMOVX
      66.0F3834      pmovzxwq               Vx,Wd          cpu:SSE41 sem:PMOVX
      66.0F3825      pmovsxdq               Vx,Wq          cpu:SSE41 sem:PMOVX
      66.0F3835      pmovzxdq               Vx,Wq          cpu:SSE41 sem:PMOVX
      66.0F3828      pmuldq                 Vx,Wx          cpu:SSE41 sem:PACKED
      66.0F3829      pcmpeqq                Vx,Wx          cpu:SSE41 sem:PACKED
      66.0F382B      packusdw               Vx,Wx          cpu:SSE41 sem:PACK
      66.0F3837      pcmpgtq                Vx,Wx          cpu:SSE42 sem:PACKED
      66.0F3838      pminsb                 Vx,Wx          cpu:SSE41 sem:PACKED
      66.0F3839      pminsd                 Vx,Wx          cpu:SSE41 sem:PACKED
      66.0F383A      pminuw                 Vx,Wx          cpu:SSE41 sem:PACKED
      66.0F383B      pminud                 Vx,Wx          cpu:SSE41 sem:PACKED
      66.0F383C      pmaxsb                 Vx,Wx          cpu:SSE41 sem:PACKED
      66.0F383D      pmaxsd                 Vx,Wx          cpu:SSE41 sem:PACKED
      66.0F383E      pmaxuw                 Vx,Wx          cpu:SSE41 sem:PACKED
      66.0F383F      pmaxud                 Vx,Wx          cpu:SSE41 sem:PACKED
      66.0F3840      pmulld                 Vx,Wx          cpu:SSE41 sem:PACKED
      66.0F3A0E      pblendw                Vx,Wx,Ib       cpu:SSE41 sem:BLEND
      66.0F3A0C      blendps                Vx,Wx,Ib       cpu:SSE41 sem:BLEND
      66.0F3A0D      blendpd                Vx,Wx,Ib       cpu:SSE41 sem:BLEND
      66.0F3A14      pextrb                 Eb,Vx,Ib       cpu:SSE41 sem:PEXTR
      66.0F3A15      pextrw                 Ew,Vx,Ib       cpu:SSE41 sem:PEXTR
      66.0F3A16      pextrd/pextrd/pextrq   Ey,Vx,Ib       cpu:SSE41 sem:PEXTR
      66.0F3A17      extractps              Ed,Vx,Ib       cpu:SSE41 sem:PEXTR
      66.0F3A20      pinsrb                 Vx,Eb,Ib       cpu:SSE41 sem:PINSR
      66.0F3A22      pinsrd/pinsrd/pinsrq   Vx,Ey,Ib       cpu:SSE41 sem:PINSR
      66.0F3841      phminposuw             Vx,Wx          cpu:SSE41
      66.0F38DB      aesimc                 Vx,Wx          cpu:AES
      66.0F38DC      aesenc                 Vx,Wx          cpu:AES sem:AES_ROUND
      66.0F38DD      aesenclast             Vx,Wx          cpu:AES sem:AES_ROUND
      66.0F38DE      aesdec                 Vx,Wx          cpu:AES sem:AES_ROUND
      66.0F38DF      aesdeclast             Vx,Wx          cpu:AES sem:AES_ROUND
      66.0F3A42      mpsadbw                Vx,Wx,Ib       cpu:SSE41
      66.0F3A60      pcmpestrm              Vx,Wx,Ib       cpu:SSE42 w:oszapc sem:PCMPSTR
      66.0F3A61      pcmpestri              Vx,Wx,Ib       cpu:SSE42 w:oszapc sem:PCMPSTR
      66.0F3A62      pcmpistrm              Vx,Wx,Ib       cpu:SSE42 w:oszapc sem:PCMPSTR
      66.0F3A63      pcmpistri              Vx,Wx,Ib       cpu:SSE42 w:oszapc sem:PCMPSTR
      66.0F3A44      pclmulqdq              Vx,Wx,Ib       cpu:PCLMULQDQ
      66.0F3ADF      aeskeygenassist        Vx,Wx,Ib       cpu:AES
      @ sem:FLOAT
      66.0F3A08      roundps                Vx,Wx,Ib       cpu:SSE41
      66.0F3A09      roundpd                Vx,Wx,Ib       cpu:SSE41
      66.0F3A0A      roundss                Vx,Wd,Ib       cpu:SSE41
      66.0F3A0B      roundsd                Vx,Wq,Ib       cpu:SSE41
      66.0F3A21      insertps               Vx,Wd,Ib       cpu:SSE41 sem:INSERTPS
      66.0F3A40      dpps                   Vx,Wx,Ib       cpu:SSE41
      66.0F3A41      dppd                   Vx,Wx,Ib       cpu:SSE41
      """;
}
