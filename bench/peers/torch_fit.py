"""PyTorch's L-BFGS with its strong Wolfe search and 10 pairs, float32, on X held densely."""
import numpy as np
import torch

from common import OutOfTime, Problem, answer, blas

problem = Problem()
torch.set_num_threads(problem.threads)
X = problem.X.toarray() if problem.sparse else problem.X
X = torch.from_numpy(np.ascontiguousarray(X, np.float32))
y = torch.from_numpy(problem.y)
signs = y.to(torch.float32)
PATIENCE = 60


def fit(curve, data=X, iterations=100000):
    W = torch.zeros(problem.columns, problem.outputs, requires_grad=True)
    b = torch.zeros(problem.outputs, requires_grad=True)
    options = dict(lr=1, history_size=10, tolerance_grad=0, tolerance_change=0, line_search_fn="strong_wolfe")
    optimizer = torch.optim.LBFGS([W, b], max_iter=iterations, max_eval=10**9, **options)
    worse = 0

    def closure():
        nonlocal worse
        optimizer.zero_grad()
        Z = data @ W + b
        if problem.outputs == 1:
            loss = torch.nn.functional.softplus(-signs[: len(data)] * Z[:, 0]).mean()
        else:
            loss = torch.nn.functional.cross_entropy(Z, y[: len(data)])
        loss = loss + 0.5 * problem.l2 * (W * W).sum()
        loss.backward()
        if curve is not None:
            # In float32 the search goes round in circles at its end.
            worse = 0 if not curve.values or loss.item() < curve.values[-1] else worse + 1
            curve.record(loss.item(), lambda: (W.detach().numpy().copy(), b.detach().numpy().copy()))
            if worse > PATIENCE:
                raise OutOfTime
        return loss

    optimizer.step(closure)


fit(None, X[:64], 3)
about = {**blas(), "threads": torch.get_num_threads()}
answer(problem, fit, problem.objective, version=f"PyTorch {torch.__version__}", **about)
