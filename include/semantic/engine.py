"""MetricFlow over the manifest that dbt wrote. It only writes SQL here; the warehouse's own engine runs it."""

from functools import cache
from pathlib import Path
from typing import NoReturn

from dbt_metricflow.cli.dbt_connectors.adapter_backed_client import SupportedAdapterTypes
from metricflow.data_table.mf_table import MetricFlowDataTable
from metricflow.engine.metricflow_engine import MetricFlowEngine
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.sql_plan_renderer import SqlPlanRenderer
from metricflow_semantic_interfaces.protocols.semantic_manifest import SemanticManifest
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup
from metricflow_semantics.sql.sql_bind_parameters import SqlBindParameterSet

from include import transform

NO_PARAMETERS = SqlBindParameterSet()


class _Renderer:
    """What MetricFlow needs to know of a database in order to write SQL for it; it runs nothing."""

    sql_engine_type: SqlEngine = SupportedAdapterTypes.POSTGRES.sql_engine_type
    sql_plan_renderer: SqlPlanRenderer = SupportedAdapterTypes.POSTGRES.sql_plan_renderer

    def query(self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = NO_PARAMETERS) -> MetricFlowDataTable:
        """Refused: this client only writes SQL."""
        self._refuse()

    def execute(self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = NO_PARAMETERS) -> None:
        """Refused: this client only writes SQL."""
        self._refuse()

    def dry_run(self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = NO_PARAMETERS) -> None:
        """Refused: this client only writes SQL."""
        self._refuse()

    def close(self) -> None:
        """Nothing is open."""

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        """The name of a bound value in SQL text."""
        return f"%({bind_parameter_key})s"

    @staticmethod
    def _refuse() -> NoReturn:
        raise RuntimeError("MetricFlow was asked to run SQL; include.semantic runs it through the warehouse.")


@cache
def _load(path: Path, changed_at: int) -> tuple[SemanticManifest, MetricFlowEngine]:
    manifest = parse_manifest_from_dbt_generated_manifest(manifest_json_string=path.read_text())
    return manifest, MetricFlowEngine(SemanticManifestLookup(manifest), _Renderer())


def load() -> tuple[SemanticManifest, MetricFlowEngine]:
    """The manifest of the last build and an engine over it; the project is parsed where none was built yet."""
    path = transform.semantic_manifest()
    if not path.exists():
        transform.parse()
    return _load(path, path.stat().st_mtime_ns)
