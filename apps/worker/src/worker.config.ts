import { HttpUrl, Lines, Name, Port, ServiceConfig, WholeNumber } from '#libs/configuration';

/** The worker's environment. */
export class WorkerConfig extends ServiceConfig {
  @Port()
  WORKER_PORT = 3001;

  @HttpUrl()
  ORDERS_QUEUE_URL!: string;

  @HttpUrl()
  ORDERS_DLQ_URL!: string;

  @Name()
  ORDERS_TABLE!: string;

  @Name()
  PAYMENT_CLAIMS_TABLE!: string;

  @Name()
  COMMAND_OUTCOMES_TABLE!: string;

  @Name()
  ORDER_BATCHES_TABLE!: string;

  /** The seller on invoices; the lines of the address are separated by `|`. */
  @Name()
  SELLER_NAME!: string;

  @Lines(6)
  SELLER_ADDRESS!: string[];

  @Name()
  SELLER_VAT_ID!: string;

  /** Minor units; a wholesale order of this total or more awaits approval. */
  @WholeNumber(0, Number.MAX_SAFE_INTEGER)
  WHOLESALE_APPROVAL_LIMIT = 1_000_000;

  /** Parallel receive loops; each has at most ten messages in flight. */
  @WholeNumber(1, 50)
  WORKER_POLLERS = 8;

  /** The least time between the five tries of a message that fails unexpectedly. */
  @WholeNumber(1, 900)
  UNEXPECTED_RETRY_SECONDS = 60;
}
