import { IsIn } from 'class-validator';
import {
  AmountsByCurrency,
  HttpUrl,
  Lines,
  Name,
  Port,
  ServiceConfig,
  TimeZone,
  WholeNumber,
} from '#libs/configuration';
import { SQS_CALLS, type SqsCalls } from '#libs/service';

/** Minor units. */
const DEFAULT_APPROVAL_LIMIT = {
  AED: 4_000_000,
  AUD: 1_600_000,
  CAD: 1_600_000,
  CHF: 1_000_000,
  CNY: 8_000_000,
  CZK: 25_000_000,
  DKK: 7_500_000,
  EUR: 1_000_000,
  GBP: 900_000,
  HUF: 400_000_000,
  IDR: 18_000_000_000,
  INR: 100_000_000,
  JPY: 1_600_000,
  KWD: 3_500_000,
  NOK: 12_000_000,
  PLN: 4_000_000,
  RON: 5_000_000,
  SEK: 12_000_000,
  SGD: 1_500_000,
  USD: 1_100_000,
};

/** The worker's environment. */
export class WorkerConfig extends ServiceConfig {
  @Port()
  WORKER_PORT = 3001;

  /** `direct` makes frequent calls to SQS without the middleware of the AWS SDK, which saves CPU time; `sdk` makes all with it. */
  @IsIn(SQS_CALLS)
  SQS_CALLS: SqsCalls = 'direct';

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

  /** The dates on invoices and credit notes are in this time zone. */
  @TimeZone()
  SELLER_TIME_ZONE!: string;

  /**
   * A wholesale customer's order awaits approval if its goods cost so much or more; in other currencies each does. By
   * default about 10,000 EUR.
   */
  @AmountsByCurrency()
  WHOLESALE_APPROVAL_LIMIT: Record<string, number> = DEFAULT_APPROVAL_LIMIT;

  /** Parallel receive loops; each has at most ten messages in flight. */
  @WholeNumber(1, 50)
  WORKER_POLLERS = 8;

  /** The least time between the five tries of a message that fails unexpectedly. */
  @WholeNumber(1, 900)
  UNEXPECTED_RETRY_SECONDS = 60;
}
