"""Lends this machine's cores to training: a tf.data service that decodes and changes pictures for a weaker host.

    python -m training.data_service --port=5050                          # dispatcher and first worker
    python -m training.data_service --dispatcher=grpc://10.0.0.2:5050    # one more worker, on another machine
    python -m training.train --data_service=grpc://10.0.0.2:5050 ...

Workers read the records themselves, so the path must be one that they see too, such as gs://. With one worker the order
of examples, and so the training, is the same as without a service; with several the same examples come in the order in
which workers finish them, and a resumed run is not exact.
"""

from flags import command, service


def main(asked: service.Service) -> None:
    dispatcher, worker = start(asked)
    target = dispatcher.target if dispatcher else asked.dispatcher
    print(
        f"Serving; stop with Ctrl-C. Next: python -m training.train --data_service={target} ...\n"
        f"From another machine write its name or address in place of localhost.",
        flush=True,
    )
    worker.join()


def start(asked: service.Service) -> tuple:
    """Starts a worker, and the dispatcher it belongs to unless one is named; gives (dispatcher or None, worker)."""
    import tensorflow as tf

    lib = tf.data.experimental.service
    dispatcher, address = None, asked.dispatcher
    if not address:
        dispatcher = lib.DispatchServer(lib.DispatcherConfig(port=asked.port))
        address = dispatcher.target
    elif not address.startswith("grpc://"):
        raise ValueError(f"--dispatcher={address}: write it with its protocol and port, such as grpc://10.0.0.2:5050.")
    return dispatcher, lib.WorkerServer(lib.WorkerConfig(dispatcher_address=address.removeprefix("grpc://")))


def cli() -> None:
    command.run(main, service.Service)


if __name__ == "__main__":
    cli()
