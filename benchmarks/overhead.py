"""What the flow costs beside the training itself, and whether that grows with what the stores already hold.

    python benchmarks/overhead.py                     # 1, 100 and 1000 earlier runs
    python benchmarks/overhead.py --earlier 1 --steps 3000

Makes a project of its own in a temporary folder, starts its servers with ``burnish up``, fills both stores with
earlier runs (MLflow runs with figures, registered versions, decisions; finished Prefect runs), and for each number of
them retrains twice: once for real, and once with nothing changed. The bare training is ``burnish train``, just before.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "system"))

from workshop import Project, small_project, until


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--earlier", type=int, nargs="+", default=[1, 100, 1000], help="runs in the stores")
    parser.add_argument("--steps", type=int, default=30, help="of the training")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="burnish-overhead-") as folder:
        project = small_project(Path(folder) / "project")
        servers = project.start("up", "--no-worker")
        try:
            until((project.root / ".burnish" / "up.json").exists)
            print(f"{'earlier runs':>12} {'bare':>8} {'retrain':>8} {'more':>8}   {'nothing changed':>15}", flush=True)
            there = 0
            for number, earlier in enumerate(sorted(given.earlier)):
                _fill(project, earlier - there)
                there = earlier
                recipe = project.recipe("r.yaml", given.steps, rate=0.003 + number * 1e-5)
                bare = _seconds(project, "train", recipe, "--out", f"bare-{number}", "--quiet")
                whole = _seconds(project, "retrain", recipe, "--json")
                again = _seconds(project, "retrain", recipe, "--json")
                print(f"{earlier:12d} {bare:7.1f}s {whole:7.1f}s {whole - bare:7.1f}s   {again:14.1f}s", flush=True)
        finally:
            os.killpg(servers.pid, signal.SIGTERM)
            servers.wait()


def _seconds(project: Project, *words: str) -> float:
    begin = time.perf_counter()
    project.burnish(*words)
    return time.perf_counter() - begin


FILL = """
    import sys, json, time, urllib.error, urllib.request, os, uuid
    from pathlib import Path
    from burnish_flows import environment
    from burnish_flows.registry import promotion
    from burnish_flows.registry.decision import GateResult
    environment.prepare(environment.find_project(Path.cwd()))
    from burnish_flows.registry.store import Registry
    registry = Registry.connected(os.environ["BURNISH_STORE"])  # directly: through the server it takes minutes
    client = registry.client
    name = "burnish/tiny"
    found = client.get_experiment_by_name(name)
    experiment = found.experiment_id if found else client.create_experiment(name, environment.artifact_location(
        environment.find_project(Path.cwd())))
    known = {"data_md5": "d", "recipe_digest": "r", "plugins": "p==1", "licence": "Apache-2.0"}
    bad = GateResult(gate="burnish/gain", passed=False, reason="not better", figures={"low": -0.1, "high": 0.1})
    api = os.environ["PREFECT_API_URL"]
    def post(path, body):
        request = urllib.request.Request(f"{api}{path}", data=json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        for pause in (1, 2, 4, 8, None):
            try:
                with urllib.request.urlopen(request) as answer:
                    return json.loads(answer.read())
            except urllib.error.HTTPError as error:  # its SQLite is busy
                if error.code != 503 or pause is None:
                    raise
                time.sleep(pause)
    flow = post("/flows/", {"name": "retrain"})["id"]
    for _ in range(int(sys.argv[1])):
        run = client.create_run(experiment).info.run_id
        for metric in range(6):
            client.log_metric(run, f"m{metric}", 1.0)
        client.set_terminated(run)
        tags = {**known, "fingerprint": uuid.uuid4().hex}
        version = registry.create_version("tiny", source=f"runs:/{run}/model", run_id=run, model_id=None, tags=tags,
                                          card="an earlier run")
        promotion.decide(registry, "tiny", version.number, expected=registry.champion("tiny"), judgements=[bad],
                         reason="not better", who="filler")
        post("/flow_runs/", {"flow_id": flow, "name": uuid.uuid4().hex,
                             "state": {"type": "COMPLETED", "name": "Completed"}})
"""


def _fill(project: Project, count: int) -> None:
    import textwrap

    from workshop import environment

    script = project.root.with_name(f"fill-{uuid.uuid4().hex[:6]}.py")
    script.write_text(textwrap.dedent(FILL))
    words = [sys.executable, str(script), str(count)]
    done = subprocess.run(words, cwd=project.root, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)


if __name__ == "__main__":
    main()
