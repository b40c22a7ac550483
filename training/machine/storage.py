"""Whether the machines that train can read where the records are."""


def fault(records: str, tpu: str, workers: int = 1) -> str:
    """Why a folder cannot be read by those that train; empty where nothing speaks against it.

    Args:
      records: --records.
      tpu: --tpu; with another than `local` records are read by the TPU's own host.
      workers: processes that TF_CONFIG names.
    """
    if "://" in records or not records:
        return ""
    if tpu != "local":
        return (
            f"--records={records} is a local path, and the TPU {tpu} reads records on its own host, which does not "
            "have it: copy them to a bucket (gcloud storage cp --recursive) and give --records=gs://..."
        )
    if workers > 1 and not records.startswith("/"):
        return (
            f"--records={records} is relative to the folder that each of the {workers} workers starts in: give a path "
            "that all of them see, such as gs:// or a shared disk."
        )
    return ""
