#!/usr/bin/env python3
"""Boots systems here and on QEMU's TCG in turns on this machine, from the same media, and prints medians as a table.

    benchmarks/scripts/boots-beside-qemu.py [--runs N] [--append TEXT] [--logs FOLDER] [BOOT...]

BOOT is a name from table() below; by default all but "debian", whose disk only root can make. A boot ends when its text
appears on the serial port. Needs qemu-system-x86_64 (Debian: qemu-system-x86) and what the scripts of platform-minnow need.
Wall and processor time are of the whole process tree, memory is the largest resident set of one process. QEMU emulates
another board (q35) with one host thread per core, as it does by default; its guest sees the host's time, and how many
instructions it ran is not known.
"""
import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DISK_BYTES = 16 << 20
WALL_LIMIT = 1800


@dataclasses.dataclass(frozen=True)
class Boot:
    """The text at the end, and what both programs are given besides; qemu is None where QEMU has no such thing."""

    end: str
    cpus: int
    ours: list
    qemu: list | None


def script(path, *options):
    said = subprocess.check_output([f"{ROOT}/platform-minnow/scripts/{path}", *options], text=True)
    return said.splitlines()[-1]


def drive(disk):
    return ["-drive", f"file={disk},format=raw,if=ide,snapshot=on"]


def boot_sector(hypervisor):
    disk = f"{ROOT}/flash-images/target/classes/guest/bootdisk.img"
    ours = ["--hypervisor", "on" if hypervisor else "off", "--bios-console", "off", "--disk", disk]
    return Boot("bootdisk: hello", 4, ours, None if hypervisor else drive(disk))


def direct(cpus, disk, append, *options):
    files = script("linux.sh", *options)
    text = f"console=ttyS0 init.disks=1 {append}".strip()
    start = ["kernel", f"{files}/vmlinuz", "initrd", f"{files}/initrd.gz", "append", text]
    ours = [f"--{word}" if i % 2 == 0 else word for i, word in enumerate(start)]
    theirs = [f"-{word}" if i % 2 == 0 else word for i, word in enumerate(start)]
    return Boot("INIT: done", cpus, [*ours, "--disk", disk], [*theirs, *drive(disk)])


def isolinux():
    disc = script("systems.sh", "--linux") + "/linux.iso"
    return Boot("INIT: done", 1, ["--hypervisor", "off", "--bios-console", "off", "--cdrom", disc], ["-cdrom", disc])


def grub():
    disc = script("systems.sh") + "/isolinux.iso"
    return Boot("grub> ", 1, ["--payload", "grub", "--hypervisor", "off", "--cdrom", disc], None)


def xen():
    disc = script("systems.sh", "--linux") + "/xen.iso"
    return Boot("INIT: done", 4, ["--payload", "grub", "--hypervisor", "off", "--cdrom", disc], None)


def debian():
    disk = script("debian.sh")
    return Boot("bitterling login: ", 1, ["--hypervisor", "off", "--bios-console", "off", "--disk", disk], drive(disk))


def table(disk, append):
    """The boots by name; media are made only for those that are wanted."""
    return {
        "boot-sector": lambda: boot_sector(False),
        "boot-sector-in-vm": lambda: boot_sector(True),
        "linux-1": lambda: direct(1, disk, append),
        "linux-4": lambda: direct(4, disk, append),
        "linux-i686": lambda: direct(4, disk, append, "--i386"),
        "isolinux": isolinux,
        "grub": grub,
        "xen": xen,
        "debian": debian,
    }


def qemu(boot):
    return [
        "qemu-system-x86_64", "-accel", "tcg", "-machine", "q35", "-cpu", "Nehalem", "-smp", str(boot.cpus),
        "-m", "2048", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot", *boot.qemu,
    ]


def bitterling(boot, report):
    return [
        f"{ROOT}/bitterling", "boot", "--cpus", str(boot.cpus), "--until", boot.end, "--report", report,
        "--max-guest-time", "120s", *boot.ours,
    ]


def has(log, text):
    with open(log, "rb") as said:
        return text.encode() in said.read()


def wait(process, log, end):
    """Status and use of the process; one that knows no text to end at is ended once it has said it."""
    deadline = time.monotonic() + WALL_LIMIT
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            return status, usage
        said = "--until" not in process.args and has(log, end)
        if said or time.monotonic() > deadline:
            process.terminate()
        time.sleep(0.05)


def run(command, log, end):
    """Runs until the text appears; wall seconds, processor seconds and peak resident MiB."""
    start = time.monotonic()
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    status, usage = wait(process, log, end)
    wall = time.monotonic() - start
    if not has(log, end):
        sys.exit(f'{command[0]} ended with {status} and did not say "{end}"; see {log}')
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(name, boot, options):
    """Both programs in turns; one list of figures each."""
    ours, theirs = [], []
    for i in range(options.runs):
        log = f"{options.logs}/{name}"
        ours.append(run(bitterling(boot, f"{log}.json"), f"{log}-bitterling-{i}.log", boot.end))
        if boot.qemu is not None:
            theirs.append(run(qemu(boot), f"{log}-qemu-{i}.log", boot.end))
    return ours, theirs


def line(name, program, figures, rest):
    wall, cpu, memory = (statistics.median(column) for column in zip(*figures))
    load = os.getloadavg()[0]
    print(f"| {name} | {program} | {wall:.1f} | {cpu:.1f} | {memory:.0f} | {rest} | {load:.1f} |", flush=True)


def show(name, figures, logs):
    ours, theirs = figures
    with open(f"{logs}/{name}.json", encoding="utf-8") as file:
        report = json.load(file)
    instructions = report["guestInstructions"] / 1e6
    line(name, "Bitterling", ours, f"{report['guestSeconds']:.2f} | {instructions:,.0f} | {report['averageMips']:.0f}")
    if theirs:
        line("", "QEMU", theirs, " | | ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("boots", nargs="*", metavar="BOOT")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--append", default="", help="more of the kernel's command line")
    parser.add_argument("--logs", default=tempfile.gettempdir() + "/bitterling-boots")
    options = parser.parse_args()
    os.makedirs(options.logs, exist_ok=True)
    disk = f"{options.logs}/disk.img"
    with open(disk, "wb") as file:
        file.truncate(DISK_BYTES)
    boots = table(disk, options.append)
    unknown = [name for name in options.boots if name not in boots]
    if unknown:
        sys.exit(f"unknown boot {unknown[0]}; expected one of: {' '.join(boots)}")
    subprocess.run([f"{ROOT}/bitterling", "--version"], stdout=subprocess.DEVNULL, check=True)
    print(f"medians of {options.runs}; logs in {options.logs}")
    print("| boot | | wall s | processor s | resident MiB | guest s | million instructions | MIPS | load |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in options.boots or [name for name in boots if name != "debian"]:
        show(name, measure(name, boots[name](), options), options.logs)


if __name__ == "__main__":
    main()
