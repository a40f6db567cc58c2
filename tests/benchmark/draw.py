#!/usr/bin/env python3
"""Draws distributions of latencies with gnuplot: one SVG for each row, one curve for each side.

usage: draw.py SAMPLES OUT
SAMPLES holds files NAME-SIDE.txt with microseconds, one a line."""
import pathlib
import subprocess
import sys


def draw_exchange(table, out):
    """Bytes of the exchange by the size of the fleet; the table goes with the picture."""
    if not table.exists():
        return 0
    (out / table.name).write_text(table.read_text())
    script = [
        "set terminal svg size 720,420 font 'sans,12'", f"set output '{out / 'exchange.svg'}'",
        "set datafile separator ','", "set title 'an idle agent receives'", "set xlabel 'agents'",
        "set ylabel 'bytes/s'", "set logscale xy", "set grid", "unset key",
        f"plot '{table}' using 1:2 skip 1 with linespoints lw 2",
    ]
    subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)
    return 1


def main():
    samples, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    sides = {}
    for file in sorted(samples.glob("*-*.txt")):
        name, side = file.stem.rsplit("-", 1)
        values = sorted(float(line) for line in file.read_text().split())
        if values:
            sides.setdefault(name, []).append((side, values))
    out.mkdir(parents=True, exist_ok=True)
    for name, curves in sides.items():
        title = name.replace("_", " ")
        script = [
            "set terminal svg size 720,420 font 'sans,12'",
            f"set output '{out / (title.replace(' ', '-').replace(',', '') + '.svg')}'",
            f"set title '{title}'", "set xlabel 'latency, us'",
            "set ylabel 'share of messages within it'", "set logscale x", "set yrange [0:1]",
            "set key bottom right", "set grid",
            "plot " + ", ".join(f"'-' using 1:2 with lines lw 2 title '{side}'" for side, _ in curves),
        ]
        for _, values in curves:
            step = max(1, len(values) // 1000)
            script += [f"{value} {(i + 1) / len(values)}"
                       for i, value in enumerate(values) if i % step == 0 or i == len(values) - 1]
            script.append("e")
        subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)
    pictures = len(sides) + draw_exchange(samples / "exchange.csv", out)
    print(f"{pictures} pictures in {out}")


main()
