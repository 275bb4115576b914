"""The results, as a page in Markdown and as pictures."""

import dataclasses
import json
import math
import os
import platform
import subprocess
from html import escape
from pathlib import Path

from load import Result

Results = dict[str, dict[str, Result]]

TITLES = {
    "get": "one user by id, as an admin",
    "get_key": "the same with an API key",
    "get_many": "one user by id, 128 clients",
    "get_own": "one user by id, as that user",
    "list": "list: first page of 20",
    "page": "list: first page of 100, as an admin",
    "page_support": "the same with five permissions",
    "next": "list: page at nine tenths, by `next`",
    "offset": "list: page at nine tenths, by `offset`",
    "search": "list: search that finds ten",
    "statistics": "statistics of 90 days",
    "sign_in": "sign in (16 clients)",
    "register": "register (16 clients)",
    "create": "create without a password",
    "update": "rename a user",
    "mixed": "nine reads, one rename",
    "refresh": "refresh a session (16 clients)",
    "storm": "one user by id while 16 clients sign in",
    "storm_sign_in": "those sign-ins",
    "crowd": "one user by id, 1,000 clients",
}
# These are also measured among fewer users.
BY_USERS = ("get", "list", "next", "offset", "search", "statistics")
MIB = 1024 * 1024


def write(folder: Path, name: str, results: Results, facts: dict) -> None:
    folder.mkdir(exist_ok=True)
    told = {
        workload: {who: dataclasses.asdict(result) for who, result in by.items()} for workload, by in results.items()
    }
    (folder / f"{name}.json").write_text(json.dumps({"facts": facts, "results": told}, indent=1) + "\n")
    if name == "large":
        (folder / "large.md").write_text(f"# Among ten million users\n\n{machine(facts)}\n\n{by_users(results)}\n")
        return
    (folder / f"{name}.md").write_text(page(name, results, facts))
    (folder / f"{name}-rates.svg").write_text(bars(results))
    (folder / f"{name}-growth.svg").write_text(growth(results))


def page(name: str, results: Results, facts: dict) -> str:
    parts = [
        f"# Measured{' briefly: proves the harness, not the speed' if name == 'quick' else ''}",
        machine(facts),
        "## Targets",
        targets(results, facts),
        "## Side by side",
        f"![requests per second]({name}-rates.svg)",
        ratios(results),
        "### In full",
        details(results),
        "## Growth",
        f"![growth]({name}-growth.svg)",
        by_users(results),
        by_connections(results),
        walk(facts),
        "## Start and memory",
        memory(facts),
    ]
    return "\n\n".join(parts) + "\n"


def machine(facts: dict) -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    told = (
        f"{os.cpu_count()} cores ({model}), shared by load, service and Postgres; {facts['users']:,} users; usher at "
        f"`{commit}`. Each figure is the median of {facts['rounds']}."
    )
    bcrypt = facts.get("bcrypt_seconds")
    if bcrypt:
        told += (
            f" A bcrypt of cost 12, timed beside the sign-ins, takes {bcrypt['alone'] * 1000:.0f} ms alone and "
            f"{bcrypt['together'] * 1000:.0f} ms while every core computes one."
        )
    return told


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in [head, *rows]]
    lines.insert(1, "|---" + "|--:" * (len(head) - 1) + "|")
    return "\n".join(lines)


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio(value: float) -> str:
    return f"{value:,.0f}×" if value >= 20 else f"{value:.2f}×" if value < 2 else f"{value:.1f}×"


def milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def targets(results: Results, facts: dict) -> str:
    def over(workload: str, other: str, of: str | None = None) -> float:
        rate = results[of or workload][other].rate
        return results[workload]["usher"].rate / rate if rate else math.inf

    def cost(workload: str) -> float:
        """The processor time of a request in the service and in Postgres."""
        median = results[workload]["usher"].median
        return (median.service_cpu + median.database_cpu) / max(median.requests, 1)

    def cost_growth(kind: str) -> float:
        """The cost among the most users, divided by that among the fewest."""
        return results[f"users/{smallest}/{kind}"]["usher"].rate / results[f"users/{largest}/{kind}"]["usher"].rate

    smallest, *_, largest = sizes(results)
    cores, storm = os.cpu_count(), results["storm"]["usher"]
    read, select = (max(results[at][who].rate for at in ("get", "get_many")) for who in ("usher", "pgbench"))
    aims = [
        ("get by id ÷ pgbench of the same select, each by as many clients as suit it", read / select, 0.8, "×"),
        ("get by id ÷ FastAPI", over("get", "fastapi"), 30, "×"),
        ("first page of 20 ÷ FastAPI", over("list", "fastapi"), 100, "×"),
        (f"cost of that page with {largest:,} users ÷ with {smallest:,}", cost_growth("list"), -1.2, "×"),
        (f"cost of the statistics with {largest:,} users ÷ with {smallest:,}", cost_growth("statistics"), -1.2, "×"),
        (
            "processor time of get by id with an API key ÷ with a token",
            cost("get_key") / cost("get"),
            -1.1,
            "×",
        ),
        (
            "processor time of a page of 100 with five permissions ÷ as an admin",
            cost("page_support") / cost("page"),
            -1.1,
            "×",
        ),
        ("cost of the page at nine tenths by `next` ÷ of the first", over("list", "usher", "next"), -1.2, "×"),
        ("the same by `offset` ÷ FastAPI", over("offset", "fastapi"), 5, "×"),
        (
            "sign-ins ÷ (cores ÷ time of one bcrypt)",
            results["sign_in"]["usher"].rate / (cores / facts["bcrypt_seconds"]["alone"]),
            0.95,
            "×",
        ),
        ("reads while 16 clients sign in ÷ reads", over("storm", "usher", "get"), 0.4, "×"),
        ("their p99", storm.median.p99, -50, " ms"),
        ("rename ÷ pgbench of the same statements", over("update", "pgbench"), 0.7, "×"),
        ("create without a password ÷ pgbench of the same", over("create", "pgbench"), 0.7, "×"),
        ("memory while idle", facts["memory_idle"]["usher"] / MIB, -40, " MiB"),
        ("memory with 1,000 clients", facts["memory_crowd"]["usher"] / MIB, -120, " MiB"),
        ("from start to the first answer", facts["start_ms"], -100, " ms"),
    ]
    rows = []
    for what, value, bound, unit in aims:
        met = value >= bound if bound > 0 else value <= -bound
        shown = ratio(value) if unit == "×" else f"{number(value)}{unit}"
        wanted = f"{'≥' if bound > 0 else '≤'} {abs(bound):g}{unit}"
        rows.append([what, shown, wanted, "yes" if met else "**no**"])
    return table(["target", "measured", "wanted", "met"], rows)


def sizes(results: Results) -> list[int]:
    return sorted({int(workload.split("/")[1]) for workload in results if workload.startswith("users/")})


def ratios(results: Results) -> str:
    """The ratio of usher's rate to that of another contender."""
    others = list(dict.fromkeys(who for workload in TITLES for who in results.get(workload, {}) if who != "usher"))
    rows = []
    for workload, title in TITLES.items():
        by = results.get(workload, {})
        if "usher" in by:
            cells = [ratio(by["usher"].rate / by[who].rate) if who in by and by[who].rate else "" for who in others]
            rows.append([title, number(by["usher"].rate), *cells])
    return "Requests per second of usher, and how many times what others answer that is.\n\n" + table(
        ["", "usher", *[f"÷ {who}" for who in others]], rows
    )


def details(results: Results) -> str:
    """CPU time is per request; a workload with errors is not a measurement."""
    rows = []
    for workload, title in TITLES.items():
        for who, result in results.get(workload, {}).items():
            median, name = result.median, f"{title}: {who}"
            if result.errors:
                rows.append([name, f"invalid: {result.errors} errors", *[""] * 6])
                continue
            per = [1e6 * used / max(median.requests, 1) for used in (median.service_cpu, median.database_cpu)]
            rows.append(
                [
                    name,
                    number(result.rate),
                    f"{result.spread:.0%}",
                    milliseconds(median.p50),
                    milliseconds(median.p99),
                    *[f"{used:,.0f}" for used in per],
                    f"{median.memory / MIB:.0f}" if median.memory else "",
                ]
            )
    head = ["", "requests/s", "spread", "p50 ms", "p99 ms", "µs of its processor", "µs of Postgres's", "memory MiB"]
    return table(head, rows)


def by_users(results: Results) -> str:
    rows = [
        [f"{size:,}", *[number(results[f"users/{size}/{kind}"]["usher"].rate) for kind in BY_USERS]]
        for size in sizes(results)
    ]
    return "Requests per second by how many users there are:\n\n" + table(["users", *[TITLES[kind] for kind in BY_USERS]], rows)


def connections(results: Results) -> list[tuple[int, Result]]:
    return sorted(
        (int(workload.split("/")[1]), by["usher"])
        for workload, by in results.items()
        if workload.startswith("connections/")
    )


