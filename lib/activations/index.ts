/**
 * Activations, each with its derivative written through its own value h(z): nothing but h has to be kept.
 */
export interface Activation {
  value(z: number): number;
  /** h'(z) as a function of h = h(z). */
  derivative(h: number): number;
  /** Whether h is bounded, so that its derivative vanishes on both sides. */
  readonly saturates: boolean;
}

export const activations = {
  /** h(z) = z */
  identity: { value: (z) => z, derivative: () => 1, saturates: false },
  /** h(z) = tanh z, from -1 to 1. */
  tanh: { value: Math.tanh, derivative: (h) => 1 - h * h, saturates: true },
  /** h(z) = max(0, z). Derivative 0 at z = 0. NaN stays NaN, so that a diverged trial point is seen in its value. */
  relu: { value: (z) => (z <= 0 ? 0 : z), derivative: (h) => (h > 0 ? 1 : 0), saturates: false },
  /** h(z) = 1 / (1 + exp(-z)), from 0 to 1. */
  sigmoid: { value: (z) => 1 / (1 + Math.exp(-z)), derivative: (h) => h * (1 - h), saturates: true },
} as const satisfies Record<string, Activation>;

export type ActivationName = keyof typeof activations;
