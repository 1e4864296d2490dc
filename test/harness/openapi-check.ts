import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export interface Operation {
  responses: Readonly<Record<string, { content?: Readonly<Record<string, unknown>> } | undefined>>;
}

export interface OpenApiDocument {
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components?: object;
}

/** An answer as it came; `body` undefined where it is no JSON. */
export interface SeenAnswer {
  method: string;
  path: string;
  status: number;
  contentType: string;
  body: unknown;
}

/** Statuses that HTTP itself answers, before there is an operation; so are 400 and 429 where the operation has none of its own. */
const OF_NO_OPERATION = [408, 431];
/** The service's own, which no operation describes. */
const DOCUMENTS = /^\/(docs(\/.*)?|openapi\.json|asyncapi\.json)$/;
const MAX_SHOWN = 1_000;
const PROBLEM = '#/components/schemas/Problem';

/** Holds answers against the `/openapi.json` that the api serves. */
export class OpenApiCheck {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly routes: { pattern: RegExp; path: string; operations: Record<string, Operation> }[];

  private constructor(document: OpenApiDocument) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(document, 'openapi');
    this.routes = Object.entries(document.paths)
      .map(([path, operations]) => ({ path, operations, pattern: patternOf(path) }))
      // Of two that match, the one with fewer parameters is served.
      .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length);
  }

  static async from(url: string): Promise<OpenApiCheck> {
    const response = await fetch(new URL('/openapi.json', url));
    return OpenApiCheck.of((await response.json()) as OpenApiDocument);
  }

  static of(document: OpenApiDocument): OpenApiCheck {
    return new OpenApiCheck(document);
  }

  /** The operations that there are, e.g. `POST /v1/orders/{orderId}/approval`. */
  get operations(): string[] {
    return this.routes.flatMap(({ path, operations }) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  /** @throws Error when the document does not say all of this answer. */
  mustDescribe(answer: SeenAnswer): void {
    const faults = this.faultsOf(answer);
    if (faults.length > 0) throw new Error(`the answer is not as /openapi.json says:\n${faults.join('\n')}`);
  }

  /** What the document does not say of this answer. */
  private faultsOf({ method, path, status, contentType, body }: SeenAnswer): string[] {
    const route = this.routes.find(({ pattern }) => pattern.test(path));
    const operation = route?.operations[method.toLowerCase()];
    if (!route && status === 200 && DOCUMENTS.test(path)) return [];
    if (!route || !operation || OF_NO_OPERATION.includes(status)) return this.against(PROBLEM, body);
    if ([400, 429].includes(status) && !(String(status) in operation.responses)) return this.against(PROBLEM, body);
    const content = operation.responses[String(status)]?.content;
    const name = `${method} ${route.path} ${status}`;
    if (!content) return [`${name} is not described: ${JSON.stringify(body)}`];
    if (contentType === '' && Object.keys(content).length === 0) return [];
    const mediaType = contentType.split(';')[0] as string;
    if (!(mediaType in content)) return [`${name} is not described as ${mediaType}`];
    if (!mediaType.endsWith('json')) return [];
    const pointer = ['paths', route.path, method.toLowerCase(), 'responses', status, 'content', mediaType, 'schema'];
    return this.against(`#/${pointer.map(escaped).join('/')}`, body).map((fault) => `${name}: ${fault}`);
  }

  private against(pointer: string, body: unknown): string[] {
    const validate = this.ajv.getSchema(`openapi${pointer}`);
    if (!validate) return [`there is no ${pointer}`];
    return validate(body)
      ? []
      : [`${this.ajv.errorsText(validate.errors)} in ${JSON.stringify(body).slice(0, MAX_SHOWN)}`];
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/[.]/g, '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

/** RFC 6901, then as a URI fragment. */
function escaped(part: string | number): string {
  return encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'));
}
