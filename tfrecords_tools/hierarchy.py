"""Reads the category tree of a catalogue: one row per label, from the coarsest level to the finest."""

from tfrecords_tools import frames


def read(path: str) -> dict[str, tuple[str, ...]]:
    """Returns the category names of each label from a CSV `class_id,level_1,...,level_k`.

    A blank cell means that the label has no category at that level. Where two branches share a name
    ("Men > Tops", "Women > Tops"), write the whole path: equal names are one category.

    Raises:
      ValueError: other columns, or a class_id that appears twice.
    """
    frame = frames.read(path)
    expected = ["class_id"] + [f"level_{i}" for i in range(1, len(frame.columns))]
    if list(frame.columns) != expected or len(expected) < 2:
        raise ValueError(f"{path} has the columns {', '.join(frame.columns)}; expected class_id, level_1, level_2, ...")
    repeated = frame["class_id"][frame["class_id"].duplicated()]
    if len(repeated):
        raise ValueError(f"{path} lists the class_id {repeated.iloc[0]!r} twice; keep one row per label.")
    return {class_id: tuple(levels) for class_id, *levels in frame.itertuples(index=False)}
