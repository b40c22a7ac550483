"""What verification finds in one shard, record by record."""

import dataclasses
from collections import Counter

from tfrecords_tools.manifest import Shard
from tfrecords_tools.record_examination import Examined
from tfrecords_tools.tfrecord_frames import Frame


@dataclasses.dataclass
class Damage:
    """Bytes of a shard that are not as they were written, or records that are not as they should be.

    Attributes:
      record, records: number of the first record hit, from 0, and how many are.
      offset, size: the bytes, in the file.
      id: what the damaged record seems to be, "" where that cannot be told.
      id_before, id_after: ids of the nearest sound records, "" = there is none.
      reason: what is wrong.
      is_lost: False where the record can be read all the same.
    """

    record: int
    records: int
    offset: int
    size: int
    id: str
    id_before: str
    id_after: str
    reason: str
    is_lost: bool = True

    def __str__(self):
        last = self.record + self.records - 1
        numbers = f"record {self.record}" if self.records == 1 else f"records {self.record}-{last}"
        return f"{numbers} at byte {self.offset}: {self.reason}" + f" (its id seems to be {self.id!r})" * bool(self.id)


@dataclasses.dataclass
class ShardReport:
    """What was found in one shard.

    Attributes:
      shard: its line of the manifest.
      bytes, crc32c: of the file; 0 and "" = there is none.
      kinds: usable records per kind, as in the manifest's histogram.
      sides: "image" and "title" count the usable records without them.
      faults: what is wrong with the file as a whole.
      damages: what is wrong in it, by place.
      frames: number of frames in the file, sound or damaged.
      unusable: numbers of the frames whose records are of no use.
    """

    shard: Shard
    bytes: int = 0
    crc32c: str = ""
    kinds: Counter = dataclasses.field(default_factory=Counter)
    sides: Counter = dataclasses.field(default_factory=Counter)
    faults: list[str] = dataclasses.field(default_factory=list)
    damages: list[Damage] = dataclasses.field(default_factory=list)
    frames: int = 0
    unusable: set[int] = dataclasses.field(default_factory=set)
    _stretches: list[Damage] = dataclasses.field(default_factory=list)  # damages that may span several records
    _last_id: str = ""

    @property
    def is_sound(self) -> bool:
        return not self.faults and not self.damages

    @property
    def usable(self) -> int:
        """Number of records that can be read and are as they should be."""
        return self.frames - len(self.unusable)

    def add(self, frame: Frame, examined: Examined) -> None:
        """Counts the next frame of the file."""
        reasons = [frame.damage] * bool(frame.damage) + examined.faults
        is_lost = bool(examined.faults) or not frame.is_readable
        if reasons:
            place = (self.frames, 1, frame.offset, frame.size, examined.id, self._last_id, "")
            self.damages.append(Damage(*place, "; ".join(reasons), is_lost))
            self._stretches += self.damages[-1:] if not (frame.is_readable or frame.record) else []
        if is_lost:
            self.unusable.add(self.frames)
        else:
            self._add_usable(examined)
        self.frames += 1

    def _add_usable(self, examined: Examined) -> None:
        self.kinds.update(examined.kinds)
        self.sides.update(image=examined.without_image, title=examined.without_title)
        self._last_id = examined.id
        for damage in reversed(self.damages):
            if damage.id_after:
                break
            damage.id_after = examined.id

    def finish(self, reason: str = "") -> None:
        """Accounts for the records that the manifest counts and the file does not hold; `reason` says why not.

        Where one stretch of bytes is damaged it held all of them, and the records behind it have higher numbers.
        """
        absent = self.shard.records - self.frames
        if reason and not absent:
            self.faults.append(reason)
        elif absent < 0:
            self.faults.append(f"it holds {self.frames} records, the manifest says {self.shard.records}")
        elif absent and len(self._stretches) == 1:
            self._widen(self._stretches[0], absent)
        elif absent:
            reason = reason or f"the file ends here, but the manifest counts {self.shard.records} records"
            if self._stretches:
                reason += "; which of the damaged places above held several cannot be told"
            offset = self.bytes if self.frames else 0
            self.damages.append(Damage(self.frames, absent, offset, 0, "", self._last_id, "", reason))
        if self.usable == self.shard.records and self._sides() != (self.shard.without_image, self.shard.without_title):
            self.faults.append("the numbers of records without picture or title are not those of the manifest")

    def _widen(self, stretch: Damage, absent: int) -> None:
        stretch.records += absent
        for damage in self.damages[self.damages.index(stretch) + 1 :]:
            damage.record += absent

    def line(self, size: int, crc32c: str) -> Shard:
        """Returns the line of a manifest for a file of the usable records."""
        return Shard(self.shard.file, self.shard.fold, self.usable, size, crc32c, *self._sides())

    def _sides(self) -> tuple[int, int]:
        return self.sides["image"], self.sides["title"]
