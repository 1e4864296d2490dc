/** A datapoint, or none: CloudWatch has no value where one was not told, or where it would divide by zero. */
export type Datapoint = number | undefined;

/** Gives the datapoint of an id that the expression names; that of so many periods before, where it is asked for. */
export type Lookup = (id: string, periodsAgo?: number) => Datapoint;

/** The expression is not one that can be evaluated here. */
export class MetricExpressionError extends Error {
  override name = 'MetricExpressionError';
}

type Value = Datapoint | readonly Datapoint[];
type Evaluate = (lookup: Lookup) => Value;

/** A day of minutes. */
const MOST_PERIODS_BACK = 1_440;
const TOKEN = /\s*(?:(\d+(?:\.\d+)?|\.\d+)|([A-Za-z_][A-Za-z0-9_]*)|(&&|\|\||[<>=!]=|[-+*/^<>()[\],]))/y;

/** Binary operators from the loosest to the tightest. CloudWatch counts a comparison as 1 or 0. */
const OPERATORS: readonly Readonly<Record<string, (left: number, right: number) => Datapoint>>[] = [
  { '||': (left, right) => Number(left !== 0 || right !== 0), OR: (left, right) => Number(left !== 0 || right !== 0) },
  { '&&': (left, right) => Number(left !== 0 && right !== 0), AND: (left, right) => Number(left !== 0 && right !== 0) },
  {
    '<': (left, right) => Number(left < right),
    '<=': (left, right) => Number(left <= right),
    '>': (left, right) => Number(left > right),
    '>=': (left, right) => Number(left >= right),
    '==': (left, right) => Number(left === right),
    '!=': (left, right) => Number(left !== right),
  },
  { '+': (left, right) => left + right, '-': (left, right) => left - right },
  { '*': (left, right) => left * right, '/': (left, right) => (right === 0 ? undefined : left / right) },
  { '^': (left, right) => left ** right },
];

/** Over an array such as `[m1, m2]`, datapoints that are missing left out, as CloudWatch does. */
const REDUCTIONS: Readonly<Record<string, (values: readonly number[]) => Datapoint>> = {
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
};

const ROUNDINGS: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
};

/**
 * Reads one of CloudWatch's metric math expressions, of those that make one datapoint of datapoints of the same time.
 * @throws MetricExpressionError naming what it does not know.
 */
export function parseMetricExpression(text: string): (lookup: Lookup) => Datapoint {
  const evaluate = new Parser(text).whole();
  return (lookup) => {
    const value = evaluate(lookup);
    if (typeof value === 'object') throw new MetricExpressionError(`${text}: expected one value, got an array`);
    return value;
  };
}

class Parser {
  private readonly text: string;
  private readonly tokens: string[];
  private position = 0;

  constructor(text: string) {
    this.text = text;
    this.tokens = tokensOf(text);
  }

  whole(): Evaluate {
    const evaluate = this.binary(0);
    if (this.position < this.tokens.length) throw this.fault(`expected an operator, got ${this.tokens[this.position]}`);
    return evaluate;
  }

  private binary(level: number): Evaluate {
    const operators = OPERATORS[level];
    if (!operators) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const operator = operators[this.tokens[this.position] ?? ''];
      if (!operator) return left;
      this.position += 1;
      left = combined(left, this.binary(level + 1), operator);
    }
  }

  private unary(): Evaluate {
    if (!this.take('-')) return this.primary();
    return combined(
      () => 0,
      this.unary(),
      (zero, value) => zero - value,
    );
  }

  private primary(): Evaluate {
    const token = this.tokens[this.position];
    if (token === undefined) throw this.fault('expected a value, got the end');
    this.position += 1;
    if (/^[\d.]/.test(token)) return () => Number(token);
    if (token === '(') {
      const inner = this.binary(0);
      this.expect(')');
      return inner;
    }
    if (token === '[') return this.array();
    if (/^[a-z]/.test(token)) return (lookup) => lookup(token);
    if (this.take('(')) return this.call(token);
    throw this.fault(`expected a value, got ${token}`);
  }

  private array(): Evaluate {
    const items = this.list(']');
    return (lookup) => items.map((item) => single(item(lookup)));
  }

  private call(name: string): Evaluate {
    if (name === 'FILL') return this.fill();
    const [first, second, third, ...others] = this.list(')');
    const reduce = REDUCTIONS[name];
    const round = ROUNDINGS[name];
    if (name === 'IF' && first && second && third && others.length === 0) return choice(first, second, third);
    if (reduce && first && !second)
      return (lookup) => reduced(first(lookup), reduce, () => this.fault(`${name} is known here of an array only`));
    if (round && first && !second) return (lookup) => rounded(single(first(lookup)), round);
    if (name === 'IF' || reduce || round) throw this.fault(`${name} has too many or too few parameters`);
    throw this.fault(`the function ${name} is not known here`);
  }

  /** Instead of a missing datapoint another value, or, with REPEAT, the last one that there was. */
  private fill(): Evaluate {
    const series = this.binary(0);
    this.expect(',');
    if (this.take('REPEAT')) {
      this.expect(')');
      return (lookup) => repeated(series, lookup);
    }
    const filling = this.binary(0);
    this.expect(')');
    return (lookup) => single(series(lookup)) ?? filling(lookup);
  }

  private list(end: string): Evaluate[] {
    const items = [this.binary(0)];
    while (this.take(',')) items.push(this.binary(0));
    this.expect(end);
    return items;
  }

  private expect(token: string): void {
    if (!this.take(token)) throw this.fault(`expected ${token}, got ${this.tokens[this.position] ?? 'the end'}`);
  }

  private take(token: string): boolean {
    if (this.tokens[this.position] !== token) return false;
    this.position += 1;
    return true;
  }

  private fault(what: string): MetricExpressionError {
    return new MetricExpressionError(`metric math ${JSON.stringify(this.text)}: ${what}`);
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match)
      throw new MetricExpressionError(`metric math ${JSON.stringify(text)}: can not read ${text.slice(at).trim()}`);
    tokens.push((match[1] ?? match[2] ?? match[3]) as string);
  }
  return tokens;
}

function combined(left: Evaluate, right: Evaluate, operator: (left: number, right: number) => Datapoint): Evaluate {
  return (lookup) => {
    const [first, second] = [single(left(lookup)), single(right(lookup))];
    return first === undefined || second === undefined ? undefined : operator(first, second);
  };
}

function choice(condition: Evaluate, yes: Evaluate, no: Evaluate): Evaluate {
  return (lookup) => {
    const value = single(condition(lookup));
    return value === undefined ? undefined : (value === 0 ? no : yes)(lookup);
  };
}

function rounded(value: Datapoint, round: (value: number) => number): Datapoint {
  return value === undefined ? undefined : round(value);
}

/** The last value that there was, looked for a day back at most. */
function repeated(evaluate: Evaluate, lookup: Lookup): Datapoint {
  for (let ago = 0; ago < MOST_PERIODS_BACK; ago += 1) {
    const value = single(evaluate((id, more = 0) => lookup(id, ago + more)));
    if (value !== undefined) return value;
  }
  return undefined;
}

function reduced(value: Value, reduce: (values: readonly number[]) => Datapoint, fault: () => Error): Datapoint {
  if (typeof value !== 'object') throw fault();
  const known = value.filter((item) => item !== undefined);
  return known.length === 0 ? undefined : reduce(known);
}

function single(value: Value): Datapoint {
  if (typeof value === 'object') throw new MetricExpressionError('metric math: expected one value, got an array');
  return value;
}
