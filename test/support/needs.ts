/** Which parts of the registries can be used together, asked of the parts themselves. */
import { checkNeeds } from '../../lib/core/needs.js';
import { offersOfLoss } from '../../lib/core/objective-spec.js';
import type { Direction } from '../../lib/directions/index.js';
import type { Loss } from '../../lib/losses/loss.js';
import type { StepRule } from '../../lib/steps/index.js';
import { offersOfRule } from '../../lib/steps/step-rule.js';

/** Whether a run may take these; matrix and backend are dense and whole. */
export function fitTogether(direction: Direction, rule: StepRule | null, loss: Loss): boolean {
  try {
    checkNeeds([
      { kind: 'direction', name: direction.name, needs: direction.needs },
      rule
        ? { kind: 'step rule', name: rule.name, needs: rule.needs, offers: offersOfRule(rule) }
        : { kind: 'step rule', name: 'any', offers: ['several-directions', 'one-step-size', 'step-sizes-by-layer'] },
      { kind: 'network', name: 'any', offers: ['exact-units'] },
      { kind: 'loss', name: loss.name, offers: offersOfLoss(loss, 2) },
      { kind: 'matrix', name: 'dense', offers: ['gram', 'columns'] },
      { kind: 'backend', name: 'whole', offers: ['coordinate-search', 'task-gradients'] },
      { kind: 'rows', name: 'all rows', offers: ['steady-rows'] },
    ]);
    return true;
  } catch {
    return false;
  }
}
