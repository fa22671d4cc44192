"""scikit-learn's LogisticRegression with solver lbfgs or newton-cholesky, tolerances lowered so that only the time ends it."""
import warnings

import numpy as np
import scipy.optimize
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model._glm import _newton_solver

from common import Problem, answer, blas

warnings.filterwarnings("ignore")
problem = Problem()
current = {"curve": None, "scale": 1.0}


def split(coefficients):
    """W of columns x outputs and b, from scikit-learn's vector: the intercept comes last, classes run fastest."""
    table = np.asarray(coefficients, np.float32).reshape(problem.outputs, -1, order="F")
    return table[:, :-1].T.copy(), table[:, -1].copy()


original_minimize = scipy.optimize.minimize


def minimize(function, start, options=None, args=(), **others):
    seen = {}

    def watched(x, *rest):
        value, gradient = function(x, *rest)
        seen["value"] = value
        return value, gradient

    def callback(x):
        keep = (lambda: split(x)) if problem.bits == 32 else None
        current["curve"].record(seen["value"] / problem.rows, keep)

    # The last point evaluated is the accepted one. scikit-learn's own ftol would end the run at about 1e-9 in the sum.
    tight = {**(options or {}), "ftol": 1e-15, "gtol": 1e-9, "maxfun": 10**9}
    watching = current["curve"] is not None
    return original_minimize(watched, start, options=tight, args=args, callback=callback if watching else None, **others)


scipy.optimize.minimize = minimize
solver_class = _newton_solver.NewtonSolver
original_check = solver_class.check_convergence


def check_convergence(self, X, y, sample_weight):
    if current["curve"] is not None:
        current["curve"].record(self.loss_value, None)
    return original_check(self, X, y, sample_weight)


for name in ("NewtonSolver", "NewtonCholeskySolver"):
    getattr(_newton_solver, name).check_convergence = check_convergence


def fit(curve, rows=None):
    model = LogisticRegression(
        C=1 / (problem.rows * problem.l2),
        solver=problem.solver,
        tol=1e-12,
        max_iter=100000,
    )
    current["curve"] = curve
    X, y = (problem.X, problem.y) if rows is None else (problem.X[rows], problem.y[rows])
    model.fit(X, y)


# Imports and thread pools are not what is measured: a few rows of every class first.
fit(None, np.concatenate([np.flatnonzero(problem.y == label)[:3] for label in np.unique(problem.y)]))
objective = problem.objective if problem.bits == 32 and problem.solver == "lbfgs" else None
answer(problem, fit, objective, version=f"scikit-learn {sklearn.__version__}", **blas())
