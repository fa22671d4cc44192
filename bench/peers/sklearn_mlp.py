"""scikit-learn's multilayer perceptron by Adam, its defaults but for the penalty, epoch by epoch; the objective is told over all rows.

`solver` of the request holds hidden, activation, loss ('softmax' or 'squared'), seed, clock ('wall' or 'processor').
"""
import json
import os
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier, MLPRegressor

warnings.filterwarnings("ignore")
request = json.load(sys.stdin)
setting = request["solver"]
at = lambda name, dtype: np.fromfile(os.path.join(request["folder"], name), dtype=dtype)
X = at("values", np.float32 if request["bits"] == 32 else np.float64).reshape(request["rows"], request["columns"])
y = at("targets", np.float64)
regression = setting["loss"] == "squared"
y = y.astype(X.dtype) if regression else y.astype(np.int64)
batch = min(200, len(y))
clock = time.perf_counter if setting["clock"] == "wall" else time.process_time


def objective(model):
    """mean loss + (l2 / 2) |weights|^2, in float64, in blocks of rows."""
    total = 0.0
    for start in range(0, len(y), 4096):
        H, part = X[start : start + 4096].astype(np.float64), y[start : start + 4096]
        for l, (W, b) in enumerate(zip(model.coefs_, model.intercepts_)):
            H = H @ W.astype(np.float64) + b
            if l + 1 < len(model.coefs_):
                H = np.tanh(H) if setting["activation"] == "tanh" else np.maximum(H, 0)
        if regression:
            total += 0.5 * ((H[:, 0] - part) ** 2).sum()
        else:
            most = H.max(axis=1)
            total += (most + np.log(np.exp(H - most[:, None]).sum(axis=1)) - H[np.arange(len(part)), part]).sum()
    weights = sum(float((W.astype(np.float64) ** 2).sum()) for W in model.coefs_)
    return total / len(y) + 0.5 * request["l2"] * weights


kind = MLPRegressor if regression else MLPClassifier
# Its penalty is alpha / 2 |weights|^2 / (rows of a batch).
model = kind(
    hidden_layer_sizes=setting["hidden"],
    activation=setting["activation"],
    alpha=request["l2"] * batch,
    batch_size=batch,
    random_state=setting["seed"],
)
classes = {} if regression else {"classes": np.arange(request["outputs"])}
curve, spent = [], 0.0
while spent < request["limit"]:
    began = clock()
    model.partial_fit(X, y, **classes)
    spent += clock() - began
    curve.append([spent, objective(model)])
print(json.dumps({"curve": curve, "version": f"scikit-learn {sklearn.__version__}"}))
