"""The chart renders what Kubernetes and the operators take, and refuses values that are wrong."""

from __future__ import annotations

import logging
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from streamseg import __version__
from streamseg.environment import load_settings, variables
from streamseg.settings import Settings

from .conftest import BAD, CHART, GOOD, ROOT, Helm, Render

MODELS = {
    ("monitoring.coreos.com/v1", "PodMonitor"): "cloudcoil.models.prometheus_operator.v1",
    ("monitoring.coreos.com/v1", "PrometheusRule"): "cloudcoil.models.prometheus_operator.v1",
    ("keda.sh/v1alpha1", "ScaledObject"): "cloudcoil.models.keda.v1alpha1",
}
each_good = pytest.mark.parametrize("values", GOOD, ids=lambda path: path.stem)
each_bad = pytest.mark.parametrize("values", BAD, ids=lambda path: path.stem)
SCRAM, OAUTH, KEDA, MONITORED = (
    next(path for path in GOOD if path.stem == f"good-{name}")
    for name in ("scram", "oauth", "keda", "monitored")
)


def one(resources: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = [each for each in resources if each["kind"] == kind]
    return found


def pod(resource: dict[str, Any]) -> dict[str, Any]:
    return resource["spec"]["template"]["spec"]


def environment(resource: dict[str, Any]) -> dict[str, str]:
    (container,) = pod(resource)["containers"]
    return {each["name"]: each.get("value", "") for each in container["env"]}


def test_there_are_as_many_files_of_values_as_are_promised() -> None:
    assert (len(GOOD), len(BAD)) == (6, 6)


@each_good
def test_helm_finds_no_fault(helm: Helm, values: Path) -> None:
    done = helm("lint", "--strict", CHART, "--values", values)
    assert done.returncode == 0, done.stdout + done.stderr


@each_bad
def test_wrong_values_are_refused_by_name(helm: Helm, values: Path) -> None:
    done = helm("template", "shop", CHART, "--values", values)
    assert done.returncode != 0
    wrong = {
        "bad-no-rules": "/rules",
        "bad-address": "/kafka/bootstrap",
        "bad-no-password": "/kafka/security/password/secret",
        "bad-misspelt": "replicaCount",
        "bad-open-secret": "SASL_PASSWORD",
        "bad-open-privacy-key": "PRIVACY_KEY",
    }[values.stem]
    assert wrong in done.stderr


@each_good
def test_kubernetes_takes_what_is_its_own(
    render: Render, values: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    own = [each for each in render(values) if (each["apiVersion"], each["kind"]) not in MODELS]
    assert len(own) >= 5
    for resource in own:
        kubernetes_validate.validate(resource, "1.37", strict=True)


def kept(resource: dict[str, Any]) -> dict[str, Any]:
    """What the operator's types keep of it: they drop what they do not know."""
    module = MODELS[resource["apiVersion"], resource["kind"]]
    model = getattr(import_module(module), resource["kind"]).model_validate(resource)
    found: dict[str, Any] = model.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return found


@each_good
def test_operators_take_what_is_theirs(render: Render, values: Path) -> None:
    found = [each for each in render(values) if (each["apiVersion"], each["kind"]) in MODELS]
    assert bool(found) == (values in (KEDA, MONITORED))
    for resource in found:
        assert kept(resource) == resource


def test_a_field_that_an_operator_does_not_know_is_found(render: Render) -> None:
    for resource in (
        one(render(MONITORED), "PodMonitor"),
        one(render(MONITORED), "PrometheusRule"),
        one(render(KEDA), "ScaledObject"),
    ):
        resource["spec"]["selectro"] = {"a": "b"}
        assert kept(resource) != resource, resource["kind"]


@each_good
def test_each_variable_is_a_setting_and_the_worker_takes_them(
    render: Render, values: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = {name for field in Settings.model_fields for name in variables(field)}
    monkeypatch.chdir(tmp_path)
    for name in known:
        monkeypatch.delenv(name, raising=False)
    resources = render(values)
    for resource in (one(resources, "StatefulSet"), one(resources, "Job")):
        found = environment(resource)
        assert found.keys() <= known
        with monkeypatch.context() as patched:
            for name, value in found.items():
                patched.setenv(name, value)
            load_settings()


@each_good
def test_pods_have_as_few_rights_as_can_be(render: Render, values: Path) -> None:
    resources = render(values)
    for spec in (pod(one(resources, "StatefulSet")), pod(one(resources, "Job"))):
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False, "STREAMSEG_X_SERVICE_HOST is no setting"
        assert spec["securityContext"]["runAsNonRoot"] is True
        (container,) = spec["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert not any("emptyDir" in volume for volume in spec.get("volumes", []))


def test_a_secret_is_a_file_and_never_a_variable(render: Render) -> None:
    worker = one(render(SCRAM), "StatefulSet")
    found = environment(worker)
    assert found["STREAMSEG_SASL_PASSWORD_FILE"] == "/etc/streamseg/secrets/password"  # noqa: S105
    assert "STREAMSEG_SASL_PASSWORD" not in found
    (mount,) = [
        each for each in pod(worker)["containers"][0]["volumeMounts"] if each["name"] == "secrets"
    ]
    assert "subPath" not in mount, "a file that is mounted by subPath is never renewed"
    (volume,) = [each for each in pod(worker)["volumes"] if each["name"] == "secrets"]
    paths = [item["path"] for s in volume["projected"]["sources"] for item in s["secret"]["items"]]
    assert paths == ["password", "ca.crt"]


def test_other_rules_restart_the_pods_and_the_former_ones_bring_the_former_pods_back(
    helm: Helm,
) -> None:
    def checksum(rules: str) -> str:
        done = helm(
            "template", "shop", CHART, "--set", f"rules={rules}", "--set", "kafka.bootstrap=k:9092"
        )
        worker = one([each for each in yaml.safe_load_all(done.stdout) if each], "StatefulSet")
        annotations: dict[str, str] = worker["spec"]["template"]["metadata"]["annotations"]
        return annotations["checksum/rules"]

    before, after = checksum("a"), checksum("b")
    assert before != after
    assert checksum("a") == before


def test_the_job_comes_before_the_pods_and_only_looks_where_topics_are_strimzis(
    render: Render,
) -> None:
    own, strimzis = one(render(OAUTH), "Job"), one(render(SCRAM), "Job")
    for job in (own, strimzis):
        assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert pod(own)["containers"][0]["args"][:2] == ["topics", "apply"]
    assert pod(strimzis)["containers"][0]["args"][:2] == ["topics", "plan"]


def test_a_worker_keeps_its_name_over_a_restart(render: Render) -> None:
    worker = one(render(OAUTH), "StatefulSet")
    (name,) = [
        each
        for each in pod(worker)["containers"][0]["env"]
        if each["name"] == "STREAMSEG_GROUP_INSTANCE_ID"
    ]
    assert name["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}


def test_workers_are_asked_by_names_that_stay(render: Render) -> None:
    resources = render(OAUTH)
    worker, service = one(resources, "StatefulSet"), one(resources, "Service")
    assert environment(worker)["STREAMSEG_ADVERTISE"] == (
        "$(STREAMSEG_GROUP_INSTANCE_ID)."
        f"{service['metadata']['name']}.default.svc:{service['spec']['ports'][0]['port']}"
    )
    assert worker["spec"]["serviceName"] == service["metadata"]["name"]
    names = [each["name"] for each in pod(worker)["containers"][0]["env"]]
    at = [names.index(f"STREAMSEG_{one}") for one in ("GROUP_INSTANCE_ID", "ADVERTISE")]
    assert at == sorted(at), "Kubernetes knows only variables that stand before"


def test_the_api_has_its_tokens_from_a_secret_and_the_job_has_none(render: Render) -> None:
    resources = render(MONITORED)
    worker, job = one(resources, "StatefulSet"), one(resources, "Job")
    assert environment(worker)["STREAMSEG_API_TOKENS"] == "/etc/streamseg/api/tokens"
    (volume,) = [each for each in pod(worker)["volumes"] if each["name"] == "api"]
    assert volume["secret"]["secretName"] == "streamseg-tokens"
    assert volume["secret"]["items"] == [{"key": "tokens", "path": "tokens"}]
    (mount,) = [
        each for each in pod(worker)["containers"][0]["volumeMounts"] if each["name"] == "api"
    ]
    assert "subPath" not in mount, "a file that is mounted by subPath is never renewed"
    assert "STREAMSEG_API_TOKENS" not in environment(job)
    assert "STREAMSEG_API_TOKENS" not in environment(one(render(OAUTH), "StatefulSet"))


def test_the_key_of_pseudonyms_is_from_a_secret(render: Render) -> None:
    resources = render(MONITORED)
    worker = one(resources, "StatefulSet")
    assert environment(worker)["STREAMSEG_PRIVACY_KEY_FILE"] == "/etc/streamseg/privacy/key"
    (volume,) = [each for each in pod(worker)["volumes"] if each["name"] == "privacy"]
    assert volume["secret"]["secretName"] == "streamseg-privacy"
    assert volume["secret"]["items"] == [{"key": "privacy-key", "path": "key"}]
    assert "privacy" in [each["name"] for each in pod(worker)["containers"][0]["volumeMounts"]]
    assert "STREAMSEG_PRIVACY_KEY_FILE" not in environment(one(resources, "Job"))
    assert "STREAMSEG_PRIVACY_KEY_FILE" not in environment(one(render(OAUTH), "StatefulSet"))


def test_workers_may_ask_each_other_whoever_else_may(render: Render) -> None:
    resources = render(MONITORED)
    labels = one(resources, "StatefulSet")["spec"]["selector"]["matchLabels"]
    (rule,) = one(resources, "NetworkPolicy")["spec"]["ingress"]
    assert {"podSelector": {"matchLabels": labels}} in rule["from"]
    assert len(rule["from"]) == 2


def test_a_pod_is_looked_after_as_a_worker_needs_it(render: Render) -> None:
    worker = one(render(OAUTH), "StatefulSet")
    assert worker["spec"]["podManagementPolicy"] == "Parallel"
    assert "volumeClaimTemplates" not in worker["spec"], "its state is in Kafka"
    spec = pod(worker)
    (container,) = spec["containers"]
    paths = {
        name: container[f"{name}Probe"]["httpGet"]["path"]
        for name in ("startup", "liveness", "readiness")
    }
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    assert spec["terminationGracePeriodSeconds"] == 60
    assert container["resources"]["requests"]["cpu"] == "1"
    (spread,) = spec["topologySpreadConstraints"]
    assert spread["topologyKey"] == "kubernetes.io/hostname"
    assert environment(worker)["STREAMSEG_SESSION_TIMEOUT"] == "20s"


def test_nodes_are_drained_one_worker_at_a_time(render: Render) -> None:
    assert one(render(OAUTH), "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_a_pod_has_its_name_before_it_is_ready(render: Render) -> None:
    service = one(render(OAUTH), "Service")["spec"]
    assert service["clusterIP"] == "None"
    assert service["publishNotReadyAddresses"] is True


def test_keda_takes_one_worker_away_at_a_time(render: Render) -> None:
    advanced = one(render(KEDA), "ScaledObject")["spec"]["advanced"]
    down = advanced["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
    (policy,) = down["policies"]
    assert (policy["value"], policy["type"]) == (1, "Pods")
    session_s = int(environment(one(render(KEDA), "StatefulSet"))["STREAMSEG_SESSION_TIMEOUT"][:-1])
    assert policy["periodSeconds"] > session_s, "others have taken over by then"


def test_keda_scales_between_one_and_the_partitions(render: Render) -> None:
    resources = render(KEDA)
    scaled = one(resources, "ScaledObject")["spec"]
    assert (scaled["minReplicaCount"], scaled["maxReplicaCount"]) == (2, 16)
    assert "replicas" not in one(resources, "StatefulSet")["spec"], "two would fight over it"


def test_selectors_select_the_workers_and_not_the_job(render: Render) -> None:
    resources = render(MONITORED)
    labels = one(resources, "StatefulSet")["spec"]["template"]["metadata"]["labels"]
    job = one(resources, "Job")["spec"]["template"]["metadata"]["labels"]
    found = {
        "Service": one(resources, "Service")["spec"]["selector"],
        "PodDisruptionBudget": one(resources, "PodDisruptionBudget")["spec"]["selector"][
            "matchLabels"
        ],
        "PodMonitor": one(resources, "PodMonitor")["spec"]["selector"]["matchLabels"],
        "NetworkPolicy": one(resources, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        "StatefulSet": one(resources, "StatefulSet")["spec"]["selector"]["matchLabels"],
    }
    for kind, selector in found.items():
        assert selector.items() <= labels.items(), kind
        assert not selector.items() <= job.items(), kind


def test_the_alerts_in_the_chart_are_those_of_prometheus(render: Render) -> None:
    alerts = yaml.safe_load((ROOT / "deploy/prometheus/rules.yaml").read_text("utf-8"))
    assert one(render(MONITORED), "PrometheusRule")["spec"] == alerts


def test_the_chart_is_of_this_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


@each_good
def test_why_a_worker_ended_is_the_reason_of_its_pod(render: Render, values: Path) -> None:
    resources = render(values)
    for spec in (pod(one(resources, "StatefulSet")), pod(one(resources, "Job"))):
        assert spec["containers"][0]["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_names_are_told_apart(render: Render) -> None:
    for values in GOOD:
        named = Counter((each["kind"], each["metadata"]["name"]) for each in render(values))
        assert max(named.values()) == 1
