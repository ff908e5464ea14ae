package io.github.bitterling.frontend.decode;

/**
 * Rows of instructions with a VEX prefix, as text in the format of {@link InstructionRows}, which
 * these add to:
 *
 * <ul>
 *   <li>the prefix of the opcode column (NP, 66, F3, F2) is VEX.pp, the opcode map VEX.mmmmm;
 *   <li>behind the opcode L0 or L1 and W0 or W1 ask for that VEX.L or VEX.W, which otherwise do not
 *       matter. Outside 64-bit mode VEX.W still selects the row, but general registers have 32
 *       bits;
 *   <li>VEX.vvvv must be 1111b where no operand (H, B) uses it;
 *   <li>integer instructions have a row for each vector length, as the features differ.
 * </ul>
 *
 * <p>The table lists nothing of this on a processor without any of the features.
 */
final class VexRows {
  private VexRows() {}

  static final String ALL =
      """
      @ pm
      # Moves
      NP.0F10          vmovups                  Vx,Wx            cpu:AVX sem:MOVU
      NP.0F11          vmovups                  Wx,Vx            cpu:AVX sem:MOVU
      66.0F10          vmovupd                  Vx,Wx            cpu:AVX sem:MOVU
      66.0F11          vmovupd                  Wx,Vx            cpu:AVX sem:MOVU
      NP.0F28          vmovaps                  Vx,Wx            cpu:AVX sem:MOVA
      NP.0F29          vmovaps                  Wx,Vx            cpu:AVX sem:MOVA
      66.0F28          vmovapd                  Vx,Wx            cpu:AVX sem:MOVA
      66.0F29          vmovapd                  Wx,Vx            cpu:AVX sem:MOVA
      F3.0F10m         vmovss                   Vdq,Wd           cpu:AVX sem:MOVSS_LOAD
      F3.0F10r         vmovss                   Vdq,Hdq,Udq      cpu:AVX sem:MOVSS_MERGE
      F3.0F11m         vmovss                   Wd,Vdq           cpu:AVX sem:MOVSS_STORE
      F3.0F11r         vmovss                   Udq,Hdq,Vdq      cpu:AVX sem:MOVSS_MERGE
      F2.0F10m         vmovsd                   Vdq,Wq           cpu:AVX sem:MOVSD_LOAD
      F2.0F10r         vmovsd                   Vdq,Hdq,Udq      cpu:AVX sem:MOVSD_MERGE
      F2.0F11m         vmovsd                   Wq,Vdq           cpu:AVX sem:MOVSD_STORE
      F2.0F11r         vmovsd                   Udq,Hdq,Vdq      cpu:AVX sem:MOVSD_MERGE
      NP.0F12rL0       vmovhlps                 Vdq,Hdq,Udq      cpu:AVX
      NP.0F12mL0       vmovlps                  Vdq,Hdq,Mq       cpu:AVX sem:MOVLPS_LOAD
      66.0F12mL0       vmovlpd                  Vdq,Hdq,Mq       cpu:AVX sem:MOVLPS_LOAD
      F2.0F12L0        vmovddup                 Vdq,Wq           cpu:AVX
      F2.0F12L1        vmovddup                 Vx,Wx            cpu:AVX
      F3.0F12          vmovsldup                Vx,Wx            cpu:AVX
      NP.0F13mL0       vmovlps                  Mq,Vdq           cpu:AVX sem:MOVLPS_STORE mw
      66.0F13mL0       vmovlpd                  Mq,Vdq           cpu:AVX sem:MOVLPS_STORE mw
      NP.0F14          vunpcklps                Vx,Hx,Wx         cpu:AVX sem:PUNPCKL
      66.0F14          vunpcklpd                Vx,Hx,Wx         cpu:AVX sem:PUNPCKLQDQ
      NP.0F15          vunpckhps                Vx,Hx,Wx         cpu:AVX sem:PUNPCKH
      66.0F15          vunpckhpd                Vx,Hx,Wx         cpu:AVX sem:PUNPCKHQDQ
      NP.0F16rL0       vmovlhps                 Vdq,Hdq,Udq      cpu:AVX
      NP.0F16mL0       vmovhps                  Vdq,Hdq,Mq       cpu:AVX sem:MOVHPS_LOAD
      66.0F16mL0       vmovhpd                  Vdq,Hdq,Mq       cpu:AVX sem:MOVHPS_LOAD
      F3.0F16          vmovshdup                Vx,Wx            cpu:AVX
      NP.0F17mL0       vmovhps                  Mq,Vdq           cpu:AVX sem:MOVHPS_STORE mw
      66.0F17mL0       vmovhpd                  Mq,Vdq           cpu:AVX sem:MOVHPS_STORE mw
      NP.0F2Bm         vmovntps                 Mx,Vx            cpu:AVX sem:MOVA mw
      66.0F2Bm         vmovntpd                 Mx,Vx            cpu:AVX sem:MOVA mw
      66.0F6EL0        vmovd/vmovd/vmovq        Vdq,Ey           cpu:AVX sem:MOVD_TO_XMM
      66.0F7EL0        vmovd/vmovd/vmovq        Ey,Vdq           cpu:AVX sem:MOVD_FROM_XMM
      F3.0F7EL0        vmovq                    Vdq,Wq           cpu:AVX sem:MOVQ_LOAD
      66.0FD6L0        vmovq                    Wq,Vdq           cpu:AVX sem:MOVQ_STORE
      66.0F6F          vmovdqa                  Vx,Wx            cpu:AVX sem:MOVA
      F3.0F6F          vmovdqu                  Vx,Wx            cpu:AVX sem:MOVU
      66.0F7F          vmovdqa                  Wx,Vx            cpu:AVX sem:MOVA
      F3.0F7F          vmovdqu                  Wx,Vx            cpu:AVX sem:MOVU
      66.0FE7m         vmovntdq                 Mx,Vx            cpu:AVX sem:MOVA mw
      F2.0FF0m         vlddqu                   Vx,Mx            cpu:AVX sem:MOVU
      66.0F382AmL0     vmovntdqa                Vx,Mx            cpu:AVX sem:MOVA
      66.0F382AmL1     vmovntdqa                Vx,Mx            cpu:AVX2 sem:MOVA
      NP.0F50r         vmovmskps                Gy,Ux            cpu:AVX
      66.0F50r         vmovmskpd                Gy,Ux            cpu:AVX
      66.0FD7rL0       vpmovmskb                Gy,Ux            cpu:AVX
      66.0FD7rL1       vpmovmskb                Gy,Ux            cpu:AVX2
      66.0FF7rL0       vmaskmovdqu              Vdq,Udq          cpu:AVX sem:MASKMOV
      NP.0F77L0        vzeroupper               -                cpu:AVX
      NP.0F77L1        vzeroall                 -                cpu:AVX
      NP.0FAE/2mL0     vldmxcsr                 Md               cpu:AVX sem:LDMXCSR
      NP.0FAE/3mL0     vstmxcsr                 Md               cpu:AVX sem:STMXCSR mw
      # Logic
      NP.0F54          vandps                   Vx,Hx,Wx         cpu:AVX sem:PAND
      66.0F54          vandpd                   Vx,Hx,Wx         cpu:AVX sem:PAND
      NP.0F55          vandnps                  Vx,Hx,Wx         cpu:AVX sem:PANDN
      66.0F55          vandnpd                  Vx,Hx,Wx         cpu:AVX sem:PANDN
      NP.0F56          vorps                    Vx,Hx,Wx         cpu:AVX sem:POR
      66.0F56          vorpd                    Vx,Hx,Wx         cpu:AVX sem:POR
      NP.0F57          vxorps                   Vx,Hx,Wx         cpu:AVX sem:PXOR
      66.0F57          vxorpd                   Vx,Hx,Wx         cpu:AVX sem:PXOR
      66.0FDBL0        vpand                    Vx,Hx,Wx         cpu:AVX sem:PAND
      66.0FDBL1        vpand                    Vx,Hx,Wx         cpu:AVX2 sem:PAND
      66.0FDFL0        vpandn                   Vx,Hx,Wx         cpu:AVX sem:PANDN
      66.0FDFL1        vpandn                   Vx,Hx,Wx         cpu:AVX2 sem:PANDN
      66.0FEBL0        vpor                     Vx,Hx,Wx         cpu:AVX sem:POR
      66.0FEBL1        vpor                     Vx,Hx,Wx         cpu:AVX2 sem:POR
      66.0FEFL0        vpxor                    Vx,Hx,Wx         cpu:AVX sem:PXOR
      66.0FEFL1        vpxor                    Vx,Hx,Wx         cpu:AVX2 sem:PXOR
      # Packed integers
      66.0F64L0        vpcmpgtb                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F64L1        vpcmpgtb                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F65L0        vpcmpgtw                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F65L1        vpcmpgtw                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F66L0        vpcmpgtd                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F66L1        vpcmpgtd                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F74L0        vpcmpeqb                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F74L1        vpcmpeqb                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F75L0        vpcmpeqw                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F75L1        vpcmpeqw                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F76L0        vpcmpeqd                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F76L1        vpcmpeqd                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FD5L0        vpmullw                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FD5L1        vpmullw                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FD8L0        vpsubusb                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FD8L1        vpsubusb                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FD9L0        vpsubusw                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FD9L1        vpsubusw                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FDCL0        vpaddusb                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FDCL1        vpaddusb                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FDDL0        vpaddusw                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FDDL1        vpaddusw                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FE5L0        vpmulhw                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FE5L1        vpmulhw                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FE8L0        vpsubsb                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FE8L1        vpsubsb                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FE9L0        vpsubsw                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FE9L1        vpsubsw                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FECL0        vpaddsb                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FECL1        vpaddsb                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FEDL0        vpaddsw                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FEDL1        vpaddsw                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FF5L0        vpmaddwd                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FF5L1        vpmaddwd                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FF8L0        vpsubb                   Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FF8L1        vpsubb                   Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FF9L0        vpsubw                   Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FF9L1        vpsubw                   Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FFAL0        vpsubd                   Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FFAL1        vpsubd                   Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FFCL0        vpaddb                   Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FFCL1        vpaddb                   Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FFDL0        vpaddw                   Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FFDL1        vpaddw                   Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FFEL0        vpaddd                   Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FFEL1        vpaddd                   Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FD4L0        vpaddq                   Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FD4L1        vpaddq                   Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FDAL0        vpminub                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FDAL1        vpminub                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FDEL0        vpmaxub                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FDEL1        vpmaxub                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FE0L0        vpavgb                   Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FE0L1        vpavgb                   Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FE3L0        vpavgw                   Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FE3L1        vpavgw                   Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FE4L0        vpmulhuw                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FE4L1        vpmulhuw                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FEAL0        vpminsw                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FEAL1        vpminsw                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FEEL0        vpmaxsw                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FEEL1        vpmaxsw                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FF4L0        vpmuludq                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FF4L1        vpmuludq                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FF6L0        vpsadbw                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FF6L1        vpsadbw                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0FFBL0        vpsubq                   Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0FFBL1        vpsubq                   Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F60L0        vpunpcklbw               Vx,Hx,Wx         cpu:AVX sem:PUNPCKL
      66.0F60L1        vpunpcklbw               Vx,Hx,Wx         cpu:AVX2 sem:PUNPCKL
      66.0F61L0        vpunpcklwd               Vx,Hx,Wx         cpu:AVX sem:PUNPCKL
      66.0F61L1        vpunpcklwd               Vx,Hx,Wx         cpu:AVX2 sem:PUNPCKL
      66.0F62L0        vpunpckldq               Vx,Hx,Wx         cpu:AVX sem:PUNPCKL
      66.0F62L1        vpunpckldq               Vx,Hx,Wx         cpu:AVX2 sem:PUNPCKL
      66.0F68L0        vpunpckhbw               Vx,Hx,Wx         cpu:AVX sem:PUNPCKH
      66.0F68L1        vpunpckhbw               Vx,Hx,Wx         cpu:AVX2 sem:PUNPCKH
      66.0F69L0        vpunpckhwd               Vx,Hx,Wx         cpu:AVX sem:PUNPCKH
      66.0F69L1        vpunpckhwd               Vx,Hx,Wx         cpu:AVX2 sem:PUNPCKH
      66.0F6AL0        vpunpckhdq               Vx,Hx,Wx         cpu:AVX sem:PUNPCKH
      66.0F6AL1        vpunpckhdq               Vx,Hx,Wx         cpu:AVX2 sem:PUNPCKH
      66.0F63L0        vpacksswb                Vx,Hx,Wx         cpu:AVX sem:PACK
      66.0F63L1        vpacksswb                Vx,Hx,Wx         cpu:AVX2 sem:PACK
      66.0F67L0        vpackuswb                Vx,Hx,Wx         cpu:AVX sem:PACK
      66.0F67L1        vpackuswb                Vx,Hx,Wx         cpu:AVX2 sem:PACK
      66.0F6BL0        vpackssdw                Vx,Hx,Wx         cpu:AVX sem:PACK
      66.0F6BL1        vpackssdw                Vx,Hx,Wx         cpu:AVX2 sem:PACK
      66.0F6CL0        vpunpcklqdq              Vx,Hx,Wx         cpu:AVX sem:PUNPCKLQDQ
      66.0F6CL1        vpunpcklqdq              Vx,Hx,Wx         cpu:AVX2 sem:PUNPCKLQDQ
      66.0F6DL0        vpunpckhqdq              Vx,Hx,Wx         cpu:AVX sem:PUNPCKHQDQ
      66.0F6DL1        vpunpckhqdq              Vx,Hx,Wx         cpu:AVX2 sem:PUNPCKHQDQ
      66.0FD1L0        vpsrlw                   Vx,Hx,Wdq        cpu:AVX sem:PACKED_SHIFT
      66.0FD1L1        vpsrlw                   Vx,Hx,Wdq        cpu:AVX2 sem:PACKED_SHIFT
      66.0FD2L0        vpsrld                   Vx,Hx,Wdq        cpu:AVX sem:PACKED_SHIFT
      66.0FD2L1        vpsrld                   Vx,Hx,Wdq        cpu:AVX2 sem:PACKED_SHIFT
      66.0FD3L0        vpsrlq                   Vx,Hx,Wdq        cpu:AVX sem:PACKED_SHIFT
      66.0FD3L1        vpsrlq                   Vx,Hx,Wdq        cpu:AVX2 sem:PACKED_SHIFT
      66.0FE1L0        vpsraw                   Vx,Hx,Wdq        cpu:AVX sem:PACKED_SHIFT
      66.0FE1L1        vpsraw                   Vx,Hx,Wdq        cpu:AVX2 sem:PACKED_SHIFT
      66.0FE2L0        vpsrad                   Vx,Hx,Wdq        cpu:AVX sem:PACKED_SHIFT
      66.0FE2L1        vpsrad                   Vx,Hx,Wdq        cpu:AVX2 sem:PACKED_SHIFT
      66.0FF1L0        vpsllw                   Vx,Hx,Wdq        cpu:AVX sem:PACKED_SHIFT
      66.0FF1L1        vpsllw                   Vx,Hx,Wdq        cpu:AVX2 sem:PACKED_SHIFT
      66.0FF2L0        vpslld                   Vx,Hx,Wdq        cpu:AVX sem:PACKED_SHIFT
      66.0FF2L1        vpslld                   Vx,Hx,Wdq        cpu:AVX2 sem:PACKED_SHIFT
      66.0FF3L0        vpsllq                   Vx,Hx,Wdq        cpu:AVX sem:PACKED_SHIFT
      66.0FF3L1        vpsllq                   Vx,Hx,Wdq        cpu:AVX2 sem:PACKED_SHIFT
      66.0F71/2rL0     vpsrlw                   Hx,Ux,Ib         cpu:AVX sem:PACKED_SHIFT
      66.0F71/2rL1     vpsrlw                   Hx,Ux,Ib         cpu:AVX2 sem:PACKED_SHIFT
      66.0F71/4rL0     vpsraw                   Hx,Ux,Ib         cpu:AVX sem:PACKED_SHIFT
      66.0F71/4rL1     vpsraw                   Hx,Ux,Ib         cpu:AVX2 sem:PACKED_SHIFT
      66.0F71/6rL0     vpsllw                   Hx,Ux,Ib         cpu:AVX sem:PACKED_SHIFT
      66.0F71/6rL1     vpsllw                   Hx,Ux,Ib         cpu:AVX2 sem:PACKED_SHIFT
      66.0F72/2rL0     vpsrld                   Hx,Ux,Ib         cpu:AVX sem:PACKED_SHIFT
      66.0F72/2rL1     vpsrld                   Hx,Ux,Ib         cpu:AVX2 sem:PACKED_SHIFT
      66.0F72/4rL0     vpsrad                   Hx,Ux,Ib         cpu:AVX sem:PACKED_SHIFT
      66.0F72/4rL1     vpsrad                   Hx,Ux,Ib         cpu:AVX2 sem:PACKED_SHIFT
      66.0F72/6rL0     vpslld                   Hx,Ux,Ib         cpu:AVX sem:PACKED_SHIFT
      66.0F72/6rL1     vpslld                   Hx,Ux,Ib         cpu:AVX2 sem:PACKED_SHIFT
      66.0F73/2rL0     vpsrlq                   Hx,Ux,Ib         cpu:AVX sem:PACKED_SHIFT
      66.0F73/2rL1     vpsrlq                   Hx,Ux,Ib         cpu:AVX2 sem:PACKED_SHIFT
      66.0F73/6rL0     vpsllq                   Hx,Ux,Ib         cpu:AVX sem:PACKED_SHIFT
      66.0F73/6rL1     vpsllq                   Hx,Ux,Ib         cpu:AVX2 sem:PACKED_SHIFT
      66.0F73/3rL0     vpsrldq                  Hx,Ux,Ib         cpu:AVX sem:PSRLDQ
      66.0F73/3rL1     vpsrldq                  Hx,Ux,Ib         cpu:AVX2 sem:PSRLDQ
      66.0F73/7rL0     vpslldq                  Hx,Ux,Ib         cpu:AVX sem:PSLLDQ
      66.0F73/7rL1     vpslldq                  Hx,Ux,Ib         cpu:AVX2 sem:PSLLDQ
      66.0F3800L0      vpshufb                  Vx,Hx,Wx         cpu:AVX sem:PSHUFB
      66.0F3800L1      vpshufb                  Vx,Hx,Wx         cpu:AVX2 sem:PSHUFB
      66.0F3801L0      vphaddw                  Vx,Hx,Wx         cpu:AVX sem:PACK
      66.0F3801L1      vphaddw                  Vx,Hx,Wx         cpu:AVX2 sem:PACK
      66.0F3802L0      vphaddd                  Vx,Hx,Wx         cpu:AVX sem:PACK
      66.0F3802L1      vphaddd                  Vx,Hx,Wx         cpu:AVX2 sem:PACK
      66.0F3803L0      vphaddsw                 Vx,Hx,Wx         cpu:AVX sem:PACK
      66.0F3803L1      vphaddsw                 Vx,Hx,Wx         cpu:AVX2 sem:PACK
      66.0F3804L0      vpmaddubsw               Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F3804L1      vpmaddubsw               Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F3805L0      vphsubw                  Vx,Hx,Wx         cpu:AVX sem:PACK
      66.0F3805L1      vphsubw                  Vx,Hx,Wx         cpu:AVX2 sem:PACK
      66.0F3806L0      vphsubd                  Vx,Hx,Wx         cpu:AVX sem:PACK
      66.0F3806L1      vphsubd                  Vx,Hx,Wx         cpu:AVX2 sem:PACK
      66.0F3807L0      vphsubsw                 Vx,Hx,Wx         cpu:AVX sem:PACK
      66.0F3807L1      vphsubsw                 Vx,Hx,Wx         cpu:AVX2 sem:PACK
      66.0F3808L0      vpsignb                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F3808L1      vpsignb                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F3809L0      vpsignw                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F3809L1      vpsignw                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F380AL0      vpsignd                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F380AL1      vpsignd                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F380BL0      vpmulhrsw                Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F380BL1      vpmulhrsw                Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F381CL0      vpabsb                   Vx,Wx            cpu:AVX sem:PACKED
      66.0F381CL1      vpabsb                   Vx,Wx            cpu:AVX2 sem:PACKED
      66.0F381DL0      vpabsw                   Vx,Wx            cpu:AVX sem:PACKED
      66.0F381DL1      vpabsw                   Vx,Wx            cpu:AVX2 sem:PACKED
      66.0F381EL0      vpabsd                   Vx,Wx            cpu:AVX sem:PACKED
      66.0F381EL1      vpabsd                   Vx,Wx            cpu:AVX2 sem:PACKED
      66.0F3828L0      vpmuldq                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F3828L1      vpmuldq                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F3829L0      vpcmpeqq                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F3829L1      vpcmpeqq                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F382BL0      vpackusdw                Vx,Hx,Wx         cpu:AVX sem:PACK
      66.0F382BL1      vpackusdw                Vx,Hx,Wx         cpu:AVX2 sem:PACK
      66.0F3837L0      vpcmpgtq                 Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F3837L1      vpcmpgtq                 Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F3838L0      vpminsb                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F3838L1      vpminsb                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F3839L0      vpminsd                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F3839L1      vpminsd                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F383AL0      vpminuw                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F383AL1      vpminuw                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F383BL0      vpminud                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F383BL1      vpminud                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F383CL0      vpmaxsb                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F383CL1      vpmaxsb                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F383DL0      vpmaxsd                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F383DL1      vpmaxsd                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F383EL0      vpmaxuw                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F383EL1      vpmaxuw                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F383FL0      vpmaxud                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F383FL1      vpmaxud                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F3840L0      vpmulld                  Vx,Hx,Wx         cpu:AVX sem:PACKED
      66.0F3840L1      vpmulld                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F70L0        vpshufd                  Vx,Wx,Ib         cpu:AVX sem:PSHUFD
      66.0F70L1        vpshufd                  Vx,Wx,Ib         cpu:AVX2 sem:PSHUFD
      F3.0F70L0        vpshufhw                 Vx,Wx,Ib         cpu:AVX sem:PSHUFHW
      F3.0F70L1        vpshufhw                 Vx,Wx,Ib         cpu:AVX2 sem:PSHUFHW
      F2.0F70L0        vpshuflw                 Vx,Wx,Ib         cpu:AVX sem:PSHUFLW
      F2.0F70L1        vpshuflw                 Vx,Wx,Ib         cpu:AVX2 sem:PSHUFLW
      66.0FC4L0        vpinsrw                  Vdq,Hdq,Ew,Ib    cpu:AVX sem:PINSR
      66.0FC5rL0       vpextrw                  Gy,Udq,Ib        cpu:AVX
      66.0F3A0FL0      vpalignr                 Vx,Hx,Wx,Ib      cpu:AVX
      66.0F3A0FL1      vpalignr                 Vx,Hx,Wx,Ib      cpu:AVX2
      66.0F3A0EL0      vpblendw                 Vx,Hx,Wx,Ib      cpu:AVX sem:BLEND
      66.0F3A0EL1      vpblendw                 Vx,Hx,Wx,Ib      cpu:AVX2 sem:BLEND
      66.0F3A42L0      vmpsadbw                 Vx,Hx,Wx,Ib      cpu:AVX
      66.0F3A42L1      vmpsadbw                 Vx,Hx,Wx,Ib      cpu:AVX2
      66.0F3A4CW0L0    vpblendvb                Vx,Hx,Wx,Lx      cpu:AVX sem:BLENDV
      66.0F3A4CW0L1    vpblendvb                Vx,Hx,Wx,Lx      cpu:AVX2 sem:BLENDV
      66.0F3817        vptest                   Vx,Wx            cpu:AVX w:oszapc
      66.0F3841L0      vphminposuw              Vdq,Wdq          cpu:AVX
      66.0F3820L0      vpmovsxbw                Vx,Wh            cpu:AVX sem:PMOVX
      66.0F3820L1      vpmovsxbw                Vx,Wh            cpu:AVX2 sem:PMOVX
      66.0F3830L0      vpmovzxbw                Vx,Wh            cpu:AVX sem:PMOVX
      66.0F3830L1      vpmovzxbw                Vx,Wh            cpu:AVX2 sem:PMOVX
      66.0F3823L0      vpmovsxwd                Vx,Wh            cpu:AVX sem:PMOVX
      66.0F3823L1      vpmovsxwd                Vx,Wh            cpu:AVX2 sem:PMOVX
      66.0F3833L0      vpmovzxwd                Vx,Wh            cpu:AVX sem:PMOVX
      66.0F3833L1      vpmovzxwd                Vx,Wh            cpu:AVX2 sem:PMOVX
      66.0F3825L0      vpmovsxdq                Vx,Wh            cpu:AVX sem:PMOVX
      66.0F3825L1      vpmovsxdq                Vx,Wh            cpu:AVX2 sem:PMOVX
      66.0F3835L0      vpmovzxdq                Vx,Wh            cpu:AVX sem:PMOVX
      66.0F3835L1      vpmovzxdq                Vx,Wh            cpu:AVX2 sem:PMOVX
      66.0F3821L0      vpmovsxbd                Vx,Wf            cpu:AVX sem:PMOVX
      66.0F3821L1      vpmovsxbd                Vx,Wf            cpu:AVX2 sem:PMOVX
      66.0F3831L0      vpmovzxbd                Vx,Wf            cpu:AVX sem:PMOVX
      66.0F3831L1      vpmovzxbd                Vx,Wf            cpu:AVX2 sem:PMOVX
      66.0F3824L0      vpmovsxwq                Vx,Wf            cpu:AVX sem:PMOVX
      66.0F3824L1      vpmovsxwq                Vx,Wf            cpu:AVX2 sem:PMOVX
      66.0F3834L0      vpmovzxwq                Vx,Wf            cpu:AVX sem:PMOVX
      66.0F3834L1      vpmovzxwq                Vx,Wf            cpu:AVX2 sem:PMOVX
      66.0F3822L0      vpmovsxbq                Vx,We            cpu:AVX sem:PMOVX
      66.0F3822L1      vpmovsxbq                Vx,We            cpu:AVX2 sem:PMOVX
      66.0F3832L0      vpmovzxbq                Vx,We            cpu:AVX sem:PMOVX
      66.0F3832L1      vpmovzxbq                Vx,We            cpu:AVX2 sem:PMOVX
      66.0F3A14L0      vpextrb                  Eb,Vdq,Ib        cpu:AVX sem:PEXTR
      66.0F3A15L0      vpextrw                  Ew,Vdq,Ib        cpu:AVX sem:PEXTR
      66.0F3A16L0W0    vpextrd                  Ed,Vdq,Ib        cpu:AVX sem:PEXTR
      66.0F3A16L0W1    vpextrq                  Eq,Vdq,Ib        cpu:AVX sem:PEXTR o64
      66.0F3A17L0      vextractps               Ed,Vdq,Ib        cpu:AVX sem:PEXTR
      66.0F3A20L0      vpinsrb                  Vdq,Hdq,Eb,Ib    cpu:AVX sem:PINSR
      66.0F3A22L0W0    vpinsrd                  Vdq,Hdq,Ed,Ib    cpu:AVX sem:PINSR
      66.0F3A22L0W1    vpinsrq                  Vdq,Hdq,Eq,Ib    cpu:AVX sem:PINSR o64
      66.0F38DBL0      vaesimc                  Vdq,Wdq          cpu:AVX
      66.0F38DCL0      vaesenc                  Vdq,Hdq,Wdq      cpu:AVX sem:AES_ROUND
      66.0F38DDL0      vaesenclast              Vdq,Hdq,Wdq      cpu:AVX sem:AES_ROUND
      66.0F38DEL0      vaesdec                  Vdq,Hdq,Wdq      cpu:AVX sem:AES_ROUND
      66.0F38DFL0      vaesdeclast              Vdq,Hdq,Wdq      cpu:AVX sem:AES_ROUND
      66.0F3ADFL0      vaeskeygenassist         Vdq,Wdq,Ib       cpu:AVX
      66.0F3A44L0      vpclmulqdq               Vdq,Hdq,Wdq,Ib   cpu:AVX
      66.0F3A60L0      vpcmpestrm               Vdq,Wdq,Ib       cpu:AVX w:oszapc sem:PCMPSTR
      66.0F3A61L0      vpcmpestri               Vdq,Wdq,Ib       cpu:AVX w:oszapc sem:PCMPSTR
      66.0F3A62L0      vpcmpistrm               Vdq,Wdq,Ib       cpu:AVX w:oszapc sem:PCMPSTR
      66.0F3A63L0      vpcmpistri               Vdq,Wdq,Ib       cpu:AVX w:oszapc sem:PCMPSTR
      # Shuffles, blends, lanes
      NP.0FC6          vshufps                  Vx,Hx,Wx,Ib      cpu:AVX
      66.0FC6          vshufpd                  Vx,Hx,Wx,Ib      cpu:AVX
      66.0F380CW0      vpermilps                Vx,Hx,Wx         cpu:AVX sem:VPERMILPS_V
      66.0F380DW0      vpermilpd                Vx,Hx,Wx         cpu:AVX sem:VPERMILPD_V
      66.0F3A04W0      vpermilps                Vx,Wx,Ib         cpu:AVX sem:PSHUFD
      66.0F3A05W0      vpermilpd                Vx,Wx,Ib         cpu:AVX
      66.0F3A0C        vblendps                 Vx,Hx,Wx,Ib      cpu:AVX sem:BLEND
      66.0F3A0D        vblendpd                 Vx,Hx,Wx,Ib      cpu:AVX sem:BLEND
      66.0F3A4AW0      vblendvps                Vx,Hx,Wx,Lx      cpu:AVX sem:BLENDV
      66.0F3A4BW0      vblendvpd                Vx,Hx,Wx,Lx      cpu:AVX sem:BLENDV
      66.0F380EW0      vtestps                  Vx,Wx            cpu:AVX w:oszapc sem:VTEST
      66.0F380FW0      vtestpd                  Vx,Wx            cpu:AVX w:oszapc sem:VTEST
      66.0F3818mW0     vbroadcastss             Vx,Wd            cpu:AVX sem:VBROADCAST
      66.0F3818rW0     vbroadcastss             Vx,Wd            cpu:AVX2 sem:VBROADCAST
      66.0F3819mL1W0   vbroadcastsd             Vx,Wq            cpu:AVX sem:VBROADCAST
      66.0F3819rL1W0   vbroadcastsd             Vx,Wq            cpu:AVX2 sem:VBROADCAST
      66.0F381AmL1W0   vbroadcastf128           Vx,Mdq           cpu:AVX sem:VBROADCAST
      66.0F385AmL1W0   vbroadcasti128           Vx,Mdq           cpu:AVX2 sem:VBROADCAST
      66.0F3858W0      vpbroadcastd             Vx,Wd            cpu:AVX2 sem:VBROADCAST
      66.0F3859W0      vpbroadcastq             Vx,Wq            cpu:AVX2 sem:VBROADCAST
      66.0F3878W0      vpbroadcastb             Vx,Wb            cpu:AVX2 sem:VBROADCAST
      66.0F3879W0      vpbroadcastw             Vx,Ww            cpu:AVX2 sem:VBROADCAST
      66.0F3A06L1W0    vperm2f128               Vx,Hx,Wx,Ib      cpu:AVX sem:VPERM2X128
      66.0F3A46L1W0    vperm2i128               Vx,Hx,Wx,Ib      cpu:AVX2 sem:VPERM2X128
      66.0F3A18L1W0    vinsertf128              Vx,Hx,Wdq,Ib     cpu:AVX sem:VINSERTX128
      66.0F3A38L1W0    vinserti128              Vx,Hx,Wdq,Ib     cpu:AVX2 sem:VINSERTX128
      66.0F3A19L1W0    vextractf128             Wdq,Vx,Ib        cpu:AVX sem:VEXTRACTX128
      66.0F3A39L1W0    vextracti128             Wdq,Vx,Ib        cpu:AVX2 sem:VEXTRACTX128
      66.0F3836L1W0    vpermd                   Vx,Hx,Wx         cpu:AVX2
      66.0F3816L1W0    vpermps                  Vx,Hx,Wx         cpu:AVX2 sem:VPERMD
      66.0F3A00L1W1    vpermq                   Vx,Wx,Ib         cpu:AVX2
      66.0F3A01L1W1    vpermpd                  Vx,Wx,Ib         cpu:AVX2 sem:VPERMQ
      66.0F3A02W0      vpblendd                 Vx,Hx,Wx,Ib      cpu:AVX2 sem:BLEND
      66.0F3845W0      vpsrlvd                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F3845W1      vpsrlvq                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F3846W0      vpsravd                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F3847W0      vpsllvd                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      66.0F3847W1      vpsllvq                  Vx,Hx,Wx         cpu:AVX2 sem:PACKED
      # Masked moves, gathers
      66.0F382CmW0     vmaskmovps               Vx,Hx,Mx         cpu:AVX sem:VMASKMOV_LOAD
      66.0F382DmW0     vmaskmovpd               Vx,Hx,Mx         cpu:AVX sem:VMASKMOV_LOAD
      66.0F382EmW0     vmaskmovps               Mx,Hx,Vx         cpu:AVX sem:VMASKMOV_STORE mw
      66.0F382FmW0     vmaskmovpd               Mx,Hx,Vx         cpu:AVX sem:VMASKMOV_STORE mw
      66.0F388CmW0     vpmaskmovd               Vx,Hx,Mx         cpu:AVX2 sem:VMASKMOV_LOAD
      66.0F388EmW0     vpmaskmovd               Mx,Hx,Vx         cpu:AVX2 sem:VMASKMOV_STORE mw
      66.0F388CmW1     vpmaskmovq               Vx,Hx,Mx         cpu:AVX2 sem:VMASKMOV_LOAD
      66.0F388EmW1     vpmaskmovq               Mx,Hx,Vx         cpu:AVX2 sem:VMASKMOV_STORE mw
      66.0F3890mW0     vpgatherdd               Vx,MVd,Hx        cpu:AVX2 sem:VGATHER
      66.0F3890mW1     vpgatherdq               Vx,MVq,Hx        cpu:AVX2 sem:VGATHER
      66.0F3891mW0     vpgatherqd               Vdq,MVd,Hdq      cpu:AVX2 sem:VGATHER
      66.0F3891mW1     vpgatherqq               Vx,MVq,Hx        cpu:AVX2 sem:VGATHER
      66.0F3892mW0     vgatherdps               Vx,MVd,Hx        cpu:AVX2 sem:VGATHER
      66.0F3892mW1     vgatherdpd               Vx,MVq,Hx        cpu:AVX2 sem:VGATHER
      66.0F3893mW0     vgatherqps               Vdq,MVd,Hdq      cpu:AVX2 sem:VGATHER
      66.0F3893mW1     vgatherqpd               Vx,MVq,Hx        cpu:AVX2 sem:VGATHER
      @ pm sem:FLOAT
      # Floating point
      NP.0F51          vsqrtps                  Vx,Wx            cpu:AVX
      66.0F51          vsqrtpd                  Vx,Wx            cpu:AVX
      F3.0F51          vsqrtss                  Vdq,Hdq,Wd       cpu:AVX
      F2.0F51          vsqrtsd                  Vdq,Hdq,Wq       cpu:AVX
      NP.0F58          vaddps                   Vx,Hx,Wx         cpu:AVX
      66.0F58          vaddpd                   Vx,Hx,Wx         cpu:AVX
      F3.0F58          vaddss                   Vdq,Hdq,Wd       cpu:AVX
      F2.0F58          vaddsd                   Vdq,Hdq,Wq       cpu:AVX
      NP.0F59          vmulps                   Vx,Hx,Wx         cpu:AVX
      66.0F59          vmulpd                   Vx,Hx,Wx         cpu:AVX
      F3.0F59          vmulss                   Vdq,Hdq,Wd       cpu:AVX
      F2.0F59          vmulsd                   Vdq,Hdq,Wq       cpu:AVX
      NP.0F5C          vsubps                   Vx,Hx,Wx         cpu:AVX
      66.0F5C          vsubpd                   Vx,Hx,Wx         cpu:AVX
      F3.0F5C          vsubss                   Vdq,Hdq,Wd       cpu:AVX
      F2.0F5C          vsubsd                   Vdq,Hdq,Wq       cpu:AVX
      NP.0F5D          vminps                   Vx,Hx,Wx         cpu:AVX
      66.0F5D          vminpd                   Vx,Hx,Wx         cpu:AVX
      F3.0F5D          vminss                   Vdq,Hdq,Wd       cpu:AVX
      F2.0F5D          vminsd                   Vdq,Hdq,Wq       cpu:AVX
      NP.0F5E          vdivps                   Vx,Hx,Wx         cpu:AVX
      66.0F5E          vdivpd                   Vx,Hx,Wx         cpu:AVX
      F3.0F5E          vdivss                   Vdq,Hdq,Wd       cpu:AVX
      F2.0F5E          vdivsd                   Vdq,Hdq,Wq       cpu:AVX
      NP.0F5F          vmaxps                   Vx,Hx,Wx         cpu:AVX
      66.0F5F          vmaxpd                   Vx,Hx,Wx         cpu:AVX
      F3.0F5F          vmaxss                   Vdq,Hdq,Wd       cpu:AVX
      F2.0F5F          vmaxsd                   Vdq,Hdq,Wq       cpu:AVX
      NP.0F52          vrsqrtps                 Vx,Wx            cpu:AVX
      F3.0F52          vrsqrtss                 Vdq,Hdq,Wd       cpu:AVX
      NP.0F53          vrcpps                   Vx,Wx            cpu:AVX
      F3.0F53          vrcpss                   Vdq,Hdq,Wd       cpu:AVX
      NP.0FC2          vcmpps                   Vx,Hx,Wx,Ib      cpu:AVX
      66.0FC2          vcmppd                   Vx,Hx,Wx,Ib      cpu:AVX
      F3.0FC2          vcmpss                   Vdq,Hdq,Wd,Ib    cpu:AVX
      F2.0FC2          vcmpsd                   Vdq,Hdq,Wq,Ib    cpu:AVX
      F3.0F2A          vcvtsi2ss                Vdq,Hdq,Ey       cpu:AVX
      F2.0F2A          vcvtsi2sd                Vdq,Hdq,Ey       cpu:AVX
      F3.0F2C          vcvttss2si               Gy,Wd            cpu:AVX
      F2.0F2C          vcvttsd2si               Gy,Wq            cpu:AVX
      F3.0F2D          vcvtss2si                Gy,Wd            cpu:AVX
      F2.0F2D          vcvtsd2si                Gy,Wq            cpu:AVX
      NP.0F2E          vucomiss                 Vdq,Wd           cpu:AVX w:oszapc
      66.0F2E          vucomisd                 Vdq,Wq           cpu:AVX w:oszapc
      NP.0F2F          vcomiss                  Vdq,Wd           cpu:AVX w:oszapc
      66.0F2F          vcomisd                  Vdq,Wq           cpu:AVX w:oszapc
      NP.0F5A          vcvtps2pd                Vx,Wh            cpu:AVX
      66.0F5A          vcvtpd2ps                Vdq,Wx           cpu:AVX
      F3.0F5A          vcvtss2sd                Vdq,Hdq,Wd       cpu:AVX
      F2.0F5A          vcvtsd2ss                Vdq,Hdq,Wq       cpu:AVX
      NP.0F5B          vcvtdq2ps                Vx,Wx            cpu:AVX
      66.0F5B          vcvtps2dq                Vx,Wx            cpu:AVX
      F3.0F5B          vcvttps2dq               Vx,Wx            cpu:AVX
      F3.0FE6          vcvtdq2pd                Vx,Wh            cpu:AVX
      F2.0FE6          vcvtpd2dq                Vdq,Wx           cpu:AVX
      66.0FE6          vcvttpd2dq               Vdq,Wx           cpu:AVX
      66.0F7C          vhaddpd                  Vx,Hx,Wx         cpu:AVX
      F2.0F7C          vhaddps                  Vx,Hx,Wx         cpu:AVX
      66.0F7D          vhsubpd                  Vx,Hx,Wx         cpu:AVX
      F2.0F7D          vhsubps                  Vx,Hx,Wx         cpu:AVX
      66.0FD0          vaddsubpd                Vx,Hx,Wx         cpu:AVX
      F2.0FD0          vaddsubps                Vx,Hx,Wx         cpu:AVX
      66.0F3A08        vroundps                 Vx,Wx,Ib         cpu:AVX
      66.0F3A09        vroundpd                 Vx,Wx,Ib         cpu:AVX
      66.0F3A0A        vroundss                 Vdq,Hdq,Wd,Ib    cpu:AVX
      66.0F3A0B        vroundsd                 Vdq,Hdq,Wq,Ib    cpu:AVX
      66.0F3A21L0      vinsertps                Vdq,Hdq,Wd,Ib    cpu:AVX sem:INSERTPS
      66.0F3A40        vdpps                    Vx,Hx,Wx,Ib      cpu:AVX
      66.0F3A41L0      vdppd                    Vdq,Hdq,Wdq,Ib   cpu:AVX
      66.0F3813W0      vcvtph2ps                Vx,Wh            cpu:F16C
      66.0F3A1DW0      vcvtps2ph                Wh,Vx,Ib         cpu:F16C
      @ pm sem:FMA
      # Fused multiply-add
      66.0F3896W0      vfmaddsub132ps           Vx,Hx,Wx         cpu:FMA
      66.0F3896W1      vfmaddsub132pd           Vx,Hx,Wx         cpu:FMA
      66.0F3897W0      vfmsubadd132ps           Vx,Hx,Wx         cpu:FMA
      66.0F3897W1      vfmsubadd132pd           Vx,Hx,Wx         cpu:FMA
      66.0F3898W0      vfmadd132ps              Vx,Hx,Wx         cpu:FMA
      66.0F3898W1      vfmadd132pd              Vx,Hx,Wx         cpu:FMA
      66.0F3899W0      vfmadd132ss              Vdq,Hdq,Wd       cpu:FMA
      66.0F3899W1      vfmadd132sd              Vdq,Hdq,Wq       cpu:FMA
      66.0F389AW0      vfmsub132ps              Vx,Hx,Wx         cpu:FMA
      66.0F389AW1      vfmsub132pd              Vx,Hx,Wx         cpu:FMA
      66.0F389BW0      vfmsub132ss              Vdq,Hdq,Wd       cpu:FMA
      66.0F389BW1      vfmsub132sd              Vdq,Hdq,Wq       cpu:FMA
      66.0F389CW0      vfnmadd132ps             Vx,Hx,Wx         cpu:FMA
      66.0F389CW1      vfnmadd132pd             Vx,Hx,Wx         cpu:FMA
      66.0F389DW0      vfnmadd132ss             Vdq,Hdq,Wd       cpu:FMA
      66.0F389DW1      vfnmadd132sd             Vdq,Hdq,Wq       cpu:FMA
      66.0F389EW0      vfnmsub132ps             Vx,Hx,Wx         cpu:FMA
      66.0F389EW1      vfnmsub132pd             Vx,Hx,Wx         cpu:FMA
      66.0F389FW0      vfnmsub132ss             Vdq,Hdq,Wd       cpu:FMA
      66.0F389FW1      vfnmsub132sd             Vdq,Hdq,Wq       cpu:FMA
      66.0F38A6W0      vfmaddsub213ps           Vx,Hx,Wx         cpu:FMA
      66.0F38A6W1      vfmaddsub213pd           Vx,Hx,Wx         cpu:FMA
      66.0F38A7W0      vfmsubadd213ps           Vx,Hx,Wx         cpu:FMA
      66.0F38A7W1      vfmsubadd213pd           Vx,Hx,Wx         cpu:FMA
      66.0F38A8W0      vfmadd213ps              Vx,Hx,Wx         cpu:FMA
      66.0F38A8W1      vfmadd213pd              Vx,Hx,Wx         cpu:FMA
      66.0F38A9W0      vfmadd213ss              Vdq,Hdq,Wd       cpu:FMA
      66.0F38A9W1      vfmadd213sd              Vdq,Hdq,Wq       cpu:FMA
      66.0F38AAW0      vfmsub213ps              Vx,Hx,Wx         cpu:FMA
      66.0F38AAW1      vfmsub213pd              Vx,Hx,Wx         cpu:FMA
      66.0F38ABW0      vfmsub213ss              Vdq,Hdq,Wd       cpu:FMA
      66.0F38ABW1      vfmsub213sd              Vdq,Hdq,Wq       cpu:FMA
      66.0F38ACW0      vfnmadd213ps             Vx,Hx,Wx         cpu:FMA
      66.0F38ACW1      vfnmadd213pd             Vx,Hx,Wx         cpu:FMA
      66.0F38ADW0      vfnmadd213ss             Vdq,Hdq,Wd       cpu:FMA
      66.0F38ADW1      vfnmadd213sd             Vdq,Hdq,Wq       cpu:FMA
      66.0F38AEW0      vfnmsub213ps             Vx,Hx,Wx         cpu:FMA
      66.0F38AEW1      vfnmsub213pd             Vx,Hx,Wx         cpu:FMA
      66.0F38AFW0      vfnmsub213ss             Vdq,Hdq,Wd       cpu:FMA
      66.0F38AFW1      vfnmsub213sd             Vdq,Hdq,Wq       cpu:FMA
      66.0F38B6W0      vfmaddsub231ps           Vx,Hx,Wx         cpu:FMA
      66.0F38B6W1      vfmaddsub231pd           Vx,Hx,Wx         cpu:FMA
      66.0F38B7W0      vfmsubadd231ps           Vx,Hx,Wx         cpu:FMA
      66.0F38B7W1      vfmsubadd231pd           Vx,Hx,Wx         cpu:FMA
      66.0F38B8W0      vfmadd231ps              Vx,Hx,Wx         cpu:FMA
      66.0F38B8W1      vfmadd231pd              Vx,Hx,Wx         cpu:FMA
      66.0F38B9W0      vfmadd231ss              Vdq,Hdq,Wd       cpu:FMA
      66.0F38B9W1      vfmadd231sd              Vdq,Hdq,Wq       cpu:FMA
      66.0F38BAW0      vfmsub231ps              Vx,Hx,Wx         cpu:FMA
      66.0F38BAW1      vfmsub231pd              Vx,Hx,Wx         cpu:FMA
      66.0F38BBW0      vfmsub231ss              Vdq,Hdq,Wd       cpu:FMA
      66.0F38BBW1      vfmsub231sd              Vdq,Hdq,Wq       cpu:FMA
      66.0F38BCW0      vfnmadd231ps             Vx,Hx,Wx         cpu:FMA
      66.0F38BCW1      vfnmadd231pd             Vx,Hx,Wx         cpu:FMA
      66.0F38BDW0      vfnmadd231ss             Vdq,Hdq,Wd       cpu:FMA
      66.0F38BDW1      vfnmadd231sd             Vdq,Hdq,Wq       cpu:FMA
      66.0F38BEW0      vfnmsub231ps             Vx,Hx,Wx         cpu:FMA
      66.0F38BEW1      vfnmsub231pd             Vx,Hx,Wx         cpu:FMA
      66.0F38BFW0      vfnmsub231ss             Vdq,Hdq,Wd       cpu:FMA
      66.0F38BFW1      vfnmsub231sd             Vdq,Hdq,Wq       cpu:FMA
      @ pm
      # Bit manipulation
      NP.0F38F2L0      andn                     Gy,By,Ey         cpu:BMI1 w:oszc u:ap
      NP.0F38F7L0      bextr                    Gy,Ey,By         cpu:BMI1 w:ozc u:sap
      NP.0F38F3/1L0    blsr                     By,Ey            cpu:BMI1 w:oszc u:ap
      NP.0F38F3/2L0    blsmsk                   By,Ey            cpu:BMI1 w:oszc u:ap
      NP.0F38F3/3L0    blsi                     By,Ey            cpu:BMI1 w:oszc u:ap
      NP.0F38F5L0      bzhi                     Gy,Ey,By         cpu:BMI2 w:oszc u:ap
      F3.0F38F5L0      pext                     Gy,By,Ey         cpu:BMI2
      F2.0F38F5L0      pdep                     Gy,By,Ey         cpu:BMI2
      F2.0F38F6L0      mulx                     Gy,By,Ey         cpu:BMI2
      66.0F38F7L0      shlx                     Gy,Ey,By         cpu:BMI2 sem:SHIFTX
      F3.0F38F7L0      sarx                     Gy,Ey,By         cpu:BMI2 sem:SHIFTX
      F2.0F38F7L0      shrx                     Gy,Ey,By         cpu:BMI2 sem:SHIFTX
      F2.0F3AF0L0      rorx                     Gy,Ey,Ib         cpu:BMI2
      """;
}
