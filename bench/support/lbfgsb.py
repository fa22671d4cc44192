"""SciPy's L-BFGS-B on a problem written by scipy.mjs.

    python3 lbfgsb.py FOLDER

The folder holds problem.json and, as raw little-endian float64, x.f64, targets.f64 and start.f64. Value and gradient are written out
here a second time, in NumPy and without a tracked product, so that agreement means something:

    f(theta) = (1/n) sum_i loss(output(x_i), y_i) + (l2/2) ||weights||^2        biases are not penalized

theta is layer by layer a weight matrix (inputs x outputs, row-major) followed by a bias. One JSON object goes to standard output;
gradient.f64 (at the start) and end.f64 (the last point) to the folder.
"""
import json
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logsumexp

ACTIVATIONS = {
    'tanh': (np.tanh, lambda h: 1 - h * h),
    'relu': (lambda z: np.maximum(z, 0), lambda h: (h > 0).astype(float)),
}


def squared(outputs, y):
    residual = outputs - y
    return 0.5 * np.sum(residual * residual), residual


def logistic(outputs, y):
    margin = y * outputs
    return np.sum(np.logaddexp(0, -margin)), -y * expit(-margin)


def softmax(outputs, y):
    rows = np.arange(len(outputs))
    label = y[:, 0].astype(int)
    log_sum = logsumexp(outputs, axis=1, keepdims=True)
    slope = np.exp(outputs - log_sum)
    slope[rows, label] -= 1
    return np.sum(log_sum[:, 0] - outputs[rows, label]), slope


LOSSES = {'squared': squared, 'logistic': logistic, 'softmax': softmax}


def layers_of(theta, sizes):
    """Weights and biases as views of one flat vector."""
    layers, offset = [], 0
    for inputs, outputs in zip(sizes, sizes[1:]):
        bias = offset + inputs * outputs
        layers.append((theta[offset:bias].reshape(inputs, outputs), theta[bias:bias + outputs]))
        offset = bias + outputs
    return layers


def objective_of(problem, x, y):
    sizes, l2, loss = problem['sizes'], problem['l2'], LOSSES[problem['loss']]

    def objective(theta):
        layers = layers_of(theta, sizes)
        gradient = np.empty_like(theta)
        inner = layers_of(gradient, sizes)
        activity = [x]
        for weight, bias in layers[:-1]:
            activity.append(ACTIVATIONS[problem['activation']][0](activity[-1] @ weight + bias))
        weight, bias = layers[-1]
        value, slope = loss(activity[-1] @ weight + bias, y)
        slope = slope / len(x)
        for level in range(len(layers) - 1, -1, -1):
            weight = layers[level][0]
            inner[level][0][:] = activity[level].T @ slope + l2 * weight
            inner[level][1][:] = slope.sum(axis=0)
            if level > 0:
                slope = (slope @ weight.T) * ACTIVATIONS[problem['activation']][1](activity[level])
        return value / len(x) + 0.5 * l2 * sum(np.vdot(weight, weight) for weight, _ in layers), gradient

    return objective


def main(folder):
    problem = json.loads((folder / 'problem.json').read_text())
    x = np.fromfile(folder / 'x.f64', '<f8').reshape(problem['rows'], problem['sizes'][0])
    y = np.fromfile(folder / 'targets.f64', '<f8').reshape(problem['rows'], -1)
    start = np.fromfile(folder / 'start.f64', '<f8')
    objective = objective_of(problem, x, y)
    value, gradient = objective(start)
    gradient.astype('<f8').tofile(folder / 'gradient.f64')
    # ftol and gtol 0: nothing but the number of iterations, or rounding, ends the run.
    limits = {'maxcor': problem['memory'], 'maxiter': problem['iterations'], 'maxfun': 10**6, 'ftol': 0, 'gtol': 0}
    result = minimize(objective, start, jac=True, method='L-BFGS-B', options=limits)
    result.x.astype('<f8').tofile(folder / 'end.f64')
    print(json.dumps({
        'value': float(value), 'objective': float(result.fun), 'iterations': int(result.nit), 'evaluations': int(result.nfev),
        'message': str(result.message),
    }))


main(Path(sys.argv[1]))
