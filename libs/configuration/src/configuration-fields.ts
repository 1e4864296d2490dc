import { applyDecorators } from '@nestjs/common';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsIn,
  IsInt,
  IsIP,
  IsNumber,
  IsString,
  IsUrl,
  Length,
  Matches,
  Max,
  MinLength,
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { isCurrency, isTimeZone } from '#libs/orders';

export function WholeNumber(min: number, max: number): PropertyDecorator {
  return applyDecorators(
    Type(() => Number),
    IsInt(),
    Min(min),
    Max(max),
  );
}

/** Amounts in minor units by currency, e.g. `EUR:1000000,JPY:1600000`. */
export function AmountsByCurrency(): PropertyDecorator {
  const validator = {
    validate: (value: unknown) => typeof value === 'object',
    defaultMessage: () => 'must be whole amounts in minor units, one for each currency, e.g. EUR:1000000,JPY:1600000',
  };
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? amountsIn(value) : value)),
    ValidateBy({ name: 'isAmountsByCurrency', validator }),
  );
}

/** Undefined where the text has another form. */
function amountsIn(text: string): Record<string, number> | undefined {
  const parts = text.split(',').map((part) => /^([A-Z]{3}):(\d{1,15})$/.exec(part));
  const amounts = parts.flatMap((part) => (part && isCurrency(part[1] ?? '') ? [[part[1], Number(part[2])]] : []));
  const byCurrency = Object.fromEntries(amounts) as Record<string, number>;
  return Object.keys(byCurrency).length === parts.length ? byCurrency : undefined;
}

/** A TCP port. */
export function Port(): PropertyDecorator {
  return WholeNumber(1, 65_535);
}

/** A name or an identifier. */
export function Name(): PropertyDecorator {
  return applyDecorators(IsString(), Length(1, 2_048));
}

/** The parts of a text between separators. */
function SplitAt(separator: string): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(separator) : value));
}

/** Names separated by commas. */
export function Names(): PropertyDecorator {
  return applyDecorators(SplitAt(','), ArrayMinSize(1), Length(1, 2_048, { each: true }));
}

/** The IANA name of a time zone, e.g. `Europe/Berlin`. */
export function TimeZone(): PropertyDecorator {
  const validator = {
    validate: (value: unknown) => isTimeZone(String(value)),
    defaultMessage: () => 'must be the IANA name of a time zone, e.g. Europe/Berlin',
  };
  return ValidateBy({ name: 'isTimeZone', validator });
}

/** A reverse-DNS name, e.g. `com.example.orders`. */
export function ReverseDnsName(): PropertyDecorator {
  return Matches(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, { message: 'must be a reverse-DNS name in lower case' });
}

/** An http or https URL; a host without a dot is fine, as in a container network. */
export function HttpUrl(): PropertyDecorator {
  return applyDecorators(IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false }));
}

/** Origins of web pages, as browsers write them, separated by commas. */
export function Origins(): PropertyDecorator {
  const validator = {
    validate: isOrigin,
    defaultMessage: () => 'each must be an origin, e.g. https://shop.example.com',
  };
  return applyDecorators(SplitAt(','), ValidateBy({ name: 'isOrigin', validator }, { each: true }));
}

function isOrigin(value: unknown): boolean {
  const { origin, protocol } = URL.parse(String(value)) ?? {};
  return origin === value && (protocol === 'https:' || protocol === 'http:');
}

/** Secrets separated by commas. */
export function Secrets(minLength: number): PropertyDecorator {
  return applyDecorators(SplitAt(','), ArrayMinSize(1), MinLength(minLength, { each: true }));
}

/** Lines of text separated by `|`. */
export function Lines(maxLines: number): PropertyDecorator {
  return applyDecorators(SplitAt('|'), ArrayMinSize(1), ArrayMaxSize(maxLines), Length(1, 200, { each: true }));
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

const METRICS_FORMATS = ['off', 'emf', 'log', 'otlp'] as const;

/** The variables that every service reads. */
export class ServiceConfig {
  /** The AWS SDK's own variable, which it would miss only at its first call. */
  @Name()
  AWS_REGION!: string;

  /** The address on which the service listens: by default only this machine, in containers all. */
  @IsIP()
  LISTEN_ADDRESS = '127.0.0.1';

  @IsIn(LOG_LEVELS)
  LOG_LEVEL: LogLevel = 'info';

  /** 1 prints logs for people instead of JSON. */
  @WholeNumber(0, 1)
  LOG_PRETTY = 0;

  /** `emf` writes metrics for CloudWatch, `log` for people; `otlp` sends them to OTEL_EXPORTER_OTLP_ENDPOINT. */
  @IsIn(METRICS_FORMATS)
  METRICS: (typeof METRICS_FORMATS)[number] = 'off';

  @Matches(/^[A-Za-z0-9._#/-]{1,255}$/, { message: 'must be a CloudWatch namespace' })
  METRICS_NAMESPACE = 'fargate-orders';

  /** OpenTelemetry's own variable: a collector that accepts traces over HTTP. Without it, there are no traces. */
  @ValidateIf(({ METRICS, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }) => METRICS === 'otlp' || endpoint !== undefined)
  @HttpUrl()
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  /** OpenTelemetry's own variable: `none` sends only metrics to that collector. */
  @IsIn(['otlp', 'none'])
  OTEL_TRACES_EXPORTER: 'otlp' | 'none' = 'otlp';

  /** OpenTelemetry's own variable: the share of the traces started here that are exported. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(1)
  OTEL_TRACES_SAMPLER_ARG = 1;
}
