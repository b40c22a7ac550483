"""Which encoder turns a product into an embedding, and which head it is trained with."""

import dataclasses
import math

from flags.define import check, flag, numbers, widths


@dataclasses.dataclass(frozen=True)
class Model:
    """An encoder of pictures, titles or both, with its heads."""

    modality: str = flag("joint", "What the encoder sees.", choices=("image", "title", "joint"))
    image_encoder: str = flag(
        "small", "Image encoder, such as small, efficientnet_b0 .. b7, resnet50 (docs/models.md)."
    )
    weights: str = flag(
        "none", "Weights of the image encoder: none (random), imagenet, noisy-student, a preset, or a path."
    )
    image_size: int = flag(128, "Side of the square picture the encoder sees, in pixels.", low=16, high=1024)
    image_pooling: str = flag("avg", "How a feature map becomes a vector.", choices=("avg", "gem", "max"))
    image_layers: str = flag(
        "", "Widths of Dense layers after the pooling, such as 256,32, with ReLU between them; empty for none."
    )
    title_encoder: str = flag("tfidf", "Title encoder, such as tfidf, bert, minilm, xlm_roberta (docs/models.md).")
    title_weights: str = flag("none", "Weights of the title encoder: none, a preset, or a Hugging Face folder.")
    title_pooling: str = flag("mean", "How token vectors become one vector.", choices=("mean", "cls"))
    title_tokens: int = flag(64, "Tokens a title is cut to in training.", low=4, high=512)
    title_tokens_inference: int = flag(128, "Tokens a title is cut to in evaluation and inference.", low=4, high=512)
    tfidf_terms: int = flag(25000, "Most frequent terms that TF-IDF keeps.", low=1)
    tfidf_dim: int = flag(1024, "Most principal components of TF-IDF that the title encoder sees.", low=1)
    tfidf_analyzer: str = flag(
        "word", "What a term is: words, pieces of words, or both.", choices=("word", "char_wb", "both")
    )
    tfidf_idf_power: float = flag(1.5, "Power of a term's rarity in TF-IDF; 1 is the usual.", low=0.0, high=4.0)
    tfidf_titles: str = flag(
        "all",
        "Titles that TF-IDF learns its terms from, never their labels: of all records, or of the training folds alone.",
        choices=("all", "train"),
    )
    tfidf_layers: str = flag("1024,512", "Widths of the tfidf encoder's Dense layers, with LeakyReLU between them.")
    embedding_dim: int = flag(0, "Width of a Dense layer after pooling; 0 for none (pool, BatchNorm, L2).", low=0)
    joint_dim: int = flag(
        0, "Width of a Dense layer over picture and title of a joint embedding; 0: side by side.", low=0
    )
    embedding_norm: str = flag(
        "batch", "What stands before an embedding is brought to length 1.", choices=("batch", "none")
    )
    dropout: float = flag(
        0.1,
        "Share of features dropped before the last of --image_layers and before --embedding_dim.",
        low=0.0,
        high=0.9,
    )
    margin_loss: str = flag(
        "arcface",
        "What the margin heads minimise (docs/heads.md).",
        choices=("arcface", "subcenter", "adacos", "curricular"),
    )
    subcenters: int = flag(3, "Centres of each class under --margin_loss=subcenter.", low=2, high=100)
    scale: float = flag(30.0, "Scale s of the margin heads' logits.", low=1.0)
    margin: float = flag(0.5, "Angle m of the margin in radians.", low=0.0, high=math.pi / 2 - 0.01)
    margin_class_power: float = flag(
        0.0, "Power p of margins that fall with the records n of a class as n^-p; 0 for one margin.", low=0.0, high=1.0
    )
    head: str = flag(
        "replicated",
        "ArcMargin with all classes on every device, with its share of them on each, or with a random few a step; or "
        "tuples: no classes, an anchor against one of its group and --negatives others; or linear: a plain classifier "
        "of features of any length (docs/heads.md).",
        choices=("replicated", "sharded", "sampled", "tuples", "linear"),
    )
    class_loss: str = flag(
        "cross_entropy",
        "What is minimised over the logits of classes (docs/heads.md).",
        choices=("cross_entropy", "focal", "gce"),
    )
    focal_gamma: float = flag(2.0, "Power of focal's factor (1 - p)^gamma.", low=0.0, high=10.0)
    gce_q: float = flag(0.7, "Power q of gce's (1 - p^q) / q.", low=0.01, high=1.0)
    level_weights: str = flag(
        "", "Weights of one more loss for each level of the category tree, coarse to fine, such as 0.5,0.5."
    )
    sampled_share: float = flag(0.1, "Share of the classes that a step of --head=sampled sees.", low=1e-6, high=1.0)
    negatives: int = flag(5, "Products drawn at random for each anchor of --head=tuples.", low=1, high=1000)
    learn_scale: bool = flag(False, "Learn scale and bias of the cosines of --head=tuples, else held at 1 and 0.")
    branch_heads: bool = flag(True, "Give image and title of a joint encoder a head of their own.")

    def __post_init__(self):
        check(self)
        self._check_classes()
        if not self.tfidf_widths:
            raise ValueError("--tfidf_layers= is empty: the tfidf encoder needs one layer at least, such as 64,32.")
        if self.image_widths and self.modality == "title":
            raise ValueError(f"--image_layers={self.image_layers} has no effect on --modality=title: leave it out.")
        if self.joint_dim and self.modality != "joint":
            raise ValueError(
                f"--joint_dim={self.joint_dim} is for --modality=joint, not {self.modality}: leave it out."
            )
        loss = f"--margin_loss={self.margin_loss}"
        if self.margin_loss != "arcface" and self.head != "replicated":
            raise ValueError(
                f"{loss} with --head={self.head}: that head has arcface alone. Give --head=replicated, or "
                "--margin_loss=arcface."
            )
        if self.subcenters != Model.subcenters and self.margin_loss != "subcenter":
            raise ValueError(
                f"--subcenters={self.subcenters} has no effect on {loss}: leave it out, or give "
                "--margin_loss=subcenter."
            )
        if self.margin_loss == "adacos":
            self._check_adacos()

    def _check_classes(self):
        if self.class_loss != "cross_entropy" and self.head not in ("replicated", "linear"):
            raise ValueError(
                f"--class_loss={self.class_loss} with --head={self.head}: that head has cross_entropy alone. Give "
                "--head=replicated or --head=linear, or leave it out."
            )
        for name, loss in (("focal_gamma", "focal"), ("gce_q", "gce")):
            if getattr(self, name) != getattr(Model, name) and self.class_loss != loss:
                raise ValueError(
                    f"--{name}={getattr(self, name):g} has no effect on --class_loss={self.class_loss}: leave it out, "
                    f"or give --class_loss={loss}."
                )
        if self.level_weights:
            numbers("level_weights", self.level_weights)
        if self.head != "linear":
            if self.level_weights:
                raise ValueError(
                    f"--level_weights={self.level_weights} with --head={self.head}: give --head=linear, which alone "
                    "has heads for levels, or leave it out."
                )
            return
        for name in ("margin_loss", "scale", "margin", "margin_class_power"):
            if getattr(self, name) != getattr(Model, name):
                raise ValueError(f"--{name}={getattr(self, name)} has no effect on --head=linear: leave it out.")

    def _check_adacos(self):
        for name, neutral in (("margin", 0.0), ("margin_class_power", 0.0), ("scale", Model.scale)):
            if getattr(self, name) != neutral:
                raise ValueError(
                    f"--{name}={getattr(self, name):g} has no effect on --margin_loss=adacos, which has no margin and "
                    f"finds its scale itself: give --{name}={neutral:g}, or another --margin_loss."
                )

    @property
    def image_widths(self) -> tuple[int, ...]:
        """--image_layers as numbers."""
        return widths("image_layers", self.image_layers)

    @property
    def tfidf_widths(self) -> tuple[int, ...]:
        """--tfidf_layers as numbers."""
        return widths("tfidf_layers", self.tfidf_layers)

    @property
    def rows_together(self) -> int:
        """Rows of a batch that the head's loss looks at together: a tuple's, or 1."""
        return 2 + self.negatives if self.head == "tuples" else 1
