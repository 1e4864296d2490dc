/** A saved query in the language of CloudWatch Logs Insights. */
export interface LogQuery {
  readonly name: string;
  readonly text: string;
}

/** Every field is one that a service logs; `test/shared/saved-queries.ts` checks that. */
export const logQueries: readonly LogQuery[] = [
  {
    name: 'everything about one order',
    text: `# Replace ORDER_ID or TRACE_ID (the trace-id of an answer); either finds the lines of all three services.
fields @timestamp, service, event, orderId, traceId, status, version, orderEvent, command, code, detail
| filter orderId = "ORDER_ID" or traceId = "TRACE_ID"
| sort @timestamp asc
| limit 1000`,
  },
  {
    name: 'refusals by reason',
    text: `# Refused by the api: its status. Refused or dead-lettered by the worker: the code.
fields coalesce(code, status) as why
| filter (event = "http_request" and status >= 400 and status < 500) or event in ["command_refused", "message_dead_lettered"]
| stats count(*) as refusals by service, event, route, command, why
| sort refusals desc`,
  },
  {
    name: 'slowest orders',
    text: `# From the answer of the api to the event on the topic. If a client repeated its request, the time includes the repetition.
filter (event = "http_request" and method = "POST" and route = "/v1/orders" and status = 202)
  or event = "order_persisted" or (event = "event_relayed" and version = 1)
| stats max(@timestamp) - min(@timestamp) as milliseconds, count(*) as stations by orderId
| filter stations > 1
| sort milliseconds desc
| limit 50`,
  },
  {
    name: 'dead-lettered messages',
    text: `fields @timestamp, service, orderId, traceId, code, detail, messageId, receiveCount, shardId
| filter event in ["message_dead_lettered", "message_dead_letter_failed", "record_quarantined", "quarantine_full"]
| sort @timestamp desc
| limit 200`,
  },
  {
    name: 'what fails',
    text: `filter level in ["warn", "error", "fatal"]
| stats count(*) as lines, latest(@timestamp) as last by service, level, event
| sort lines desc`,
  },
];