def by_connections(results: Results) -> str:
    rows = [
        [
            f"{clients:,}",
            number(result.rate),
            f"{result.median.p50:.2f}",
            f"{result.median.p99:.2f}",
            str(result.errors),
        ]
        for clients, result in connections(results)
    ]
    return "One user by id, by how many clients ask at once:\n\n" + table(
        ["clients", "requests/s", "p50 ms", "p99 ms", "errors"], rows
    )


def walk(facts: dict) -> str:
    told = facts["walk"]
    tenths = ", ".join(f"{ms:.2f}" for ms in told["tenths_ms"])
    return (
        f"A walk by `next` over all {told['users']:,} users, 100 on a page, met each of them exactly once on "
        f"{told['pages']:,} pages in {told['seconds']:.1f} s. Median time of a page in each tenth of the way: "
        f"{tenths} ms."
    )


def memory(facts: dict) -> str:
    rows = [
        [who, f"{idle / MIB:.0f}", f"{facts['memory_crowd'][who] / MIB:.0f}" if who in facts["memory_crowd"] else ""]
        for who, idle in facts["memory_idle"].items()
    ]
    return (
        f"usher answers {facts['start_ms']:.0f} ms after its start. Resident memory of the service, of all its "
        "processes:\n\n" + table(["", "idle MiB", "1,000 clients MiB"], rows)
    )


COLOURS = {
    "usher": "#c2410c",
    "floor": "#a8a29e",
    "pgbench": "#57534e",
    "fastapi": "#0f766e",
    "fastapi-users": "#1d4ed8",
    "better-auth": "#7e22ce",
}
STYLE = 'font-family="sans-serif" font-size="12" fill="#292524"'


def svg(width: int, height: int, parts: list[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def text(x: float, y: float, what: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {STYLE}>{escape(what.replace("`", ""))}</text>'


def bars(results: Results) -> str:
    """Requests per second on a logarithmic scale: each grid line is ten times the one before."""
    left, right, row = 270, 860, 16
    scale = (right - left) / 6
    parts, y = [], 40
    parts += [text(left + scale * power, 20, f"{10**power:,}/s", "middle") for power in range(6)]
    for workload, title in TITLES.items():
        by = results.get(workload, {})
        if len(by) < 2:
            continue
        parts.append(text(left - 10, y + row * len(by) / 2 + 3, title, "end"))
        for who, result in by.items():
            length = scale * max(math.log10(max(result.rate, 1)), 0.02)
            shown = f"{who}  {number(result.rate)}" + ("  (errors)" if result.errors else "")
            parts.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{row - 3}" fill="{COLOURS[who]}"/>')
            parts.append(text(left + length + 5, y + row - 5, shown))
            y += row
        y += 12
    grid = [f'<path d="M{left + scale * power:.1f} 26V{y}" stroke="#e7e5e4"/>' for power in range(6)]
    return svg(960, y + 10, grid + parts)


def growth(results: Results) -> str:
    """Rate by users and by clients, both axes logarithmic."""
    lines = {
        kind: [(size, results[f"users/{size}/{kind}"]["usher"].rate) for size in sizes(results)]
        for kind in BY_USERS
    }
    clients = {"get": [(count, result.rate) for count, result in connections(results)]}
    return svg(960, 340, chart(60, "requests/s by users", lines) + chart(540, "requests/s by clients", clients))


def chart(left: int, title: str, lines: dict[str, list[tuple[int, float]]]) -> list[str]:
    width, top, bottom = 250, 40, 300
    xs, ys = zip(*[point for points in lines.values() for point in points], strict=True)
    low, high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))
    first, last = math.log10(min(xs)), math.log10(max(xs))

    def x(value: float) -> float:
        return left + width * (math.log10(value) - first) / (last - first)

    def y(value: float) -> float:
        return bottom - (bottom - top) * (math.log10(value) - low) / (high - low)

    parts = [text(left, 22, title)]
    for power in range(low, high + 1):
        parts.append(f'<path d="M{left} {y(10**power):.1f}h{width}" stroke="#e7e5e4"/>')
        parts.append(text(left - 6, y(10**power) + 4, f"{10**power:,}", "end"))
    parts += [text(x(value), bottom + 18, f"{value:,}", "middle") for value in sorted(set(xs))]
    for colour, (kind, points) in zip(COLOURS.values(), lines.items(), strict=False):
        path = " ".join(f"{'L' if at else 'M'}{x(a):.1f} {y(b):.1f}" for at, (a, b) in enumerate(points))
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(text(x(points[-1][0]) + 6, y(points[-1][1]) + 4, TITLES[kind].removeprefix("list: ")))
    return parts
