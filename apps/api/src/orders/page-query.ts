import { Injectable, type PipeTransform } from '@nestjs/common';
import type { Fault } from '#libs/orders';
import { Problem } from '../http/problem.ts';

export interface PageQuery {
  limit: number;
  cursor: string | undefined;
}

export const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 100;
const MAX_CURSOR_LENGTH = 200;

@Injectable()
export class PageQueryPipe implements PipeTransform<Record<string, unknown>, PageQuery> {
  transform({ limit = String(DEFAULT_LIMIT), cursor, ...unknown }: Record<string, unknown>): PageQuery {
    const faults: Fault[] = Object.keys(unknown).map((name) => ({
      pointer: `/${name}`,
      detail: 'is not a known parameter',
    }));
    if (typeof limit !== 'string' || !/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > MAX_LIMIT) {
      faults.push({ pointer: '/limit', detail: `must be a whole number from 1 to ${MAX_LIMIT}` });
    }
    if (cursor !== undefined && (typeof cursor !== 'string' || cursor.length > MAX_CURSOR_LENGTH)) {
      faults.push({ pointer: '/cursor', detail: 'must be the nextCursor of an earlier page' });
    }
    if (faults.length > 0) throw new Problem('invalid-request', 'the query is invalid', { errors: faults });
    return { limit: Number(limit), cursor: cursor as string | undefined };
  }
}
