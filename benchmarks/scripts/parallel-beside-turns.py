#!/usr/bin/env python3
"""Runs a guest job that computes on several cores with the cores in turns and at once (--parallel), and prints a table.

    benchmarks/scripts/parallel-beside-turns.py [--runs N] [--cores N] [--steps N]

The job is scaling.c of platform-minnow's tests: as many pieces as cores, done by one core alone and then by all, each in a
loop on registers. Wall seconds are the whole run's, JVM and firmware with it; "job" leaves out a run of the same with
pieces of a few steps. Runs alternate between the two ways; figures are medians.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GUEST = f"{ROOT}/platform-minnow/src/test/guest/e2e"
FEW_STEPS = 10_000
COMPILER = [
    "gcc", "-m32", "-march=i686", "-O1", "-std=gnu11", "-ffreestanding", "-nostdlib", "-fno-pic", "-no-pie",
    "-mgeneral-regs-only", "-fno-stack-protector", "-fcf-protection=none", "-fno-asynchronous-unwind-tables", "-static",
    "-Wl,-N,-Ttext=0x100000,-e,_start,--build-id=none,--no-warn-rwx-segments,-z,noexecstack",
]


def compile_job(folder, cores, steps):
    elf = f"{folder}/job-{steps}.elf"
    defines = [f"-DPIECES={cores}", f"-DSTEPS={steps}u"]
    subprocess.check_call([*COMPILER, *defines, f"{GUEST}/scaling.c", "-o", elf])
    return elf


def run(folder, elf, cores, options):
    """Wall seconds, processor seconds and million instructions of one run."""
    report = f"{folder}/report.json"
    command = [
        f"{ROOT}/bitterling", "boot", "--quiet", "--payload", elf, "--hypervisor", "off", "--cpus", str(cores),
        "--serial", f"{folder}/serial", "--report", report, *options,
    ]
    before = os.times()
    subprocess.check_call(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    after = os.times()
    with open(f"{folder}/serial", encoding="latin-1") as file:
        assert "scaling: same results 1" in file.read()
    with open(report, encoding="utf-8") as file:
        figures = json.load(file)
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return figures["wallSeconds"], processor, figures["guestInstructions"] / 1e6


def median(runs):
    return [statistics.median(column) for column in zip(*runs)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--steps", type=int, default=200_000_000)
    arguments = parser.parse_args()
    ways = {"in turns": [], "at once": ["--parallel"]}
    figures = {(way, steps): [] for way in ways for steps in (FEW_STEPS, arguments.steps)}
    with tempfile.TemporaryDirectory() as folder:
        elves = {steps: compile_job(folder, arguments.cores, steps) for steps in (FEW_STEPS, arguments.steps)}
        for _ in range(arguments.runs):
            for way, steps in figures:
                figures[way, steps].append(run(folder, elves[steps], arguments.cores, ways[way]))
    print(f"{arguments.cores} cores, medians of {arguments.runs}, load average {os.getloadavg()[0]:.1f}")
    print("| | wall s | job s | processor s | million instructions |")
    print("|---|---|---|---|---|")
    for way in ways:
        wall, processor, instructions = median(figures[way, arguments.steps])
        start = median(figures[way, FEW_STEPS])[0]
        print(f"| {way} | {wall:.1f} | {wall - start:.1f} | {processor:.1f} | {instructions:,.0f} |")


if __name__ == "__main__":
    main()
