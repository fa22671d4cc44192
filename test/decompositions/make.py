"""Writes singular-values.json beside this file: small matrices and their singular values by LAPACK (numpy.linalg.svd)."""
import json
import os

import numpy as np

random = np.random.RandomState(7)


def normal(rows, columns):
    return np.round(random.normal(size=(rows, columns)), 3)


matrices = {
    "tall": normal(30, 8),
    "wide": normal(8, 30),
    "square": normal(12, 12),
    "one column": normal(9, 1),
    "one row": normal(1, 9),
    "of rank 3": normal(20, 3) @ normal(3, 10),
    "sparse": normal(24, 16) * (random.uniform(size=(24, 16)) < 0.2),
    "graded": normal(25, 10) * 10.0 ** -np.arange(10),
    "far from 0": 1000 + normal(20, 6),
    "zero": np.zeros((6, 4)),
}
entries = []
for name, matrix in matrices.items():
    values = np.linalg.svd(matrix, compute_uv=False)
    centered = np.linalg.svd(matrix - matrix.mean(axis=0), compute_uv=False)
    rows, columns = matrix.shape
    entries.append(
        {
            "name": name,
            "rows": rows,
            "columns": columns,
            "values": matrix.ravel().tolist(),
            "singular": values.tolist(),
            "centered": centered.tolist(),
        }
    )
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "singular-values.json"), "w") as file:
    json.dump(entries, file, separators=(",", ":"))
    file.write("\n")
