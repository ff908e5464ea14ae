/*
 * Addresses of the Bay Trail SoC as this board uses them. The bases are chosen by firmware and written to the LPC
 * bridge's base registers (00:1F.0), so they are one table here.
 */
#ifndef FW_BAYTRAIL_H
#define FW_BAYTRAIL_H

#define HOST_BRIDGE PCI_FN(0, 0, 0)
#define LPC_BRIDGE PCI_FN(0, 0x1f, 0)
#define SATA_CONTROLLER PCI_FN(0, 0x13, 0)

/* LPC bridge: register and what it decodes. Bit 1 enables; RCBA uses bit 0. */
#define LPC_ABASE 0x40
#define LPC_PBASE 0x44
#define LPC_GBASE 0x48
#define LPC_IOBASE 0x4c
#define LPC_IBASE 0x50
#define LPC_SBASE 0x54
#define LPC_MPBASE 0x58
#define LPC_PUBASE 0x5c
#define LPC_UART_CONT 0x80
#define LPC_RCBA 0xf0

#define ACPI_PORTS 0x400
#define GPIO_PORTS 0x500
#define PMC_BASE 0xfed03000u
#define IO_BASE 0xfed0c000u
#define ILB_BASE 0xfed08000u
#define SPI_BASE 0xfed01000u
#define MPHY_BASE 0xfef00000u
#define PUNIT_BASE 0xfed05000u
#define RCBA_BASE 0xfed1c000u
#define HPET_BASE 0xfed00000u
#define IOAPIC_BASE 0xfec00000u
#define LAPIC_BASE 0xfee00000u
#define FLASH_BASE 0xff800000u

/* ACPI port block. */
#define PM1_STS (ACPI_PORTS + 0x00)
#define PM1_EN (ACPI_PORTS + 0x02)
#define PM1_CNT (ACPI_PORTS + 0x04)
#define PM1_TMR (ACPI_PORTS + 0x08)
#define GPE0A_STS (ACPI_PORTS + 0x20)
#define GPE0A_EN (ACPI_PORTS + 0x28)
#define SMI_EN (ACPI_PORTS + 0x30)
#define SMI_STS (ACPI_PORTS + 0x34)
#define TCO_RLD (ACPI_PORTS + 0x60)
#define TCO_STS (ACPI_PORTS + 0x64)
#define TCO1_CNT (ACPI_PORTS + 0x68)

#define PM1_SCI_EN 1u
#define PM1_SLP_EN (1u << 13)

/* SMI_EN; the causes have the same bits in SMI_STS. */
#define SMI_GLOBAL (1u << 0)
#define SMI_EOS (1u << 1)
#define SMI_SLEEP (1u << 4)
#define SMI_APM (1u << 5)
#define SMI_SPI (1u << 26) /* in SMI_STS only */

/* PMC block. */
#define GEN_PMCON1 (PMC_BASE + 0x20)
#define GEN_PMCON2 (PMC_BASE + 0x24)
#define PMCON2_SMI_LOCK (1u << 4)
/* A bit each switches a function off. */
#define FUNC_DIS (PMC_BASE + 0x34)
#define FUNC_DIS_LPSS 0xff00003fu /* 00:1e.0-5, 00:18.0-7 */
#define FUNC_DIS_EMMC (1u << 8)
#define FUNC_DIS_SDIO (1u << 9)
#define FUNC_DIS_EMMC45 (1u << 11)
#define FUNC_DIS_HDA (1u << 12)
#define FUNC_DIS_LPE (1u << 13)

/* ILB block. */
#define ILB_ACTL (ILB_BASE + 0x00)
#define ILB_PIRQ_ROUTE (ILB_BASE + 0x08)
#define ILB_DEVICE_ROUTE (ILB_BASE + 0x20)

/* SPI block. */
#define SPI_BCR (SPI_BASE + 0xfc)

/* GPIO pads: configuration at +0, value at +8. The UART's pads are in the score community. */
#define SCORE_UART1_RXD (IO_BASE + 0x520)
#define SCORE_UART1_TXD (IO_BASE + 0x530)
#define SSUS_PAD5_CONF (IO_BASE + 0x2220)
#define SSUS_PAD5_VALUE (IO_BASE + 0x2228)

/* Host bridge: message control, data, upper register bits. */
#define HOST_MCR 0xd0
#define HOST_MDR 0xd4
#define HOST_MCRX 0xd8
#define MCR_ALL_BYTES 0xf0

/* BUNIT. */
#define BUNIT_WRITE 0x11
#define BUNIT_BMBOUND 0x25
#define BUNIT_BMBOUND_HI 0x26
#define BUNIT_MMCONF 0x27
#define BUNIT_BMISC 0x28 /* bits 0, 1: reads of E0000-EFFFF, F0000-FFFFF go to RAM */
#define BUNIT_SMRWAC 0x2d /* who writes SMRAM: bit 0 everybody */
#define BUNIT_SMRRL 0x2e
#define BUNIT_SMRRH 0x2f

/* MSRs. */
#define MSR_PLATFORM_ID 0x17
#define MSR_APIC_BASE 0x1b
#define MSR_MICROCODE_REVISION 0x8b
#define MSR_FSB_FREQ 0xcd
#define MSR_PLATFORM_INFO 0xce
#define MSR_MTRR_CAP 0xfe
#define MSR_MTRR_PHYSBASE0 0x200
#define MSR_MTRR_DEF_TYPE 0x2ff
#define MSR_NO_EVICT 0x2e0

#define PCI_VENDOR_INTEL 0x8086

/* RAM below this line only: from here up to MMCONF lies the PCI window. */
#define LOW_RAM_LIMIT 0x80000000u
#define TSEG_SIZE (8 * MIB)

#endif
