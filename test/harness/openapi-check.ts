import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface DescribedAnswer {
  content?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, unknown>>;
}

export interface Operation {
  responses: Readonly<Record<string, DescribedAnswer | undefined>>;
}

export interface OpenApiDocument {
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components?: object;
}

/** An answer that was received; `body` is undefined when it is not JSON. */
export interface ReceivedAnswer {
  method: string;
  path: string;
  status: number;
  contentType: string;
  headers?: Headers;
  body: unknown;
}

/** Statuses of answers before a request reaches its operation. So are 400 and 429 when the operation does not describe them. */
const BEFORE_OPERATION = [408, 431];
/** Headers of HTTP itself and of all answers, which no operation describes. */
const GENERAL_HEADER =
  /^(access-control-.*|cache-control|connection|content-(length|type)|date|keep-alive|transfer-encoding|vary)$/;
/** The service's own documents, which no operation describes. */
const DOCUMENTS = /^\/(docs(\/.*)?|openapi\.json|asyncapi\.json)$/;
const MAX_SHOWN = 1_000;
const PROBLEM = '#/components/schemas/Problem';

/** Checks answers against the `/openapi.json` that the api serves. */
export class OpenApiCheck {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly routes: { pattern: RegExp; path: string; operations: Record<string, Operation> }[];

  private constructor(document: OpenApiDocument) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(document, 'openapi');
    this.routes = Object.entries(document.paths)
      .map(([path, operations]) => ({ path, operations, pattern: patternOf(path) }))
      // When two paths match a request, the api serves the one with fewer parameters.
      .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length);
  }

  static async from(url: string): Promise<OpenApiCheck> {
    const response = await fetch(new URL('/openapi.json', url));
    return OpenApiCheck.of((await response.json()) as OpenApiDocument);
  }

  static of(document: OpenApiDocument): OpenApiCheck {
    return new OpenApiCheck(document);
  }

  /** All operations, e.g. `POST /v1/orders/{orderId}/approval`. */
  get operations(): string[] {
    return this.routes.flatMap(({ path, operations }) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  /** @throws Error when the answer does not match the document */
  assertDescribes(answer: ReceivedAnswer): void {
    const errors = this.errorsOf(answer);
    if (errors.length > 0) throw new Error(`the answer does not match /openapi.json:\n${errors.join('\n')}`);
  }

  private errorsOf({ method, path, status, contentType, headers, body }: ReceivedAnswer): string[] {
    const route = this.routes.find(({ pattern }) => pattern.test(path));
    const operation = route?.operations[method.toLowerCase()];
    if (!route && status === 200 && DOCUMENTS.test(path)) return [];
    if (!route || !operation || BEFORE_OPERATION.includes(status)) return this.check(PROBLEM, body);
    if ([400, 429].includes(status) && !(String(status) in operation.responses)) return this.check(PROBLEM, body);
    const content = operation.responses[String(status)]?.content;
    const name = `${method} ${route.path} ${status}`;
    if (!content) return [`${name} is not described: ${JSON.stringify(body)}`];
    const described = Object.keys(operation.responses[String(status)]?.headers ?? {}).map((header) =>
      header.toLowerCase(),
    );
    const undescribed = [...(headers?.keys() ?? [])].filter(
      (header) => !GENERAL_HEADER.test(header) && !described.includes(header),
    );
    if (undescribed.length > 0) return [`${name} is described without its headers ${undescribed.join(', ')}`];
    if (contentType === '' && Object.keys(content).length === 0) return [];
    const mediaType = contentType.split(';')[0] as string;
    if (!(mediaType in content)) return [`${name} is not described as ${mediaType}`];
    if (!mediaType.endsWith('json')) return [];
    const pointer = ['paths', route.path, method.toLowerCase(), 'responses', status, 'content', mediaType, 'schema'];
    return this.check(`#/${pointer.map(escaped).join('/')}`, body).map((error) => `${name}: ${error}`);
  }

  private check(pointer: string, body: unknown): string[] {
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

/** A part of a JSON pointer (RFC 6901) in a URI fragment. */
function escaped(part: string | number): string {
  return encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'));
}
