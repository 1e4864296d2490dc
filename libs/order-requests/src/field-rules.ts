import { Type } from 'class-transformer';
import { IsObject, IsString, Length, Matches, ValidateIf, ValidateNested } from 'class-validator';

/* Rules that the fields of several requests share. */

/**
 * No control characters and no blank ends, for names and addresses reach invoices and other people's parsers; and none of
 * the characters that SQS does not carry.
 */
const TEXT = /^(?! )[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFFFE\uFFFF]*(?<! )$/u;
const TEXT_MESSAGE = 'must have no control characters and no blank at either end';
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._:/-]*$/;
const REFERENCE_MESSAGE = 'must be letters, digits and any of . _ : / -, and begin with a letter or digit';

export function Text(maxLength: number): PropertyDecorator {
  return all(
    IsString(),
    Length(1, maxLength),
    // Length does not count variation selectors, of which a text may have as many as characters.
    Matches(new RegExp(`^.{1,${maxLength}}$`, 'su'), {
      message: `$property must have at most ${maxLength} code points`,
    }),
    Matches(TEXT, { message: `$property ${TEXT_MESSAGE}` }),
  );
}

export function Reference(maxLength: number): PropertyDecorator {
  return all(IsString(), Length(1, maxLength), Matches(REFERENCE, { message: `$property ${REFERENCE_MESSAGE}` }));
}

/** May be absent; unlike class-validator's IsOptional it does not let null pass. */
export function Optional(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}

/** class-validator lets a missing or null nested object pass unless something else asks for it. */
export function Nested(type: () => new () => object): PropertyDecorator {
  return all(IsObject(), ValidateNested(), Type(type));
}

/** Several decorators as one. */
export function all(...decorators: PropertyDecorator[]): PropertyDecorator {
  // From last to first, as TypeScript applies a stack of decorators.
  return (target, property) => decorators.toReversed().forEach((decorate) => decorate(target, property));
}
