#!/usr/bin/env python3
"""Reads the CSV of `placement_study run`; writes report.md and figures.gp (for gnuplot) to a folder."""
import argparse
import collections
import csv
import os
import statistics

# The algorithms in the figures: label, title, colour, point type.
SERIES = [
    ("greedy", "Greedy", "#999999", 5),
    ("gbto", "GBTO", "#0072b2", 7),
    ("gfbto-rmbrf-high", "GFBTO (the paper's)", "#d55e00", 9),
    ("gfbto-rmbrf+-low", "GFBTO, RMBRF+, low ties", "#e69f00", 11),
    ("refine-plain", "refine, plain model", "#009e73", 13),
    ("refine-fused", "refine, fused model", "#cc79a7", 15),
]
TITLES = {label: title for label, title, _, _ in SERIES}
GFBTO = "gfbto-rmbrf-high"
FIGURES = [
    ("modes", "figure11", "Figure 11: virtual tasks on strong (atcp), weak (atcp-r) or any nodes; "
     "200 tasks, 90 nodes", ""),
    ("tasks", "figure12", "Figure 12: 50 to 300 tasks, 90 nodes", "tasks"),
    ("nodes", "figure13", "Figure 13: 200 tasks, 30 to 80 nodes", "nodes"),
]
MERGES = ["chain", "union"]
# Ratio, the paper's figure, dividend, divisor; OPT is the best known plan of the plain model.
RATIOS = [
    ("GBTO / Greedy", "1.65", "gbto", "greedy"),
    ("GFBTO / GBTO", "1.10", GFBTO, "gbto"),
    ("GBTO / OPT", "0.82", "gbto", "OPT"),
    ("GFBTO / OPT", "0.94", GFBTO, "OPT"),
]


class Run:
    """All rows of one instance at one point of a figure."""

    def __init__(self):
        self.rows = {}

    def value(self, label):
        if label == "OPT":
            return self.number("best_plain")
        row = self.rows.get(label)
        return int(row["profit"]) if row and row["status"] == "ok" else None

    def number(self, column):
        text = next(iter(self.rows.values()))[column]
        return int(text) if text else None

    def tasks(self):
        return self.number("tasks")

    def nodes(self):
        return self.number("nodes")

    def ratio(self, dividend, divisor):
        a, b = self.value(dividend), self.value(divisor)
        return a / b if a is not None and b else None

    def to_bound(self, label):
        row = self.rows.get(label)
        if not row or row["status"] != "ok" or not row["bound"]:
            return None
        return int(row["profit"]) / int(row["bound"])

    def to_best(self, label):
        row = self.rows.get(label)
        if not row or row["status"] != "ok" or not row["best_known"]:
            return None
        return int(row["profit"]) / int(row["best_known"])


def read(path):
    """{(experiment, merge, point): [Run]} with points in the order of the file, and all rows."""
    runs = collections.OrderedDict()
    rows = []
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            rows.append(row)
            key = (row["experiment"], row["merge"], row["point"])
            run = runs.setdefault(key, collections.OrderedDict()).setdefault(row["seed"], Run())
            run.rows[row["algorithm"]] = row
    return {key: list(by_seed.values()) for key, by_seed in runs.items()}, rows


def present(values):
    return [value for value in values if value is not None]


def spread(values, digits=2):
    values = present(values)
    if not values:
        return "not there"
    return (f"{statistics.fmean(values):.{digits}f} "
            f"({min(values):.{digits}f} to {max(values):.{digits}f})")


def mean(values, digits=2):
    values = present(values)
    return f"{statistics.fmean(values):.{digits}f}" if values else "not there"


