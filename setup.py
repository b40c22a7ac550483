"""Installs ShelfLens and its commands.

TensorFlow's builds overwrite one another, so the build is chosen by an extra: pip install ".[cpu]", ".[gpu]", ".[tpu]".
"""

from setuptools import setup

VERSION = "0.1.0"

COMMANDS = {
    "convert": "tfrecords_tools.convert",
    "beam-convert": "tfrecords_tools.beam_convert",
    "select": "tfrecords_tools.select",
    "verify": "tfrecords_tools.verify",
    "inspect": "training.inspect",
    "train": "training.train",
    "data-service": "training.data_service",
    "evaluate": "training.evaluate",
    "average": "training.average",
    "rounds": "training.rounds",
    "clean": "training.clean",
    "mine": "training.mine",
    "tau": "training.tau",
    "doctor": "training.doctor",
    "preflight": "training.preflight",
    "embed": "inference.embed",
    "match": "inference.match",
    "report": "inference.report",
    "classify": "inference.classify",
    "ensemble": "inference.ensemble",
    "score": "inference.score",
    "captions": "inference.captions",
    "rank": "inference.rank",
}

TRAINING = [
    "augmentation",
    "averages",
    "cleaning",
    "inputs",
    "machine",
    "recall",
    "rehearsal",
    "staged",
    "steps",
    "weights",
]

KERAS_HUB = ["keras-hub>=0.32", "tensorflow-text>=2.20"]

setup(
    name="shelflens",
    version=VERSION,
    description="Trains encoders that recognise, match and recall products from pictures and titles.",
    long_description=open("README.md", encoding="utf-8").read(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11,<3.14",
    packages=[
        "flags",
        "tfrecords_tools",
        "tfrecords_tools.pairs",
        "models",
        "models.recall",
        "training",
        *(f"training.{room}" for room in TRAINING),
        "inference",
        "inference.chain",
        "inference.classes",
        "inference.recall",
        "inference.ranking",
        "sample_data",
        "benchmarks",
    ],
    package_data={"flags": ["recipes/*.flags", "recipes/*/*.flags", "recipes/*/*.rounds"]},
    install_requires=[
        "absl-py>=2.1",
        "google-crc32c>=1.5",
        "keras>=3.13,<3.16",
        "numpy>=1.26",
        "pandas>=2.2",
        "pillow>=10.3",
        "pyarrow>=15",
        "rapidfuzz>=3.9",
        "safetensors>=0.4",
        "scikit-learn>=1.4",
        "scipy>=1.11",
        "tensorboard>=2.19",
        "threadpoolctl>=3.1",
    ],
    extras_require={
        "cpu": ["tensorflow>=2.20,<2.22", *KERAS_HUB],
        "gpu": ["tensorflow[and-cuda]==2.20.*", *KERAS_HUB],
        # keras-hub and tensorflow-text go in with --no-deps there: either would overwrite the TPU build.
        "tpu": ["tensorflow-tpu==2.19.1", "libtpu==0.0.10"],
        # TPUs of Colab and Kaggle: TensorFlow only reads, Keras computes with JAX (--backend=jax).
        "jax-tpu": ["tensorflow-cpu>=2.20,<2.22", "jax[tpu]"],
        "preflight": ["jax>=0.10.2", "libtpu"],
        # Beam pins older protobuf, Pillow and pyarrow: an environment of its own, see docs/dependencies.md.
        "beam": ["apache-beam>=2.65"],
        "bench": ["torch", "timm", "albumentations>=2.0", "opencv-python-headless", "pytorch-metric-learning"],
        # Approximate search on CPUs.
        "search": ["faiss-cpu>=1.9"],
        "dev": ["jax>=0.7", "pytest>=8", "pytest-xdist>=3.6", "ruff>=0.6"],
    },
    entry_points={
        "console_scripts": [f"shelflens-{name} = {module}:cli" for name, module in COMMANDS.items()],
    },
)
