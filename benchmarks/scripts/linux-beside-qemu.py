#!/usr/bin/env python3
"""Boots Debian's kernel with the checking initrd here and on QEMU's TCG, in turns on this machine, and prints medians.

    benchmarks/scripts/linux-beside-qemu.py [--runs N] [--cpus N] [--append TEXT]

Needs qemu-system-x86_64 (Debian: qemu-system-x86) and what platform-minnow/scripts/linux.sh needs. Wall and processor time
are of the whole process tree, memory is the largest resident set of one process. QEMU emulates another board (q35)
with one host thread per core, as it does by default; its guest sees the host's time.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DISK_BYTES = 16 << 20


def run(command, log):
    """Runs to the end; returns wall seconds, processor seconds and peak resident MiB."""
    start = time.monotonic()
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    with open(log, "rb") as said:
        text = said.read().decode("latin-1")
    if status != 0 or "INIT: done" not in text:
        sys.exit(f"{command[0]} did not get to the end of the checks; see {log}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def qemu(files, disk, options):
    return [
        "qemu-system-x86_64", "-accel", "tcg", "-machine", "q35", "-cpu", "Nehalem", "-smp", str(options.cpus),
        "-m", "2048", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
        "-drive", f"file={disk},format=raw,if=ide,snapshot=on",
        "-kernel", f"{files}/vmlinuz", "-initrd", f"{files}/initrd.gz", "-append", f"console=ttyS0 {options.append}",
    ]


def bitterling(files, disk, options, report):
    return [
        f"{ROOT}/bitterling", "boot", "--cpus", str(options.cpus), "--disk", disk, "--report", report,
        "--max-guest-time", "60s", "--kernel", f"{files}/vmlinuz", "--initrd", f"{files}/initrd.gz",
        "--append", f"console=ttyS0 {options.append}",
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cpus", type=int, default=1)
    parser.add_argument("--append", default="")
    options = parser.parse_args()
    files = subprocess.check_output([f"{ROOT}/platform-minnow/scripts/linux.sh"], text=True).splitlines()[-1]
    work = tempfile.mkdtemp(prefix="bitterling-linux-")
    disk = f"{work}/disk.img"
    with open(disk, "wb") as file:
        file.truncate(DISK_BYTES)
    report = f"{work}/report.json"
    subprocess.run([f"{ROOT}/bitterling", "--version"], stdout=subprocess.DEVNULL, check=True)
    rows = {"bitterling": [], "qemu": []}
    for i in range(options.runs):
        rows["bitterling"].append(run(bitterling(files, disk, options, report), f"{work}/bitterling-{i}.log"))
        rows["qemu"].append(run(qemu(files, disk, options), f"{work}/qemu-{i}.log"))
    print(f"{options.cpus} cores, medians of {options.runs}; load average {os.getloadavg()[0]:.1f}")
    print(f"{'':12}{'wall s':>10}{'cpu s':>10}{'MiB':>8}")
    for name, figures in rows.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*figures))
        print(f"{name:12}{wall:10.1f}{cpu:10.1f}{memory:8.0f}")
    with open(report, encoding="utf-8") as file:
        boot = json.load(file)
    print(f"guest: {boot['guestInstructions']:,} instructions, {boot['guestSeconds']:.3f} s; logs in {work}")


if __name__ == "__main__":
    main()
