"""Singular values by scikit-learn and SciPy of the matrix that `bench/svd.mjs` has written into a folder; prints one JSON object."""
import json
import sys
import time
from pathlib import Path

import numpy as np
import scipy
import scipy.sparse
import scipy.sparse.linalg
import sklearn
from sklearn.utils.extmath import randomized_svd

folder = Path(sys.argv[1])
problem = json.loads((folder / "problem.json").read_text())
shape = (problem["rows"], problem["columns"])
values = np.fromfile(folder / "values.f64")
if problem["sparse"]:
    indptr = np.fromfile(folder / "indptr.f64").astype(np.int64)
    indices = np.fromfile(folder / "indices.u32", dtype=np.uint32).astype(np.int64)
    x = scipy.sparse.csr_matrix((values, indices, indptr), shape=shape)
else:
    x = values.reshape(shape)


def timed(work):
    seconds = []
    for _ in range(problem["rounds"]):
        began = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - began)
    return result, float(np.median(seconds))


def reference(k):
    """To rounding: LAPACK on the Gram matrix of few columns, ARPACK with tolerance 0 otherwise."""
    if not problem["sparse"]:
        return np.sqrt(np.linalg.eigvalsh(x.T @ x)[::-1][:k])
    return np.sort(scipy.sparse.linalg.svds(x, k, tol=0, random_state=0, return_singular_vectors=False))[::-1]


def plane(k):
    """Iterations of LOBPCG (plane search for the vector, the residual and the last step, all k at once) to a residual of 1e-8 of the largest value."""
    rows = min(shape)
    product = (lambda v: x.T @ (x @ v)) if rows == shape[1] else (lambda v: x @ (x.T @ v))
    operator = scipy.sparse.linalg.LinearOperator((rows, rows), matvec=product, matmat=product, dtype=float)
    start = np.random.RandomState(0).normal(size=(rows, k + 10))
    began = time.perf_counter()
    found, _, history = scipy.sparse.linalg.lobpcg(
        operator, start, tol=1e-8 * reference(1)[0] ** 2, maxiter=200, largest=True, retResidualNormsHistory=True
    )
    seconds = time.perf_counter() - began
    residuals = np.array(history) / found[0]
    good = np.flatnonzero((residuals[:, :k] <= 1e-8).all(axis=1))
    return {"values": np.sqrt(found[:k]).tolist(), "seconds": seconds, "iterations": int(good[0]) if len(good) else None}


results = {}
for k in problem["ranks"]:
    entry = {"reference": reference(k).tolist(), "runs": {}}
    for name, options in [("default", {}), ("20 power iterations", {"n_iter": 20})]:
        (_, found, _), seconds = timed(lambda: randomized_svd(x, k, random_state=0, **options))
        entry["runs"][name] = {"values": found.tolist(), "seconds": seconds}
    if problem["plane"]:
        entry["plane"] = plane(k)
    results[k] = entry
versions = {"numpy": np.__version__, "scipy": scipy.__version__, "sklearn": sklearn.__version__}
print(json.dumps({"versions": versions, "results": results}))
