import { CHANGE_ORDER, COMMAND_NAMES, type CommandName, ROLES, type Role } from '#libs/orders';
import { ArrayMaxSize, ArrayUnique, Equals, IsArray, IsIn, IsInt, IsObject } from 'class-validator';
import { CHANGE_REQUESTS, type ChangeRequest } from './change-request.ts';
import { checkCommand, errorsBelow, orderIdErrors } from './command-check.ts';
import { checkShape } from './validation.ts';
import { Instant, Optional, OrderId, PlainText } from './field-rules.ts';

export const MAX_EXPECTED_VERSIONS = 20;

/** The message that asks the worker to change an order, as JSON in the body of an SQS message. */
export class ChangeOrderCommand<Name extends CommandName = CommandName> {
  @Equals(CHANGE_ORDER)
  type!: typeof CHANGE_ORDER;

  /** Each repetition of the request has an id with the same key: see `CommandIds`. */
  @PlainText(64)
  commandId!: string;

  @IsIn(COMMAND_NAMES)
  name!: Name;

  @OrderId()
  orderId!: string;

  /** The caller: the subject of the token and its roles. */
  @PlainText(128)
  by!: string;

  @IsArray()
  @ArrayUnique()
  @IsIn(ROLES, { each: true })
  roles!: Role[];

  /** Present where the command is about one shipment. */
  @Optional()
  @PlainText(20)
  shipmentId?: string;

  /** Present where the command is about one return. */
  @Optional()
  @PlainText(20)
  returnId?: string;

  /** The order's versions that the caller accepts; the command is refused at any other version. */
  @Optional()
  @IsArray()
  @ArrayMaxSize(MAX_EXPECTED_VERSIONS)
  @IsInt({ each: true })
  expectedVersions?: number[];

  /** When the api received the request; ISO 8601, UTC, milliseconds. */
  @Instant()
  receivedAt!: string;

  /** W3C trace context of the request. */
  @PlainText(64)
  traceparent!: string;

  @IsObject()
  request!: ChangeRequest<Name>;
}

/** @throws OrderError MALFORMED_COMMAND: see `checkCommand`. */
export function parseChangeOrderCommand(document: unknown): ChangeOrderCommand {
  return checkCommand({ pattern: CHANGE_ORDER, type: ChangeOrderCommand }, document, (command) => {
    const checked = checkShape<ChangeRequest<CommandName>>(CHANGE_REQUESTS[command.name], command.request);
    // Without fields that are null.
    if ('value' in checked) command.request = checked.value;
    return [
      ...orderIdErrors(command.orderId, '/orderId'),
      ...('errors' in checked ? errorsBelow('/request', checked.errors) : []),
    ];
  });
}
