"""StandardScaler, then LogisticRegression, Ridge, MLPClassifier or MLPRegressor of scikit-learn at their defaults, for bench/quality.mjs."""
import json
import os
import sys
import time
import warnings

import numpy as np
import scipy.sparse
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
request = json.load(sys.stdin)


def read(side):
    shape = request[side]
    at = lambda name, dtype: np.fromfile(os.path.join(request["folder"], f"{side}-{name}"), dtype=dtype)
    values, size = at("values", np.float64), (shape["rows"], shape["columns"])
    if not shape["sparse"]:
        return values.reshape(size), at("target", np.float64)
    return scipy.sparse.csr_matrix((values, at("indices", np.int32), at("indptr", np.int32)), shape=size), at("target", np.float64)


models = {
    "classification": {"linear": LogisticRegression, "mlp": MLPClassifier},
    "regression": {"linear": Ridge, "mlp": MLPRegressor},
}
(X, y), (X_test, y_test) = read("train"), read("test")
options = {"random_state": 0} if request["model"] == "mlp" else {}
model = make_pipeline(
    StandardScaler(with_mean=not request["train"]["sparse"]), models[request["task"]][request["model"]](**options)
)
began = time.perf_counter()
model.fit(X, y)
seconds = time.perf_counter() - began
if request["task"] == "regression":
    answer = {"score": r2_score(y_test, model.predict(X_test)), "logLoss": None}
else:
    answer = {
        "score": accuracy_score(y_test, model.predict(X_test)),
        "logLoss": log_loss(y_test, model.predict_proba(X_test), labels=model[-1].classes_),
    }
print(json.dumps({**answer, "seconds": seconds}))
