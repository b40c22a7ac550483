"""Which encoder turns a product into an embedding, and which margin it is trained with."""

import dataclasses
import math

from flags.define import check, flag


@dataclasses.dataclass(frozen=True)
class Model:
    """An encoder of pictures, titles or both, with its margin heads."""

    modality: str = flag("joint", "What the encoder sees.", choices=("image", "title", "joint"))
    image_encoder: str = flag(
        "small", "Image encoder, such as small, efficientnet_b0 .. b7, resnet50 (docs/models.md)."
    )
    weights: str = flag("none", "Weights of the image encoder: none (random), imagenet, a preset, or a path.")
    image_size: int = flag(128, "Side of the square picture the encoder sees, in pixels.", low=16, high=1024)
    image_pooling: str = flag("avg", "How a feature map becomes a vector.", choices=("avg", "gem"))
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
    embedding_dim: int = flag(0, "Width of a Dense layer after pooling; 0 for none (pool, BatchNorm, L2).", low=0)
    dropout: float = flag(0.1, "Share of features dropped before the embedding in training.", low=0.0, high=0.9)
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
        "Margin head: all classes on every device, each device its share of them, or a random few a step.",
        choices=("replicated", "sharded", "sampled"),
    )
    sampled_share: float = flag(0.1, "Share of the classes that a step of --head=sampled sees.", low=1e-6, high=1.0)
    branch_heads: bool = flag(True, "Give image and title of a joint encoder a margin head of their own.")

    def __post_init__(self):
        check(self)
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

    def _check_adacos(self):
        for name, neutral in (("margin", 0.0), ("margin_class_power", 0.0), ("scale", Model.scale)):
            if getattr(self, name) != neutral:
                raise ValueError(
                    f"--{name}={getattr(self, name):g} has no effect on --margin_loss=adacos, which has no margin and "
                    f"finds its scale itself: give --{name}={neutral:g}, or another --margin_loss."
                )
