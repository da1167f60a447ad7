"""Every provider's script of a kit, run against stand-ins that know the real packages' own signatures.

Run inside the second virtual environment: python providers.py FOLDER, which holds one unpacked kit a route. A call with a
name or an argument that the package does not have fails here; nothing is sent anywhere.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

ENVIRONMENT = {
    "TOGETHER_API_KEY": "x", "FIREWORKS_API_KEY": "x", "FIREWORKS_ACCOUNT_ID": "team", "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "BEDROCK_ROLE_ARN": "arn:aws:iam::123456789012:role/kit",
    "BEDROCK_BUCKET": "bucket", "GOOGLE_CLOUD_PROJECT": "project", "GOOGLE_CLOUD_LOCATION": "us-central1",
    "VERTEX_BUCKET": "bucket",
}  # fmt: skip
ARN = "arn:aws:bedrock:us-east-1:123456789012"
ANSWER = SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content="はい。"))])


def run(folder: Path, *arguments: str) -> str:
    """One command of a kit's script in this process; what it printed."""
    out = io.StringIO()
    for name in ("kit", "local_model"):
        sys.modules.pop(name, None)
    argv, path = ["run.py", *arguments], [str(folder), *sys.path]
    with mock.patch.multiple(sys, argv=argv, path=path), contextlib.redirect_stdout(out):
        try:
            runpy.run_path(str(folder / "run.py"), run_name="__main__")
        except SystemExit as ended:
            assert not ended.code, (folder.name, arguments, out.getvalue())
    return out.getvalue()


def autospecced(client: Any, methods: dict[str, Any]) -> Any:
    """`client` with these methods replaced by stand-ins of the same signature, which answer as told."""
    for dotted, answer in methods.items():
        *way, name = dotted.split(".")
        place = client
        for step in way:
            place = getattr(place, step)
        stood_in = mock.create_autospec(getattr(place, name), return_value=answer)
        setattr(place, name, stood_in)
    return client


@contextlib.contextmanager
def together() -> Iterator[list[tuple[str, ...]]]:
    import together as package

    job = SimpleNamespace(
        id="ft-1", status="completed", x_model_output_name="team/kit", training_file="file-1"
    )
    listed = SimpleNamespace(data=[])
    client = autospecced(
        package.Together(api_key="x"),
        {
            "files.upload": SimpleNamespace(id="file-1"),
            "fine_tuning.estimate_price": SimpleNamespace(estimated_total_price=0.02),
            "fine_tuning.list": listed,
            "fine_tuning.create": job,
            "fine_tuning.retrieve": job,
            "fine_tuning.list_metrics": SimpleNamespace(metrics=[{"step": 1, "train/loss": 2.0}]),
            "fine_tuning.list_events": SimpleNamespace(data=[]),
            "fine_tuning.cancel": job,
            "chat.completions.create": ANSWER,
        },
    )
    with mock.patch.object(package, "Together", lambda **_: client):
        yield [
            ("start", "--yes"),
            ("wait",),
            ("status",),
            ("events",),
            ("infer", "--model", "endpoint"),
            ("cancel",),
        ]


@contextlib.contextmanager
def fireworks() -> Iterator[list[tuple[str, ...]]]:
    import fireworks as package

    job = SimpleNamespace(state="JOB_STATE_COMPLETED", output_model="accounts/team/models/kit", status=None)
    states = iter(["UPLOADING", "READY"] * 4)
    client = autospecced(
        package.Fireworks(api_key="x", account_id="team"),
        {
            "datasets.create": None,
            "datasets.get": None,
            "datasets.upload": None,
            "supervised_fine_tuning_jobs.create": None,
            "supervised_fine_tuning_jobs.get": job,
            "supervised_fine_tuning_jobs.cancel": None,
            "deployments.create": SimpleNamespace(name="accounts/team/deployments/kit"),
            "deployments.delete": None,
            "chat.completions.create": ANSWER,
        },
    )
    client.datasets.get.side_effect = lambda *_, **__: SimpleNamespace(state=next(states))
    with mock.patch.object(package, "Fireworks", lambda **_: client):
        yield [("start", "--yes"), ("wait",), ("serve", "--yes"), ("infer",), ("unserve",), ("cancel",)]


@contextlib.contextmanager
def bedrock() -> Iterator[list[tuple[str, ...]]]:
    """botocore checks every parameter against the service's own model before anything would be sent."""
    from botocore.client import BaseClient

    answers: dict[str, Any] = {
        "CreateModelCustomizationJob": {"jobArn": f"{ARN}:model-customization-job/amazon.nova-micro-v1:0:128k/abcdefghijkl"},
        "GetModelCustomizationJob": {
            "jobName": "kit", "status": "Completed", "outputModelArn": f"{ARN}:custom-model/amazon.nova-micro-v1:0:128k/abcdefghijkl",
            "outputDataConfig": {"s3Uri": "s3://bucket/kit/output/"},
        },
        "CreateCustomModelDeployment": {"customModelDeploymentArn": f"{ARN}:custom-model-deployment/abcdefghijkl"},
        "Converse": {"output": {"message": {"content": [{"text": "はい。"}]}}},
    }  # fmt: skip

    def answered(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        shape = client.meta.service_model.operation_model(operation).input_shape
        if shape is not None and operation != "PutObject":
            from botocore.validate import validate_parameters

            validate_parameters(parameters, shape)
        return answers.get(operation, {})

    with mock.patch.object(BaseClient, "_make_api_call", answered):
        yield [("start", "--yes"), ("wait",), ("serve", "--yes"), ("infer",), ("unserve",), ("cancel",)]


@contextlib.contextmanager
def vertex() -> Iterator[list[tuple[str, ...]]]:
    """google-genai's own types check the configuration; its client and the storage client are stood in for."""
    from google import genai
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage
    from google.genai import types

    done = types.TuningJob(
        name="projects/p/locations/l/tuningJobs/1",
        state=types.JobState.JOB_STATE_SUCCEEDED,
        tuned_model=types.TunedModel(endpoint="projects/p/locations/l/endpoints/1"),
    )
    client = autospecced(
        genai.Client(vertexai=True, project="p", location="us-central1", credentials=AnonymousCredentials()),
        {
            "tunings.tune": done,
            "tunings.list": [],
            "tunings.get": done,
            "tunings.cancel": None,
            "models.generate_content": SimpleNamespace(text="はい。"),
        },
    )
    with (
        mock.patch.object(genai, "Client", lambda **_: client),
        mock.patch.object(storage, "Client", mock.create_autospec(storage.Client)),
    ):
        yield [("start", "--yes"), ("wait",), ("infer", "--base"), ("cancel",)]


CHECKS = {"together": together, "fireworks": fireworks, "bedrock": bedrock, "vertex": vertex}


def main(folder: Path) -> None:
    for route, stood_in in CHECKS.items():
        kit = folder / route
        with mock.patch.dict(os.environ, ENVIRONMENT), stood_in() as commands:
            run(kit, "start", "--dry-run")
            assert not (kit / "state.json").exists()
            for command in commands:
                run(kit, *command)
        assert (kit / "score_sheet.csv").exists()
        state = json.loads((kit / "state.json").read_text(encoding="utf-8"))
        assert state["job"]
        print(f"{route}: {', '.join(command[0] for command in commands)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
