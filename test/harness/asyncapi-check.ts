import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { OrderEvent } from '#libs/orders';
import { closed } from '../../libs/orders/src/testing/event-checker.ts';

interface AsyncApiDocument {
  components: { messages: Record<string, object> };
}

/** Checks events against the `/asyncapi.json` that the api serves; refuses fields that it does not describe. */
export class AsyncApiCheck {
  private readonly ajv = new Ajv({ strict: false, allErrors: true });
  private readonly messages: string[];

  private constructor(document: AsyncApiDocument) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(closed(document), 'asyncapi');
    this.messages = Object.keys(document.components.messages);
  }

  static async from(url: string): Promise<AsyncApiCheck> {
    const response = await fetch(new URL('/asyncapi.json', url));
    return new AsyncApiCheck((await response.json()) as AsyncApiDocument);
  }

  /** Errors of an event and of the attributes of its message, by the schemas of the document. */
  errorsOf(event: OrderEvent, attributes: Record<string, string>): string[] {
    const name = event.type.split('.').at(-2) as string;
    if (!this.messages.includes(name)) return [`there is no message ${name} for ${event.type}`];
    return [...this.check(`${name}/payload`, event), ...this.check(`${name}/headers`, attributes)];
  }

  private check(part: string, value: unknown): string[] {
    const validate = this.ajv.getSchema(`asyncapi#/components/messages/${part}`);
    if (!validate) return [`there is no ${part}`];
    return validate(value) ? [] : [`${part}: ${this.ajv.errorsText(validate.errors)}`];
  }
}
