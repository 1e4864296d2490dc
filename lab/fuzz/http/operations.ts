import type { Schema } from '../values/schema-values.ts';

/** As much of `/openapi.json` as requests are made of. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
}

interface DescribedOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

export interface Operation extends DescribedOperation {
  readonly method: string;
  /** As in `/v1/orders/{orderId}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
}

export function operationsOf({ paths }: OpenApi): Operation[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, described]) => ({
      ...described,
      path,
      method: method.toUpperCase(),
      parameters: described.parameters ?? [],
    })),
  );
}
