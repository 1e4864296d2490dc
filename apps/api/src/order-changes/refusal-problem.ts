import type { RefusedCommand } from '#libs/order-store';
import type { Refusal, RefusalCode } from '#libs/orders';
import { Problem, type ProblemKind } from '../http/problem.ts';

const PROBLEM_OF_REFUSAL: Record<RefusalCode, ProblemKind> = {
  FORBIDDEN: 'forbidden',
  STALE_VERSION: 'precondition-failed',
  NOT_POSSIBLE: 'conflict',
  NOT_FOUND: 'not-found',
  IDEMPOTENCY_CONFLICT: 'idempotency-conflict',
};

/** What a caller is told whose command was refused, the same whether the api or the worker has refused it. */
export function refusalProblem(refusal: RefusedCommand['refusal']): Problem {
  const extensions = 'version' in refusal ? standOf(refusal) : {};
  return new Problem(PROBLEM_OF_REFUSAL[refusal.code], refusal.detail, { extensions });
}

/** The order as it was, and what could be asked of it instead; `status` is the problem's own. */
function standOf({ status: orderStatus, version: orderVersion, allowedCommands }: Refusal) {
  return { orderStatus, orderVersion, allowedCommands };
}
