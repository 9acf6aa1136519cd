"""The tables of frozen_vs_finetuned, in Markdown that is readable as it is."""

from steps import NETWORKS, OURS, PEERS, SIDES, STEPS

NONE = "-"
MIB = 2**20


def number(value):
    """Three places or more, never in powers of ten."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def milliseconds(result):
    return f"{number(result.least * 1e3)} / {number(result.median * 1e3)}" if result else NONE


def speed_up(ours, peer):
    return f"{peer.least / ours.least:.2f} / {peer.median / ours.median:.2f}" if ours and peer else NONE


def mebibytes(result):
    return f"{result.peak_bytes / MIB:.1f}" if result and result.peak_bytes else NONE


def markdown(head, rows):
    """The first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows)]

    def row(cells):
        return "| " + " | ".join([cells[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(cells[1:], widths[1:]))]) + " |"
    rule = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (w + 1) + ":" for w in widths[1:])]) + "|"
    return [row(head), rule, *map(row, rows)]


def columns_of(steps):
    """The peers that have a time, and the sides whose memory is known."""
    present = steps.sides()
    cells = [sides for batches in steps.steps.values() for rows in batches.values() for sides in rows.values()]
    memory = [side for side in present if any(side in sides and sides[side].peak_bytes for sides in cells)]
    return [peer for peer in PEERS if peer in present], memory


def network_table(rows, peers, memory):
    head = ["step", *(f"{SIDES[side]} ms" for side in [OURS, *peers]), *(f"x {PEERS[peer]}" for peer in peers),
            *(f"{SIDES[side]} MiB" for side in memory)]
    lines = []
    for step, sides in rows.items():
        ours = sides.get(OURS)
        lines.append([STEPS[step], *(milliseconds(sides.get(side)) for side in [OURS, *peers]),
                      *(speed_up(ours, sides.get(peer)) for peer in peers), *(mebibytes(sides.get(side)) for side in memory)])
    return markdown(head, lines)


def overview_columns(steps):
    """(step, batch): inference at the least and the largest batch, training at the largest."""
    batches = sorted({batch for rows in steps.steps.values() for batch in rows})
    infer = [("inference", batch) for batch in dict.fromkeys((batches[0], batches[-1]))]
    wanted = infer + [(step, batches[-1]) for step in STEPS if step != "inference"]
    return [(step, batch) for step, batch in wanted
            if any(step in rows.get(batch, {}) for rows in steps.steps.values())]


def overview_cell(sides, peers):
    ours = sides.get(OURS)
    if not ours:
        return NONE
    ratios = [f"{sides[peer].least / ours.least:.2f}" if peer in sides else NONE for peer in peers]
    while ratios and ratios[-1] == NONE:  # of peers that only infer
        ratios.pop()
    return number(ours.least * 1e3) + (f" ({', '.join(ratios)})" if ratios else "")


def overview(steps, peers):
    columns = overview_columns(steps)
    head = ["", *(f"{STEPS[step]} b{batch}" for step, batch in columns)]
    rows = [[NETWORKS[network], *(overview_cell(batches.get(batch, {}).get(step, {}), peers) for step, batch in columns)]
            for network, batches in steps.steps.items()]
    text = "Least milliseconds of graft"
    if peers:
        text += f"; in brackets the speed-up over {', '.join(PEERS[peer] for peer in peers)}"
    return [text + ".", "", *markdown(head, rows)]


def versions(steps):
    """What ran, as the files say."""
    ours = steps.runs[OURS].contexts[0]
    said = [f"graft on {ours.get('graft_device', 'an unknown device')}, threads: {ours.get('graft_threads', 'unknown')}"]
    for peer, name in PEERS.items():
        program = name.removesuffix(" compiled")
        said += [f"{program} {context['version']}" for context in steps.runs[peer].contexts[:1] if "version" in context]
    return "; ".join(dict.fromkeys(said))


def runs_of(rows):
    counts = {len(result.times) for sides in rows.values() for result in sides.values()}
    return " to ".join(str(count) for count in sorted({min(counts), max(counts)}))


def table(steps, machine):
    """All of it; `machine`: lines that say what it ran on."""
    peers, memory = columns_of(steps)
    lines = ["# Frozen and fine-tuned steps", "", *machine, versions(steps) + ".", "", *overview(steps, peers)]
    for network, batches in steps.steps.items():
        for batch, rows in batches.items():
            lines += ["", f"## {NETWORKS[network]}, batch {batch}", "", f"Least / median of {runs_of(rows)} runs.", "",
                      *network_table(rows, peers, memory)]
    if steps.loader:
        lines += ["", "## A picture decoded and resized", ""]
        lines += [f"- {SIDES[side]}: {milliseconds(result)} ms" for side, result in steps.loader.items()]
    if steps.failures():
        lines += ["", "## Not measured", "", *(f"- {failure}" for failure in steps.failures())]
    return "\n".join(lines) + "\n"
