/** Which parts of the registries can be used together, asked of the parts themselves. */
import { checkNeeds } from '../../lib/core/needs.js';
import { offersOfLoss } from '../../lib/core/objective-spec.js';
import type { Direction } from '../../lib/directions/index.js';
import type { Loss } from '../../lib/losses/loss.js';
import type { StepRule } from '../../lib/steps/index.js';

/** Whether a run may take these; matrix and backend are dense and whole. */
export function fitTogether(direction: Direction, rule: StepRule | null, loss: Loss): boolean {
  try {
    checkNeeds([
      { kind: 'direction', name: direction.name, needs: direction.needs },
      ...(rule ? [{ kind: 'step rule', name: rule.name, needs: rule.needs, offers: rule.offers } as const] : []),
      { kind: 'loss', name: loss.name, offers: offersOfLoss(loss) },
    ]);
    return true;
  } catch {
    return false;
  }
}
