"""Adam at its defaults: scikit-learn's MLP (batches of 200) or PyTorch (batches of 128), float32, snapshots on the way.

Reads one JSON object from standard input (see ../peers/python.mjs), prints the course: seconds, objective over all rows in float64 of the
network in float32, score on the held-out rows.
"""
import json
import os
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
request = json.load(sys.stdin)
at = lambda name, dtype: np.fromfile(os.path.join(request["folder"], name), dtype=dtype)
columns, hidden, outputs, l2 = (request[name] for name in ("columns", "hidden", "outputs", "l2"))
classes = outputs > 1
X = at("values", np.float32).reshape(-1, columns)
X_test = at("test-values", np.float32).reshape(-1, columns)
y, y_test = (at(name, np.float64) for name in ("targets", "test-targets"))
if classes:
    y, y_test = y.astype(np.int64), y_test.astype(np.int64)
activate = np.tanh if request["activation"] == "tanh" else lambda z: np.maximum(z, 0)
random = np.random.RandomState(request["seed"])
snapshots = []
began = time.perf_counter()
idle = 0.0


def snapshot(layers):
    """Every twentieth of the time so far; what it takes is not counted. False when the time is over."""
    global idle
    now = time.perf_counter()
    spent = now - began - idle
    if not snapshots or spent > 1.05 * snapshots[-1][0] + 0.02:
        snapshots.append((spent, [np.array(one, dtype=np.float32) for one in layers()]))
    idle += time.perf_counter() - now
    return spent < request["limit"]


def forward(data, layers):
    W, b, V, c = layers
    return activate(data @ W + b) @ V + c


def measure(layers):
    Z = forward(X, layers).astype(np.float64)
    if classes:
        most = Z.max(axis=1)
        mean = (most + np.log(np.exp(Z - most[:, None]).sum(axis=1)) - Z[np.arange(len(y)), y]).mean()
        score = (forward(X_test, layers).argmax(axis=1) == y_test).mean()
    else:
        mean = 0.5 * ((Z[:, 0] - y) ** 2).mean()
        score = 1 - ((forward(X_test, layers)[:, 0] - y_test) ** 2).mean() / y_test.var()
    squares = sum(float((one.astype(np.float64) ** 2).sum()) for one in (layers[0], layers[2]))
    return float(mean + 0.5 * l2 * squares), float(score)


def sklearn():
    global began
    from sklearn import __version__
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    batch = 200
    make = MLPClassifier if classes else MLPRegressor
    target = y if classes else y.astype(np.float32)

    def fitter():
        # Its penalty is (alpha / 2) |w|^2 / batch.
        model = make((hidden,), request["activation"], alpha=l2 * batch, batch_size=batch, random_state=request["seed"])
        more = {"classes": np.arange(outputs)} if classes else {}
        return model, lambda rows: model.partial_fit(X[rows], target[rows], **more)

    # Imports and thread pools are not what is measured.
    fitter()[1](np.arange(batch))
    model, fit = fitter()
    layers = lambda: (model.coefs_[0], model.intercepts_[0], model.coefs_[1], model.intercepts_[1])
    piece = 25 * batch
    began = time.perf_counter()
    going = True
    while going:
        order = random.permutation(len(X))
        for start in range(0, len(X), piece):
            fit(order[start : start + piece])
            going = snapshot(layers)
            if not going:
                break
    return f"scikit-learn {__version__}"


def torch():
    global began
    import torch as t

    t.set_num_threads(request["threads"])
    t.manual_seed(request["seed"])
    act = t.nn.Tanh() if request["activation"] == "tanh" else t.nn.ReLU()
    net = t.nn.Sequential(t.nn.Linear(columns, hidden), act, t.nn.Linear(hidden, outputs))
    optimizer = t.optim.Adam(net.parameters())
    data, target = t.from_numpy(X), t.from_numpy(y if classes else y.astype(np.float32).reshape(-1, 1))
    batch = 128
    layers = lambda: [p.detach().numpy() for p in (net[0].weight.T, net[0].bias, net[2].weight.T, net[2].bias)]

    def step(rows):
        optimizer.zero_grad()
        Z = net(data[rows])
        loss = t.nn.functional.cross_entropy(Z, target[rows]) if classes else 0.5 * ((Z - target[rows]) ** 2).mean()
        loss = loss + 0.5 * l2 * (net[0].weight.square().sum() + net[2].weight.square().sum())
        loss.backward()
        optimizer.step()

    began = time.perf_counter()
    going = True
    while going:
        order = t.from_numpy(random.permutation(len(X)))
        for k, start in enumerate(range(0, len(X), batch)):
            step(order[start : start + batch])
            if k % 25 == 24:
                going = snapshot(layers)
                if not going:
                    break
        else:
            going = snapshot(layers)
    return f"PyTorch {t.__version__}"


version = {"sklearn": sklearn, "torch": torch}[request["solver"]]()
print(json.dumps({"version": version, "curve": [[seconds, *measure(layers)] for seconds, layers in snapshots]}))
