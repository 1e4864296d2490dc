/** The resources that the steps of an export use. */
export interface ExportResources {
  readonly tableArn: string;
  readonly bucketName: string;
  /** The parameter that holds the progress: until when changes are exported, and the time of the last full export. */
  readonly parameterName: string;
}

/** The progress before the first export. An operator who writes it back starts again with a full export. */
export const NO_PROGRESS = JSON.stringify({ full: '1970-01-01T00:00:00Z', until: '1970-01-01T00:00:00Z' });

/** The folder of all exports in the bucket. */
export const EXPORTS = 'orders/';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Files expire after 40 days, so a failed full export can be repeated for ten. */
const FULL_EVERY = 30 * 24 * HOUR;
/** The limits of an incremental export. */
const WINDOW = { shortest: 15 * MINUTE, longest: 24 * HOUR };
/** Point-in-time recovery is some minutes behind the table. */
const LATEST = `$floor(($toMillis($states.context.Execution.StartTime) - ${15 * MINUTE}) / ${MINUTE}) * ${MINUTE}`;
const WINDOW_END = `$min([$until + ${WINDOW.longest}, $latest])`;

/** The value of a field as a JSONata expression. */
const jsonata = (expression: string) => `{% ${expression} %}`;

function task(service: string, action: string, fields: object) {
  const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 30, BackoffRate: 2, MaxAttempts: 5 }];
  return { Type: 'Task', Resource: `arn:aws:states:::aws-sdk:${service}:${action}`, Retry, ...fields };
}

const exportArn = jsonata('$states.result.ExportDescription.ExportArn');
const stored = (field: string) => jsonata(`$toMillis($parse($states.result.Parameter.Value).${field})`);

/** Waits until the export has finished or failed. */
const UNTIL_FINISHED = {
  Wait: { Type: 'Wait', Seconds: 60, Next: 'Describe export' },
  'Describe export': task('dynamodb', 'describeExport', {
    Arguments: { ExportArn: jsonata('$exportArn') },
    Output: jsonata('$states.result.ExportDescription'),
    Next: 'Is it finished',
  }),
  'Is it finished': {
    Type: 'Choice',
    Choices: [
      { Condition: jsonata("$states.input.ExportStatus = 'COMPLETED'"), Next: 'Write progress' },
      { Condition: jsonata("$states.input.ExportStatus = 'IN_PROGRESS'"), Next: 'Wait' },
    ],
    Default: 'Failed',
  },
};

/**
 * The steps of the daily export, in the Amazon States Language: a full export if there is none of the last 30 days, and the changes
 * since the end of the last finished export, in windows of at most 24 hours. Missed days are thus exported later. A window
 * that is exported twice does no harm, because a report uses the newest version of each order.
 */
export function exportSteps({ tableArn, bucketName, parameterName }: ExportResources): object {
  const exportUntil = (end: string, fields: object) => ({
    TableArn: tableArn,
    S3Bucket: bucketName,
    S3Prefix: jsonata(`'${EXPORTS}' & $substring($fromMillis(${end}), 0, 10)`),
    S3SseAlgorithm: 'AES256',
    ExportFormat: 'DYNAMODB_JSON',
    ...fields,
  });
  return {
    QueryLanguage: 'JSONata',
    StartAt: 'Read progress',
    States: {
      'Read progress': task('ssm', 'getParameter', {
        Arguments: { Name: parameterName },
        Assign: { full: stored('full'), until: stored('until'), latest: jsonata(LATEST) },
        Next: 'What is missing',
      }),
      'What is missing': {
        Type: 'Choice',
        Choices: [
          { Condition: jsonata(`$latest - $full > ${FULL_EVERY}`), Next: 'Export all' },
          { Condition: jsonata(`$latest - $until >= ${WINDOW.shortest}`), Next: 'Export changes' },
        ],
        Default: 'Done',
      },
      'Export all': task('dynamodb', 'exportTableToPointInTime', {
        Arguments: exportUntil('$latest', { ExportType: 'FULL_EXPORT', ExportTime: jsonata('$fromMillis($latest)') }),
        // The changes until now follow, too: only their lines say when an order was written, which decides between writes of the same
        // version. Without files of changes that are recent, there is nothing to decide.
        Assign: {
          exportArn,
          full: jsonata('$latest'),
          until: jsonata(`$latest - $until > ${FULL_EVERY} ? $latest : $until`),
        },
        Next: 'Wait',
      }),
      'Export changes': task('dynamodb', 'exportTableToPointInTime', {
        Arguments: exportUntil(WINDOW_END, {
          ExportType: 'INCREMENTAL_EXPORT',
          IncrementalExportSpecification: {
            ExportFromTime: jsonata('$fromMillis($until)'),
            ExportToTime: jsonata(`$fromMillis(${WINDOW_END})`),
            ExportViewType: 'NEW_IMAGE',
          },
        }),
        Assign: { exportArn, until: jsonata(WINDOW_END) },
        // A restored table has no changes of earlier days.
        Catch: [
          {
            ErrorEquals: ['DynamoDb.InvalidExportTimeException'],
            Assign: { until: jsonata('0') },
            Next: 'Export all',
          },
        ],
        Next: 'Wait',
      }),
      ...UNTIL_FINISHED,
      'Write progress': task('ssm', 'putParameter', {
        Arguments: {
          Name: parameterName,
          Value: jsonata("$string({'full': $fromMillis($full), 'until': $fromMillis($until)})"),
          Overwrite: true,
        },
        Next: 'What is missing',
      }),
      Failed: { Type: 'Fail', Error: 'ExportFailed', Cause: jsonata('$string($states.input)') },
      Done: { Type: 'Succeed' },
    },
  };
}
