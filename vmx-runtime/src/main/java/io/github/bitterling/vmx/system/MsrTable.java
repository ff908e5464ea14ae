package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.model.MsrRow;
import io.github.bitterling.vmx.model.MsrRow.Rule;
import java.util.ArrayList;
import java.util.List;

/**
 * The stored MSRs of a model: number, name, reset value, mask (SDM volume 4, Silvermont tables),
 * then what the model has differently.
 */
final class MsrTable {
  private static final long ALL = -1L;
  private static final long LOW32 = 0xFFFFFFFFL;

  private final List<MsrRow> rows = new ArrayList<>();
  private final CpuModel model;

  private MsrTable(CpuModel model) {
    this.model = model;
  }

  static List<MsrRow> of(CpuModel model) {
    MsrTable table = new MsrTable(model);
    table.identification();
    table.machineCheck();
    table.power();
    table.memoryTypes();
    table.monitoring();
    model.msrs().forEach(table::differs);
    return List.copyOf(table.rows);
  }

  private void identification() {
    readOnly(0x17, "IA32_PLATFORM_ID", (long) model.platform() << 50);
    open(0x2A, "EBL_CR_POWERON", 0, LOW32);
    readOnly(0xCD, "FSB_FREQ", 0);
    readOnly(0xCE, "PLATFORM_INFO", (long) model.ratio() << 8 | 6L << 40);
    open(0x11E, "BBL_CR_CTL3", 0x101, 0x1FF);
    open(0x1A0, "IA32_MISC_ENABLE", 0x51801, 1L << 34 | 1L << 38 | 0x540009);
    open(0x2E0, "NO_EVICT_MODE", 0, 3);
  }

  private void machineCheck() {
    open(0x0, "P5_MC_ADDR", 0, ALL);
    open(0x1, "P5_MC_TYPE", 0, ALL);
    readOnly(0x179, "IA32_MCG_CAP", 0x806);
    open(0x17A, "IA32_MCG_STATUS", 0, 7);
    for (int bank = 0; bank < 6; bank++) {
      open(0x400 + 4 * bank, "IA32_MC" + bank + "_CTL", 0, ALL);
      open(0x401 + 4 * bank, "IA32_MC" + bank + "_STATUS", 0, ALL);
      open(0x402 + 4 * bank, "IA32_MC" + bank + "_ADDR", 0, ALL);
      open(0x403 + 4 * bank, "IA32_MC" + bank + "_MISC", 0, ALL);
    }
  }

  private void power() {
    long ratio = model.ratio();
    open(0xE2, "PKG_CST_CONFIG_CONTROL", 0, LOW32);
    open(0xE4, "PMG_IO_CAPTURE_BASE", 0, LOW32);
    open(0x120, "POWER_MISC", 0, LOW32);
    readOnly(0x198, "IA32_PERF_STATUS", ratio << 8 | 0x3B);
    open(0x199, "IA32_PERF_CTL", ratio << 8 | 0x3B, 1L << 32 | 0xFFFF);
    open(0x19A, "IA32_CLOCK_MODULATION", 0, 0x1E);
    open(0x19B, "IA32_THERM_INTERRUPT", 0, 0x1FFFF1F);
    open(0x19C, "IA32_THERM_STATUS", 0x88330000L, 0xAAA);
    open(0x1A2, "TEMPERATURE_TARGET", 0x690000, 0x3F000000);
    open(0x1B0, "IA32_ENERGY_PERF_BIAS", 6, 15);
    open(0x1FC, "POWER_CTL", 0, LOW32);
    readOnly(0x606, "RAPL_POWER_UNIT", 0x505);
    open(0x610, "PKG_POWER_LIMIT", 0, ALL);
    readOnly(0x611, "PKG_ENERGY_STATUS", 0);
    readOnly(0x639, "PP0_ENERGY_STATUS", 0);
    open(0x668, "CC6_DEMOTION_POLICY_CONFIG", 0, ALL);
    open(0x669, "MC6_DEMOTION_POLICY_CONFIG", 0, ALL);
    readOnly(0x66A, "IACORE_RATIOS", ratio << 16 | 6 << 8 | 6);
    readOnly(0x66B, "IACORE_VIDS", 0x3B << 16 | 0x2A << 8 | 0x2A);
    readOnly(0x66C, "IACORE_TURBO_RATIOS", ratio * 0x01010101L);
    readOnly(0x66D, "IACORE_TURBO_VIDS", 0x3B3B3B3BL);
  }

  private void memoryTypes() {
    long address = (1L << model.physicalBits()) - 4096;
    readOnly(0xFE, "IA32_MTRRCAP", 0xD08);
    strict(0x1F2, "IA32_SMRR_PHYSBASE", 0, 0xFFFFF0FFL);
    strict(0x1F3, "IA32_SMRR_PHYSMASK", 0, 0xFFFFF800L);
    for (int i = 0; i < 8; i++) {
      strict(0x200 + 2 * i, "IA32_MTRR_PHYSBASE" + i, 0, address | 0xFF);
      strict(0x201 + 2 * i, "IA32_MTRR_PHYSMASK" + i, 0, address | 0x800);
    }
    for (int number :
        new int[] {0x250, 0x258, 0x259, 0x268, 0x269, 0x26A, 0x26B, 0x26C, 0x26D, 0x26E, 0x26F}) {
      strict(number, "IA32_MTRR_FIX_" + Integer.toHexString(number), 0, ALL);
    }
    strict(0x2FF, "IA32_MTRR_DEF_TYPE", 0, 0xCFF);
  }

  private void monitoring() {
    open(0x1DB, "LASTBRANCH_FROM_IP", 0, 0);
    open(0x1DC, "LASTBRANCH_TO_IP", 0, 0);
    open(0x1DD, "LER_FROM_LIP", 0, 0);
    open(0x1DE, "LER_TO_LIP", 0, 0);
    open(0x1C9, "LASTBRANCH_TOS", 0, 7);
    readOnly(0x345, "IA32_PERF_CAPABILITIES", 0);
    open(0x38D, "IA32_FIXED_CTR_CTRL", 0, 0xBBB);
    readOnly(0x38E, "IA32_PERF_GLOBAL_STATUS", 0);
    open(0x38F, "IA32_PERF_GLOBAL_CTRL", 0, 7L << 32 | 3);
    open(0x390, "IA32_PERF_GLOBAL_OVF_CTRL", 0, 0);
  }

  /** A row of the model replaces the family's. */
  private void differs(MsrRow row) {
    rows.removeIf(family -> family.number() == row.number());
    if (row.rule() != Rule.ABSENT) {
      rows.add(row);
    }
  }

  private void readOnly(int number, String name, long value) {
    rows.add(new MsrRow(number, name, value, 0, Rule.READ_ONLY));
  }

  private void open(int number, String name, long reset, long writable) {
    rows.add(new MsrRow(number, name, reset, writable, Rule.LENIENT));
  }

  private void strict(int number, String name, long reset, long writable) {
    rows.add(new MsrRow(number, name, reset, writable, Rule.STRICT));
  }
}