def table(heading, rows):
    lines = ["| " + " | ".join(heading) + " |", "|" + "---|" * len(heading)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def of_merge(runs, merge, experiment=None):
    """The runs of a merge; an instance that two figures share counts once."""
    seen = {}
    for (at, m, _), list_of_runs in runs.items():
        if m == merge and experiment in (None, at):
            for run in list_of_runs:
                row = next(iter(run.rows.values()))
                seen[row["mode"], row["tasks"], row["nodes"], row["seed"]] = run
    return list(seen.values())


def report(runs, rows, args):
    labels = list(collections.OrderedDict((row["algorithm"], row["model"]) for row in rows).items())
    merges = [merge for merge in MERGES if of_merge(runs, merge)]
    experiments = [name for name, _, _, _ in FIGURES if any(key[0] == name for key in runs)]
    seeds = max(len(list_of_runs) for list_of_runs in runs.values())
    count = sum(len(of_merge(runs, merge)) for merge in merges)
    out = ["# Placement study\n",
           f"{count} instances ({seeds} for each point of a figure), job shapes from {args.shapes}. "
           "Profits are bits per second that stay on one node (edge objective).\n"]
    if any(label == "long-refine-plain" for label, _ in labels):
        out.append(f"refine has {args.budget_ms} ms. OPT is the best known plan of the plain model: "
                   f"the best of a refine of {args.best_ms} ms and of everything else that was "
                   "tried; " + ("the bound says how far from the true optimum it can be at most.\n"
                                if any(row["bound_plain"] for row in rows) else
                                "no plan came with a bound, so how far from the true optimum it is "
                                "is not known.\n"))
    else:
        out.append("OPT is the best plan that was tried in the plain model; without refine it is far "
                   "from the optimum, and ratios to it say little.\n")
    out.append("## The paper's ratios\n\nMean over the instances (smallest to largest).\n")
    # With half a task for each node, most nodes have one cpu: fusing is worth several times as much
    # there as anywhere else, which would hide the rest in a mean.
    usual = {merge: [run for run in of_merge(runs, merge) if run.tasks() > run.nodes()]
             for merge in merges}
    out.append(table(["ratio", "paper"] + merges +
                     [f"{merge}, more tasks than nodes" for merge in merges],
                     [[title, paper] +
                      [spread(run.ratio(a, b) for run in of_merge(runs, merge))
                       for merge in merges] +
                      [spread(run.ratio(a, b) for run in usual[merge]) for merge in merges]
                      for title, paper, a, b in RATIOS]))
    heading = ["ratio", "paper"] + [f"{merge}, {name}" for merge in merges for name in experiments]
    out.append("By experiment (means):\n")
    out.append(table(heading, [[title, paper] + [mean(run.ratio(a, b)
                                                      for run in of_merge(runs, merge, name))
                                                 for merge in merges for name in experiments]
                               for title, paper, a, b in RATIOS]))
    gfbto_above = []
    for (name, merge, point), list_of_runs in runs.items():
        found = present(run.ratio(GFBTO, "OPT") for run in list_of_runs)
        if found and statistics.fmean(found) > 1:
            gfbto_above.append(f"{name} {point} {merge} ({statistics.fmean(found):.2f})")
    if {GFBTO, "long-refine-plain"} <= {label for label, _ in labels}:
        out.append("GFBTO is above OPT on average (the paper: with 50 tasks, and in ATCP) at: " +
                   (", ".join(gfbto_above) or "no point") + ".\n")

    out.append("## All algorithms\n\nRatio of the profit to OPT, to the best known plan of the "
               "algorithm's own model and to that model's bound; median time.\n")
    for merge in merges:
        some = of_merge(runs, merge)
        lines = []
        for label, model in labels:
            times = [float(run.rows[label]["ms"]) for run in some
                     if label in run.rows and run.rows[label]["status"] == "ok"]
            lines.append([label, model, spread((run.ratio(label, "OPT") for run in some), 3),
                          spread((run.to_best(label) for run in some), 3),
                          spread((run.to_bound(label) for run in some), 3),
                          f"{statistics.median(times):.2f} ms" if times else "not there"])
        optimum = [run.value("OPT") / run.number("bound_plain") for run in some
                   if run.value("OPT") and run.number("bound_plain")]
        lines.append(["OPT", "plain", "1", "1", spread(optimum, 4), ""])
        out.append(f"### {merge}\n")
        out.append(table(["algorithm", "model", "to OPT", "to best known", "to bound", "time"], lines))

    left_out = collections.Counter((row["algorithm"], row["note"]) for row in rows
                                   if row["status"] == "left out")
    without = [row for row in rows if row["status"] not in ("ok", "left out")]
    out.append("## Runs without a plan\n")
    if without:
        causes = collections.OrderedDict()
        for row in without:
            key = (row["merge"], row["tasks"], row["nodes"], row["mode"], row["seed"],
                   row["status"], row["note"].replace("|", "/")[:160])
            labels_there = causes.setdefault(key, [])
            if row["algorithm"] not in labels_there:
                labels_there.append(row["algorithm"])
        out.append(f"{len(without)} of {len(rows)}; they count in no ratio.\n")
        out.append(table(["merge", "tasks", "nodes", "virtual tasks", "seed", "what", "cause",
                          "algorithms"],
                         [list(key) + [", ".join(found)] for key, found in causes.items()]))
    else:
        out.append("None: every algorithm gave a plan for every instance.\n")
    for (label, note), runs_left_out in left_out.items():
        out.append(f"Left out: {label} on {runs_left_out} runs ({note}).\n")
    missing = [title for label, title, _, _ in SERIES if label not in dict(labels)]
    if missing:
        out.append("Not there: " + ", ".join(missing) + ".\n")
    return "\n".join(out)


def points(runs, experiment):
    return list(collections.OrderedDict((key[2], None) for key in runs if key[0] == experiment))


def blocks(runs, experiment, merge, measure):
    """{label: rows of `x mean min max`}; bars and points stand side by side around their place."""
    names = points(runs, experiment)
    labels = [label for label, _, _, _ in SERIES
              if any(label in run.rows for key in runs for run in runs[key])]
    if experiment == "modes":
        places, width = {name: i for i, name in enumerate(names)}, 0.8
    else:
        places = {name: float(name) for name in names}
        steps = sorted(places.values())
        width = 0.35 * (steps[1] - steps[0] if len(steps) > 1 else 1)
    found = collections.OrderedDict()
    for i, label in enumerate(labels):
        offset = width * ((i + 0.5) / len(labels) - 0.5)
        for name in names:
            values = present(measure(run, label) for run in runs.get((experiment, merge, name), []))
            if values:
                found.setdefault(label, []).append(
                    f"{places[name] + offset:.4f} {statistics.fmean(values):.5f} "
                    f"{min(values):.5f} {max(values):.5f}")
    return found, places, width / max(1, len(labels))


def style(experiment, label, step):
    _, _, colour, mark = next(series for series in SERIES if series[0] == label)
    if experiment == "modes":
        return (f"using 1:2:3:4:({step * 0.9:.4f}) with boxerrorbars fs solid 0.6 "
                f"border lc '#333333' fc '{colour}'")
    return f"using 1:2:3:4 with yerrorlines lc '{colour}' pt {mark} ps 0.8 lw 1.3"


def figure(runs, experiment, file, title, axis):
    measures = [("of the best known plan, plain model", lambda run, label: run.ratio(label, "OPT")),
                ("of the upper bound, own model", lambda run, label: run.to_bound(label))]
    merges = [merge for merge in MERGES if any(k[0] == experiment and k[1] == merge for k in runs)]
    panels = []
    for what, measure in measures:
        for merge in merges:
            found, places, step = blocks(runs, experiment, merge, measure)
            if found:
                panels.append((what, merge, found, places, step))
    seeds = max(len(found) for key, found in runs.items() if key[0] == experiment)
    lines = ["$nothing << EOD", "0 0 0 0", "EOD"]
    rows = len({panel[0] for panel in panels})
    for number, (what, merge, found, places, step) in enumerate(panels):
        for i, data in enumerate(found.values()):
            lines.append(f"${file}_{number}_{i} << EOD")
            lines += data + ["EOD"]
    for suffix, terminal in ((".svg", "svg size 1300,{h} font 'sans,13' background 'white'"),
                             (".png", "pngcairo size 1300,{h} font 'sans,12'")):
        lines.append("reset")
        lines.append("set terminal " + terminal.format(h=140 + 430 * rows))
        lines.append(f"set output '{file}{suffix}'")
        lines.append(f"set multiplot layout {rows},{len(merges)} margins 0.07,0.985,"
                     f"{0.24 if rows == 1 else 0.15},{0.86 if rows == 1 else 0.92} spacing 0.07,0.11 "
                     f"title \"{title} (mean and range of {seeds} instances)\"")
        lines.append("unset key; set grid ytics lc '#dddddd'; set border 3; set tics nomirror out; "
                     "set bars 0.4")
        for number, (what, merge, found, places, step) in enumerate(panels):
            # Bars start at 0; the panels of a row have one scale.
            shown = [row.split() for panel in panels if panel[0] == what
                     for data in panel[2].values() for row in data]
            low = 0 if experiment == "modes" else min(float(row[2]) for row in shown)
            high = max(float(row[3]) for row in shown)
            if high > 1.8 and low > 0:  # few tasks on many nodes would flatten the rest
                lines.append(f"set logscale y; set ytics (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, "
                             f"1.2, 1.5, 2, 3, 4, 5); set yrange [{low * 0.97}:{high * 1.03}]")
            else:
                lines.append("unset logscale y; set ytics autofreq; "
                             f"set yrange [{int(low * 10) / 10}:{max(1.0, high) + 0.02}]")
            lines.append(f"set title 'jobs merged by {merge}'; set ylabel 'profit, {what}' noenhanced")
            if experiment == "modes":
                lines.append("set xtics (" + ", ".join(f"'{n}' {x}" for n, x in places.items()) +
                             "); set xrange [-0.5:" + f"{len(places) - 0.5}]")
            else:
                xs = list(places.values())
                gap = (xs[1] - xs[0]) / 2 if len(xs) > 1 else 1
                lines.append("set xtics (" + ", ".join(f"'{n}' {x}" for n, x in places.items()) +
                             f"); set xrange [{min(xs) - gap}:{max(xs) + gap}]; "
                             f"set xlabel '{axis}' offset 0,0.6")
            plots = ["1 with lines lc '#555555' dt 2 lw 1"]
            plots += [f"${file}_{number}_{i} {style(experiment, label, step)}"
                      for i, label in enumerate(found)]
            lines.append("plot " + ", \\\n  ".join(plots))
        # One legend for all panels, as a plot of nothing below them.
        lines.append("unset title; unset xlabel; unset ylabel; unset tics; unset border; unset grid; "
                     "set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0; "
                     f"set tmargin at screen {0.11 if rows == 1 else 0.06}; set key center center horizontal samplen 2; "
                     "unset logscale y; set xrange [0:1]; set yrange [10:11]")
        legend = [label for label, _, _, _ in SERIES if any(label in panel[2] for panel in panels)]
        lines.append("plot " + ", \\\n  ".join(
            f"$nothing {style(experiment, label, 1)} title \"{TITLES[label]}\"" for label in legend))
        lines += ["unset multiplot", "unset output"]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("csv")
    parser.add_argument("out", help="folder")
    parser.add_argument("--budget-ms", default="50", help="what refine had, for the text")
    parser.add_argument("--best-ms", default="2000", help="what the long refine had, for the text")
    parser.add_argument("--shapes", default="the counts of the Alibaba trace v2018")
    args = parser.parse_args()
    runs, rows = read(args.csv)
    if not rows:
        raise SystemExit(f"{args.csv}: holds no runs")
    with open(os.path.join(args.out, "report.md"), "w") as file:
        file.write(report(runs, rows, args))
    with open(os.path.join(args.out, "figures.gp"), "w") as file:
        for experiment, name, title, axis in FIGURES:
            if any(key[0] == experiment for key in runs):
                file.write(figure(runs, experiment, name, title, axis))


main()
