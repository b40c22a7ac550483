"""Says what this machine can train on, what is wrong with its installation, and what to type next.

python -m training.doctor --records=records

It runs where nothing is installed yet. `--tpu` names a TPU of another host, whose records must not be local.
"""

import importlib.util
import sys

from training import tf_config
from training.machine import advice, environment

_MARKS = {"fault": "wrong", "note": "note", "next": "next"}


def main(records, distribution) -> None:
    """Prints the report; exits with status 1 where something is wrong.

    Args:
      records: flags.data.Records.
      distribution: flags.distribution.Distribution.
    """
    show(records.records, distribution.tpu)


def show(records: str = "", tpu: str = "local") -> None:
    """Reads the environment and prints it with its findings."""
    worker = tf_config.read()
    found = environment.read(records, tpu, len(worker.addresses) if worker else 1)
    findings = advice.advise(found)
    print("\n".join(report(found, findings)))
    if any(finding.kind == "fault" for finding in findings):
        sys.exit(1)


def report(found: environment.Environment, findings: list[advice.Finding]) -> list[str]:
    """The lines that are printed: what there is, what was tried, and the findings with their commands."""
    versions = [f"{name} {version}" for name, version in found.wheels.items()]
    hardware = [f"{kind} {what}" for kind, what in found.hardware.items()]
    lines = [
        f"machine     {found.place}, Python {found.python}",
        f"built in    {', '.join(hardware) or 'no TPU and no GPU'}",
        f"installed   {', '.join(versions) or 'nothing that trains'}",
        f"tensorflow  {_outcome(found.tensorflow)}",
        f"jax         {_outcome(found.jax)}",
    ]
    if found.records:
        lines.append(f"records     {found.records}: {_outcome(found.manifest)}")
    for finding in findings:
        lines.append(f"{_MARKS[finding.kind]:<12}{finding.says}")
        lines += [f"            {command}" for command in finding.command.split(" && ") if finding.kind == "next"]
    return lines


def _outcome(tried) -> str:
    devices = ", ".join(f"{count} {kind}" for kind, count in tried.devices.items())
    return " ".join(part for part in (tried.how, devices and f"and sees {devices}", tried.says) if part)


def cli() -> None:
    if importlib.util.find_spec("absl") is None:  # a fresh clone, where flags cannot be parsed yet
        show()
        return
    from flags import command, data, distribution

    command.run(main, data.Records, distribution.Distribution)


if __name__ == "__main__":
    cli()
