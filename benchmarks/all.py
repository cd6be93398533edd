"""The comparisons with other libraries: ``make bench DATA=DIR``, ``make bench-compare BEFORE=FILE``.

Run: python benchmarks/all.py run DIR --out FOLDER [--only NAME …] [--bm3d FOLDER]
     python benchmarks/all.py compare BEFORE.json NOW.json

DIR holds test/ and train/ as the other scripts take them. Each script runs in a process of its own and compares within
it, in turn; what is kept are its records: texts that say what a row is about, and figures. A ratio says how many times
as long the other library (or plain torch) takes. ``run`` writes FOLDER/VERSION.json and a page of tables beside it.
``compare`` shows the rows whose ratio changed by more than a tenth, which is more than what a shared machine does to a
median, and ends with status 1 if any became smaller.
"""

from __future__ import annotations

import argparse
import html
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from burnish.inference.engines import machine

HERE = Path(__file__).parent
CHANGED = 0.1
"""A change of a ratio that is told, as part of it."""

Row = Mapping[str, object]


def scripts(data: Path, bm3d: Path | None) -> dict[str, list[str]]:
    """Name → words of each."""
    test = data / "test"
    eight_bits = {
        "cnn/dncnn:grey-25": ("gaussian-25-grey", test / "BSD68", data / "train" / "BSD400"),
        "super-resolution/span:luma-x2": ("set5-x2", test / "Set5", data / "train" / "T91"),
        "cnn/nafnet:slight-shake": ("camera-shake-slight", test / "Kodak", data / "train" / "T91"),
    }
    found = {
        "engines": ["engines.py", "--picture", str(next((test / "Kodak").iterdir()))],
        "metrics": ["ssim.py"],
        "scikit-image": ["beside_scikit_image.py", "--data", str(data)],
        **{
            f"compression {name}": ["compression.py", name, asked, str(clean), "--data", str(pictures)]
            for name, (asked, clean, pictures) in eight_bits.items()
        },
    }
    if bm3d is not None:
        found["bm3d"] = ["beside_bm3d.py", "--data", str(test / "CBSD68"), "--package", str(bm3d)]
    return {name: [*words, "--json"] for name, words in found.items()}


def run(data: Path, out: Path, only: Sequence[str], bm3d: Path | None) -> int:
    """Run them, and write the records and the page."""
    chosen = {name: words for name, words in scripts(data, bm3d).items() if not only or name.split()[0] in only}
    sections: dict[str, list[Row]] = {}
    for number, (name, words) in enumerate(chosen.items(), 1):
        print(f"{number} of {len(chosen)}: {name} …", file=sys.stderr, flush=True)
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, HERE / words[0], *words[1:]], stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            print(f"{name} failed with status {done.returncode}", file=sys.stderr)
            return 1
        sections[name] = json.loads(done.stdout)
        print(f"{name}: {len(sections[name])} rows in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    record = {
        "burnish": version("burnish"),
        "processor": machine.processor(),
        "versions": machine.versions(),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "sections": sections,
    }
    out.mkdir(parents=True, exist_ok=True)
    place = out / f"{version('burnish')}.json"
    place.write_text(json.dumps(record, indent=2), encoding="utf-8")
    place.with_suffix(".html").write_text(page(record), encoding="utf-8")
    print(f"{place}, and a page beside it")
    return 0


def compare(before: Path, now: Path) -> int:
    """Tell the ratios that changed."""
    old, new = (json.loads(path.read_bytes()) for path in (before, now))
    if old["processor"] != new["processor"]:
        print(f"another processor: {old['processor']}; now {new['processor']}", file=sys.stderr)
    worse = 0
    for name, rows in new["sections"].items():
        former = {about(row): figure(row) for row in old["sections"].get(name, ())}
        for row in rows:
            ratio, other = figure(row), former.get(about(row))
            if not ratio or not other:
                continue
            gain = ratio / other - 1
            if abs(gain) > CHANGED:
                worse += gain < 0
                words = f"{100 * abs(gain):.0f} % {'slower' if gain < 0 else 'faster'} beside the other"
                print(f"{name}: {', '.join(about(row))}: {other:.2f} → {ratio:.2f}, {words}")
    print(f"{worse or 'no'} ratio{'' if worse == 1 else 's'} worse by more than {100 * CHANGED:.0f} %")
    return 1 if worse else 0


def about(row: Row) -> tuple[str, ...]:
    """What a row is about: its texts and whole numbers, in order."""
    return tuple(f"{value}" for value in row.values() if isinstance(value, str | int))


def figure(row: Row) -> float | None:
    """Its ratio; None: it has none, or is about ours alone."""
    if any(text.startswith("burnish") for text in about(row)):
        return None
    ratio = row.get("ratio")
    return float(ratio) if isinstance(ratio, int | float) else None


def page(record: Mapping[str, object]) -> str:
    """The records as tables."""
    head = f"burnish {record['burnish']}, {record['processor']}, {record['made']}"
    sections = record["sections"]
    assert isinstance(sections, dict)
    tables = "\n".join(f"<h2>{html.escape(name)}</h2>\n{''.join(table(rows))}" for name, rows in sections.items())
    style = "body{font:15px sans-serif;margin:2em}td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ddd}"
    title = html.escape(head)
    return (
        f"<!doctype html><meta charset=utf-8><title>{title}</title><style>{style}</style><h1>{title}</h1>\n{tables}\n"
    )


def table(rows: Sequence[Row]) -> Iterator[str]:
    """One table; its columns are those that any row has."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    yield f"<table><tr>{''.join(f'<th>{html.escape(key)}</th>' for key in columns)}</tr>\n"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{html.escape(shown(row.get(key)))}</td>' for key in columns)}</tr>\n"
    yield "</table>"


def shown(value: object) -> str:
    """A value in a cell."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True)
    running = actions.add_parser("run")
    running.add_argument("data", type=Path)
    running.add_argument("--out", type=Path, required=True)
    running.add_argument("--only", nargs="+", default=[], help="engines, metrics, scikit-image, compression, bm3d")
    running.add_argument(
        "--bm3d", type=Path, help="folder with the package bm3d; without it that comparison is left out"
    )
    comparing = actions.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("now", type=Path)
    given = parser.parse_args()
    if given.action == "run":
        return run(given.data, given.out, given.only, given.bm3d)
    return compare(given.before, given.now)


if __name__ == "__main__":
    sys.exit(main())
