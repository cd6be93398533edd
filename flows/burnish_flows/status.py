"""The state of a project: running, due and failed runs, and the champions with date and reason."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from burnish_flows import environment, up_state
from burnish_flows.environment import Project
from burnish_flows.registry.decision import Decision
from burnish_flows.registry.store import Registry
from burnish_flows.retrain.scoring import stand_in
from burnish_flows.scheduling import prefect_runs, prefect_store
from burnish_flows.scheduling.prefect_runs import Deployment, FlowRun, Prefect
from burnish_flows.services import embedded_store
from burnish_flows.services.service import healthy


@dataclass(frozen=True, kw_only=True)
class ServiceStatus:
    """A server or worker."""

    name: str
    address: str
    well: bool
    log: str = ""
    pid: int = 0
    """0: not started by ``burnish up``."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A registered model."""

    name: str
    champion: str
    """Its version; empty: none."""
    since: str = ""
    why: str = ""
    who: str = ""
    frozen: str = ""
    """The reason why promotions are frozen; empty if they are not."""
    open: tuple[str, ...] = ()
    """Versions that wait for a person: ``v3 awaiting``."""
    trouble: str = ""
    """That it has lost its champion, and what to do; empty: it has one, or never had."""
    beaten: str = ""
    """How baselines beat the champion, by the newest retraining that scored both; empty: none does, or none was."""


@dataclass(frozen=True, kw_only=True)
class ProjectStatus:
    """The whole state of a project."""

    services: tuple[ServiceStatus, ...]
    deployments: tuple[Deployment, ...]
    runs: tuple[FlowRun, ...]
    models: tuple[Model, ...]
    offline: bool = False
    """Whether deployments and runs were read from the embedded store, since no server uses it."""
    note: str = ""
    """The reason why this may be incomplete; empty if it is complete."""

    def as_json(self) -> dict[str, object]:
        """As plain JSON values."""
        return asdict(self)


def take(project: Project) -> ProjectStatus:
    """Query all services, without starting or creating anything.

    Where no Prefect server is named or running, its embedded store is read. A server that does not answer has no
    deployments and no runs to report.

    Raises:
        RegistryError: The MLflow store does not answer.
    """
    services = _services(project)
    servers = [service for service in services if service.name == "prefect"]
    known = _query_prefect(servers[-1]) if servers else prefect_store.read(project.home)
    return ProjectStatus(
        services=services,
        deployments=known.deployments,
        runs=known.runs,
        models=_models(environment.tracking_uri(), project),
        offline=not servers,
        note=known.note,
    )


def _models(uri: str, project: Project) -> tuple[Model, ...]:
    if embedded_store.absent(uri):
        return ()
    registry = Registry.existing(uri)
    return tuple(_model(registry, name, project) for name in registry.models())


def _query_prefect(server: ServiceStatus) -> Prefect:
    """Prefect's deployments and runs; the health check needs no account, and a refusal of the rest is reported."""
    try:
        return prefect_runs.asked() if server.well else Prefect()
    except Exception as error:
        fact = str(error).partition("\n")[0] or type(error).__name__
        refused = getattr(getattr(error, "response", None), "status_code", 0) in (401, 403)
        told = f"refuses: {fact}; check PREFECT_API_AUTH_STRING" if refused else f"does not report its runs: {fact}"
        return Prefect(note=f"{server.address} {told}")


def _services(project: Project) -> tuple[ServiceStatus, ...]:
    """The services started by ``burnish up``, then the other servers in use."""
    found = up_state.read(project.home)
    services = [
        ServiceStatus(
            name=name,
            address=told["address"],
            well=healthy(told["health"]),
            log=told["log"],
            pid=int(told["pid"]),
        )
        for name, told in (found.services if found else {}).items()
    ]
    started = {service.address for service in services}
    api, store = os.environ.get("PREFECT_API_URL", "").rstrip("/"), environment.tracking_uri().rstrip("/")
    if api and api.removesuffix("/api") not in started:
        services.append(ServiceStatus(name="prefect", address=api, well=healthy(f"{api}/health")))
    if store not in started:
        well = healthy(f"{store}/health") if store.startswith("http") else True
        store = f"none yet in {missing.parent}" if (missing := embedded_store.absent(store)) else store
        services.append(ServiceStatus(name="mlflow", address=store, well=well))
    return tuple(services)


