#!/usr/bin/env python3
"""Boots systems here and on QEMU's TCG in turns on this machine, from the same media, and prints medians as a table.

    benchmarks/scripts/boots-beside-qemu.py [--runs N] [--append TEXT] [--bochs] [--logs FOLDER] [BOOT...]

BOOT is a name from table() below; by default all but "debian", whose disk only root can make. A boot ends when its text
appears on the serial port. Needs qemu-system-x86_64 (Debian: qemu-system-x86) and what the scripts of platform-minnow need.
With --bochs, boots that use VMX run on Debian's Bochs too (bochs, bochs-term, bochsbios, vgabios), once and until the
machine is off, with its processor corei5_arrandale_m520; that takes some minutes each.
Wall and processor time are of the whole process tree, memory is the largest resident set of one process. QEMU and Bochs
emulate other boards (q35; i440FX); QEMU has one host thread per core, as by default, its guest sees the host's time, and
how many instructions it ran is not known.
"""
import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tty

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DISK_BYTES = 16 << 20
WALL_LIMIT = 1800
BOCHS_WALL_LIMIT = 3 * 3600


@dataclasses.dataclass(frozen=True)
class OnBochs:
    """The disc, and a text before the machine is off: of the processes' last lines its slow serial port loses some."""

    disc: str
    end: str


@dataclasses.dataclass(frozen=True)
class Boot:
    """The text at the end, and what the programs are given besides; qemu and bochs are None where they have no such thing."""

    end: str
    cpus: int
    ours: list
    qemu: list | None
    bochs: OnBochs | None = None


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


def from_bios(disc):
    return ["--hypervisor", "off", "--bios-console", "off", "--cdrom", disc]


def isolinux():
    disc = script("systems.sh", "--linux") + "/linux.iso"
    return Boot("INIT: done", 1, from_bios(disc), ["-cdrom", disc])


def grub():
    disc = script("systems.sh") + "/isolinux.iso"
    return Boot("grub> ", 1, ["--payload", "grub", "--hypervisor", "off", "--cdrom", disc], None)


def kvm():
    disc = script("systems.sh", "--kvm") + "/kvm.iso"
    return Boot("INIT: done", 2, from_bios(disc), None, OnBochs(disc, "reboot: Power down"))


def xen(cpus):
    disc = script("systems.sh", "--linux") + "/xen.iso"
    bochs_run = OnBochs(disc, "Entering ACPI S5 state") if cpus == 1 else None
    return Boot("INIT: done", cpus, from_bios(disc), ["-cdrom", disc], bochs_run)


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
        "kvm": kvm,
        "xen-1": lambda: xen(1),
        "xen-4": lambda: xen(4),
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


BOCHS = """\
config_interface: textconfig
display_library: term
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
cpu: model=corei5_arrandale_m520, count={cpus}, ips=50000000, reset_on_triple_fault=1
memory: guest=1024, host=1024
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path={disc}, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev={log}
clock: sync=none
sound: driver=dummy
log: {log}.bochs
panic: action=fatal
error: action=ignore
info: action=ignore
"""


def bochs(boot, log):
    """Debian's Bochs has its debugger built in, which is told to go on; what the serial port says goes to the log at the end."""
    with open(f"{log}.bochsrc", "w", encoding="utf-8") as file:
        file.write(BOCHS.format(cpus=boot.cpus, disc=boot.bochs.disc, log=log))
    with open(f"{log}.commands", "w", encoding="utf-8") as file:
        file.write("c\n")
    return ["env", "TERM=vt100", "bochs", "-q", "-f", f"{log}.bochsrc", "-rc", f"{log}.commands"]


def terminal(pid):
    """The terminal that Bochs opened to show the screen on; None before it has."""
    try:
        for name in os.listdir(f"/proc/{pid}/fdinfo"):
            with open(f"/proc/{pid}/fdinfo/{name}", encoding="ascii") as file:
                for line in file:
                    if line.startswith("tty-index:"):
                        return f"/dev/pts/{line.split()[1]}"
    except FileNotFoundError:
        pass
    return None


def watch_screen(pid):
    """Reads what Bochs shows on its terminal, which it would wait for sooner or later, until it ends."""
    while (path := terminal(pid)) is None:
        if not os.path.exists(f"/proc/{pid}"):
            return
        time.sleep(0.1)
    screen = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(screen)
    try:
        while os.read(screen, 65536):
            pass
    except OSError:
        pass  # the other end is closed
    os.close(screen)


def has(log, text):
    with open(log, "rb") as said:
        return text.encode() in said.read()


def wait(process, log, end, limit):
    """Status and use of the process; one that knows no text to end at is ended once it has said it."""
    deadline = time.monotonic() + limit
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            return status, usage
        said = end is not None and "--until" not in process.args and has(log, end)
        if said or time.monotonic() > deadline:
            process.terminate()
        time.sleep(0.05)


def run(command, log, end, limit=WALL_LIMIT, beside=None):
    """
    Runs until the text appears, or with None to its end; status, and wall seconds, processor seconds and peak resident MiB.
    beside is called with the process' id meanwhile.
    """
    start = time.monotonic()
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    if beside is not None:
        threading.Thread(target=beside, args=(process.pid,), daemon=True).start()
    status, usage = wait(process, log, end, limit)
    wall = time.monotonic() - start
    return status, (wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def timed(command, log, end):
    """As run; ends this program where the text did not appear."""
    status, figures = run(command, log, end)
    check(command, log, end, status)
    return figures


def check(command, log, end, status):
    if not has(log, end):
        sys.exit(f'{" ".join(command)} ended with {status} and did not say "{end}"; see {log}')


def on_bochs(boot, log):
    """One run on Bochs, until the machine is off."""
    command = bochs(boot, log)
    status, figures = run(command, f"{log}.out", None, BOCHS_WALL_LIMIT, watch_screen)
    check(command, log, boot.bochs.end, status)
    return figures


def measure(name, boot, options):
    """Programs in turns; one list of figures each."""
    ours, theirs, bochs_figures = [], [], []
    for i in range(options.runs):
        log = f"{options.logs}/{name}"
        ours.append(timed(bitterling(boot, f"{log}.json"), f"{log}-bitterling-{i}.log", boot.end))
        if boot.qemu is not None:
            theirs.append(timed(qemu(boot), f"{log}-qemu-{i}.log", boot.end))
    if options.bochs and boot.bochs is not None:
        bochs_figures.append(on_bochs(boot, f"{options.logs}/{name}-bochs.log"))
    return ours, theirs, bochs_figures


def line(name, program, figures, rest):
    wall, cpu, memory = (statistics.median(column) for column in zip(*figures))
    load = os.getloadavg()[0]
    print(f"| {name} | {program} | {wall:.1f} | {cpu:.1f} | {memory:.0f} | {rest} | {load:.1f} |", flush=True)


def show(name, figures, logs):
    ours, theirs, bochs_figures = figures
    with open(f"{logs}/{name}.json", encoding="utf-8") as file:
        report = json.load(file)
    instructions = report["guestInstructions"] / 1e6
    line(name, "Bitterling", ours, f"{report['guestSeconds']:.2f} | {instructions:,.0f} | {report['averageMips']:.0f}")
    if theirs:
        line("", "QEMU", theirs, " | | ")
    if bochs_figures:
        line("", "Bochs", bochs_figures, " | | ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("boots", nargs="*", metavar="BOOT")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--append", default="", help="more of the kernel's command line")
    parser.add_argument("--bochs", action="store_true", help="also on Bochs, what uses VMX")
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
