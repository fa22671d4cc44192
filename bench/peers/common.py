"""What the drivers of the Python peers share: the problem from raw files, a clock that can stand still, a curve and what it reached.

A driver reads one JSON object from standard input (see python.mjs) and prints one to standard output.
"""
import json
import os
import sys
import time

import numpy as np


class OutOfTime(Exception):
    pass


class Problem:
    def __init__(self):
        self.__dict__.update(json.load(sys.stdin))
        at = lambda name, dtype: np.fromfile(os.path.join(self.folder, name), dtype=dtype)
        values = at("values", np.float32 if self.bits == 32 else np.float64)
        if self.sparse:
            import scipy.sparse

            shape = (self.rows, self.columns)
            self.X = scipy.sparse.csr_matrix((values, at("indices", np.int32), at("indptr", np.int32)), shape=shape)
        else:
            self.X = values.reshape(self.rows, self.columns)
        # Two classes are -1 and 1, more of them 0, 1, 2, ...
        self.y = at("targets", np.float64).astype(np.int64)

    def objective(self, W, b):
        """In float64, W of columns x outputs, whatever precision it was found in; blocks of rows, so that X needs no copy."""
        W, b = np.asarray(W, np.float64).reshape(self.columns, -1), np.asarray(b, np.float64).reshape(-1)
        total = 0.0
        for start in range(0, self.rows, 4096):
            Z = np.asarray(self.X[start : start + 4096].astype(np.float64) @ W) + b
            y = self.y[start : start + 4096]
            if self.outputs == 1:
                total += np.logaddexp(0, -y * Z[:, 0]).sum()
            else:
                most = Z.max(axis=1)
                total += (most + np.log(np.exp(Z - most[:, None]).sum(axis=1)) - Z[np.arange(len(y)), y]).sum()
        return total / self.rows + 0.5 * self.l2 * float((W * W).sum())


class Curve:
    """Seconds and objectives of one run, each better than all before; `points` beside them where they have to be looked at again."""

    def __init__(self, limit):
        self.limit, self.seconds, self.values, self.points = limit, [], [], []
        self.began, self.idle, self.timed_out = time.perf_counter(), 0.0, False

    def record(self, value, point=None):
        """`point` makes the parameters; what it takes is not counted."""
        now = time.perf_counter()
        spent = now - self.began - self.idle
        if not self.values or value < self.values[-1]:
            self.seconds.append(spent)
            self.values.append(float(value))
            self.points.append(None if point is None else point())
        self.idle += time.perf_counter() - now
        if spent > self.limit:
            self.timed_out = True
            raise OutOfTime

    def reached(self, targets, objective=None):
        """Seconds to each target; by bisection on the true objective where one is given, since the values were summed in float32."""
        found = {}
        for name, target in targets.items():
            low, high = 0, len(self.values)
            while low < high:
                middle = (low + high) // 2
                value = self.values[middle] if objective is None else objective(*self.points[middle])
                low, high = (low, middle) if value <= target else (middle + 1, high)
            found[name] = self.seconds[low] if low < len(self.values) else None
        return found

    def last(self, objective=None):
        return self.values[-1] if objective is None else objective(*self.points[-1])


def answer(problem, run, objective=None, **about):
    """Runs once, and again up to five times while that takes less than 3 seconds; medians."""
    curves = []
    began = time.perf_counter()
    while not curves or (len(curves) < problem.repeats and time.perf_counter() - began < 3):
        curve = Curve(problem.limit)
        try:
            run(curve)
        except OutOfTime:
            pass
        curves.append(curve)
    reached = [curve.reached(problem.targets, objective) for curve in curves]
    middle = lambda values: float(np.median(values)) if all(value is not None for value in values) else None
    last = curves[-1]
    thin = range(0, len(last.values), max(1, len(last.values) // 50))
    print(
        json.dumps(
            {
                "reached": {name: middle([one[name] for one in reached]) for name in problem.targets},
                "objective": last.last(objective),
                "seconds": last.seconds[-1],
                "timedOut": last.timed_out,
                "repeats": len(curves),
                "curve": [[last.seconds[k], last.values[k]] for k in thin],
                **about,
            }
        )
    )


def blas():
    """OpenBLAS as the process has loaded it: kernels and threads."""
    try:
        from threadpoolctl import threadpool_info

        found = [pool for pool in threadpool_info() if pool["internal_api"] == "openblas"]
        return {"core": found[0]["architecture"], "threads": found[0]["num_threads"], "blas": found[0]["version"]} if found else {}
    except ImportError:
        return {}