def _model(registry: Registry, name: str, project: Project) -> Model:
    now = registry.stand(name)
    made = _promotion(now.trail.present, now.champion)
    frozen = now.trail.frozen
    open_ = ((version.number, version.status) for version in now.versions.values())
    return Model(
        name=name,
        champion=now.champion,
        since=made.when if made else "",
        why=made.reason if made else "",
        who=made.who if made else "",
        frozen=frozen.reason if frozen else "",
        open=tuple(f"v{number} {status}" for number, status in open_ if status in ("awaiting", "held")),
        beaten=_beaten(now.trail.present, now.champion),
        trouble=stand_in.without_champion(registry, now, project.cache),
    )


def _promotion(decisions: Sequence[Decision], champion: str) -> Decision | None:
    """The decision that made the present champion."""
    for decision in reversed(decisions):
        if champion and decision.champion_after == champion and decision.champion_before != champion:
            return decision
    return None


def _beaten(decisions: Sequence[Decision], champion: str) -> str:
    """How baselines beat the champion, as far as the decisions know; the newest that knows counts."""
    known = (decision.how_beaten(champion) for decision in reversed(decisions)) if champion else iter(())
    return next((told for told in known if told is not None), "")


def lines(status: ProjectStatus) -> list[str]:
    """The status as lines for a terminal."""
    said = ["services"]
    for service in status.services:
        log = f"  {service.log}" if service.log else ""
        said.append(f"  {service.name:<8} {'up' if service.well else 'DOWN':<5} {service.address}{log}")
    if not any(service.name == "prefect" for service in status.services):
        said.append("  prefect  none: each `burnish retrain` starts its own; `burnish up` starts a permanent one")
    said += [f"  {status.note}"] if status.note else []
    said.append(_deployments(status))
    for deployment in status.deployments:
        when = "paused" if deployment.paused else f"due {_short(deployment.due)}" if deployment.due else "not due"
        said.append(f"  {deployment.name:<24} {when:<20} {', '.join(deployment.schedules)}".rstrip())
    said.append("runs" if status.runs else "runs: none")
    for run in status.runs:
        told = f"  {run.message}" if run.state in ("Failed", "Crashed", "Cancelled") else ""
        said.append(f"  {_short(run.began):<17} {run.flow:<8} {run.state:<10} {run.seconds:8.1f} s  {run.name}{told}")
    said.append("models" if status.models else "models: none")
    for model in status.models:
        said += _model_lines(model)
    return said


def _deployments(status: ProjectStatus) -> str:
    if not status.deployments:
        return "deployments: none; see `burnish deploy --help`"
    return "deployments: nothing starts them now; run `burnish up`" if status.offline else "deployments"


def _model_lines(model: Model) -> list[str]:
    if not model.champion:
        told = model.trouble.replace("has no champion", "NO CHAMPION", 1)
        said = [f"  {told or f'{model.name}: no champion yet'}"]
    else:
        by = f" by {model.who}" if model.who else ""
        since = f" since {_short(model.since)}{by}" if model.since else ""
        said = [f"  {model.name}: v{model.champion}{since}"]
        said += [f"    because {textwrap.shorten(model.why, 110, placeholder=' …')}"] if model.why else []
    said += [f"    WARNING: {told}" for told in model.beaten.split("; ") if told]
    said += [f"    promotions are frozen: {model.frozen}"] if model.frozen else []
    return [*said, *(f"    {one}" for one in model.open)]


def _short(text: str) -> str:
    return text[:16].replace("T", " ")
