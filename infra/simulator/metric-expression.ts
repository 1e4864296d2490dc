/** A datapoint, or none: CloudWatch has no value where one was not told, or where it would divide by zero. */
export type Datapoint = number | undefined;

/** Gives the datapoint of an id that the expression names. */
export type Lookup = (id: string) => Datapoint;

/** The expression is not one that can be evaluated here. */
export class MetricExpressionError extends Error {
  override name = 'MetricExpressionError';
}

type Value = Datapoint | readonly Datapoint[];
type Evaluate = (lookup: Lookup) => Value;

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
    if (token === '(') return this.until(')', this.binary(0));
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
    const parameters = this.list(')');
    const [first, second, third] = parameters;
    const expect = (count: number) => {
      if (parameters.length !== count)
        throw this.fault(`${name} takes ${count} parameters here, got ${parameters.length}`);
    };
    if (name === 'IF' && first && second && third) {
      expect(3);
      return (lookup) => {
        const condition = single(first(lookup));
        return condition === undefined ? undefined : (condition === 0 ? third : second)(lookup);
      };
    }
    if (name === 'FILL' && first && second) {
      expect(2);
      return (lookup) => single(first(lookup)) ?? second(lookup);
    }
    const reduce = REDUCTIONS[name];
    if (reduce && first) {
      expect(1);
      return (lookup) => reduced(first(lookup), reduce, () => this.fault(`${name} is known here of an array only`));
    }
    const round = ROUNDINGS[name];
    if (round && first) {
      expect(1);
      return combined(
        first,
        () => 0,
        (value) => round(value),
      );
    }
    throw this.fault(`the function ${name} is not known here`);
  }

  private list(end: string): Evaluate[] {
    const items = [this.binary(0)];
    while (this.take(',')) items.push(this.binary(0));
    this.until(end, () => undefined);
    return items;
  }

  private until(end: string, evaluate: Evaluate): Evaluate {
    if (!this.take(end)) throw this.fault(`expected ${end}, got ${this.tokens[this.position] ?? 'the end'}`);
    return evaluate;
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
    if (!match) throw new MetricExpressionError(`metric math ${JSON.stringify(text)}: can not read ${text.slice(at)}`);
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

function reduced(value: Value, reduce: (values: readonly number[]) => Datapoint, fault: () => Error): Datapoint {
  if (typeof value !== 'object') throw fault();
  const known = value.filter((item) => item !== undefined);
  return known.length === 0 ? undefined : reduce(known);
}

function single(value: Value): Datapoint {
  if (typeof value === 'object') throw new MetricExpressionError('metric math: expected one value, got an array');
  return value;
}
