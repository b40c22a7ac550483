"""Times a PyTorch DataLoader over a folder of JPEGs: what benchmarks/input_pipeline.py compares with.

    python -m benchmarks.torch_loader <folder> <size> <rounds>

OpenCV decodes, albumentations changes: RandomResizedCrop, flip, colour jitter, coarse dropout; 2 workers, batches of
64. Prints images a second of each round but the first, which warms up, as a JSON list. Needs pip install '.[bench]'.
"""

import glob
import json
import sys
import time

BATCH = 64


class Photographs:
    """Every JPEG of a folder, `repeats` times, decoded and changed when it is asked for."""

    def __init__(self, folder: str, size: int, repeats: int):
        import albumentations

        self.paths = sorted(glob.glob(f"{folder}/*.jpg")) * repeats
        self.change = albumentations.Compose(
            [
                albumentations.RandomResizedCrop(size=(size, size), scale=(0.5, 1.0), ratio=(0.75, 1.33)),
                albumentations.HorizontalFlip(p=0.5),
                albumentations.ColorJitter(brightness=0.15, contrast=0.2, saturation=0.5, hue=0.05, p=1.0),
                albumentations.CoarseDropout(
                    num_holes_range=(8, 8), hole_height_range=(0.05, 0.15), hole_width_range=(0.05, 0.15), p=1.0
                ),
            ]
        )

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, number):
        import cv2

        picture = cv2.cvtColor(cv2.imread(self.paths[number]), cv2.COLOR_BGR2RGB)
        return self.change(image=picture)["image"]


def main(folder: str, size: int, rounds: int, repeats: int) -> None:
    import cv2
    import torch

    cv2.setNumThreads(0)  # as PyTorch's guides advise: the workers are the parallelism
    data = Photographs(folder, size, repeats)
    rates = []
    for _ in range(rounds + 1):
        loader = torch.utils.data.DataLoader(data, batch_size=BATCH, shuffle=True, num_workers=2)
        batches = iter(loader)
        next(batches)  # the workers have started
        begin, seen = time.perf_counter(), 0
        for batch in batches:
            seen += len(batch)
        rates.append(seen / (time.perf_counter() - begin))
    print(json.dumps(rates[1:]))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
