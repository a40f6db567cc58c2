#!/usr/bin/env python3
"""Prints the rows of benchmark programs (JSON lines) as a table and writes them as one JSON array."""
import json
import sys


def figure(value):
    if value is None:
        return ""
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.4g}" if abs(value) < 100 else f"{value:.5g}"
    return f"{value:.3e}"


def ratio(value):
    """Ratios near 1 need their digits: 0.9984 is not 0.99."""
    return "" if value is None else f"{value:.4f}" if value < 10 else f"{value:.1f}"


def cells(row):
    show = ratio if row["unit"].startswith("of ") else figure
    if row["value"] is None:
        value, spread, holds = "not there", "", ""
    else:
        value = show(row["value"])
        spread = f"{show(row['spread'][0])} to {show(row['spread'][1])}"
        holds = {True: "yes", False: "NO", None: ""}[row["holds"]]
    return [row["name"], value, row["unit"], spread, row["goal"] or "", holds, row["peer"] or "",
            figure(row["peer_value"]), ratio(row["ratio"])]


def main():
    out, files = sys.argv[1], sys.argv[2:]
    rows = []
    for file in files:
        with open(file) as lines:
            rows += [json.loads(line) for line in lines if line.strip()]
    heading = ["what", "value", "unit", "spread", "goal", "holds", "peer", "its value", "ratio"]
    lines = [heading] + [cells(row) for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heading))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    with_goal = [row for row in rows if row["goal"]]
    there = [row for row in with_goal if row["value"] is not None]
    print(f"\n{sum(row['holds'] for row in there)} of {len(there)} measured goals hold; "
          f"{len(rows) - sum(row['value'] is not None for row in rows)} rows are not there.")
    with open(out, "w") as file:
        json.dump(rows, file, indent=1)
        file.write("\n")


main()
